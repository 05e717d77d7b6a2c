/**
 * How a device's updates stand. `unseen`: it was never in contact, `seen`: it was, and nothing was ever assigned to it;
 * `updating`: an assignment of a started phase is open; else as the last one ended: `failed`, or `up-to-date` where it
 * succeeded or was called off, or where it runs a known release.
 */
export const DEVICE_STANDINGS = ['unseen', 'seen', 'updating', 'up-to-date', 'failed'] as const;
export type DeviceStanding = (typeof DEVICE_STANDINGS)[number];

/**
 * How an assignment stands, for those who count no stages: `going` from its phase's start on, `fetched` once the device
 * has asked what it is about; `downloaded` is the success of an update that is never to be installed.
 */
export const ASSIGNMENT_STANDINGS = [
  'scheduled',
  'awaiting-consent',
  'going',
  'fetched',
  'canceling',
  'canceled',
  'failed',
  'downloaded',
  'succeeded',
] as const;
export type AssignmentStanding = (typeof ASSIGNMENT_STANDINGS)[number];
