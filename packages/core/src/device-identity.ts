/**
 * Whether a device is let in at its door. A `decommissioned` one is out of service for good: it is kept with its history,
 * and its door knows it no more.
 */
export const DEVICE_IDENTITIES = ['accepted', 'pending', 'rejected', 'decommissioned'] as const;
export type DeviceIdentity = (typeof DEVICE_IDENTITIES)[number];
