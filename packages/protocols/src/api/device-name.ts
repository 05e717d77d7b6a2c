import { z } from 'zod';

const DEVICE_NAME_MAX_CHARACTERS = 256;

/** What a device is called, on every wire: no white space, so that it stands in a path and in a log line. */
export const DeviceName = z
  .string()
  .min(1)
  .max(DEVICE_NAME_MAX_CHARACTERS)
  .regex(/^[^\s\p{Cc}]+$/u, 'no white space and no control characters')
  .refine((name) => name !== '.' && name !== '..', 'no address can carry "." or ".."');
