/**
 * How a device's updates stand. `unseen`: it was never in contact, `seen`: it was, and nothing was ever assigned to it;
 * `updating`: an assignment of a started phase is open; else as the last one ended: `failed`, or `up-to-date` where it
 * succeeded or was called off.
 */
export const DEVICE_STANDINGS = ['unseen', 'seen', 'updating', 'up-to-date', 'failed'] as const;
export type DeviceStanding = (typeof DEVICE_STANDINGS)[number];
