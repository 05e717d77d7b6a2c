/** What taking in a file may cost, enforced while it is read. */
export const INTAKE_LIMITS = {
  /** hawkBit takes 1 GiB. */
  artifactBytes: 16 * 1024 ** 3,
  /** Uploads whose bytes are being received or checked in this process; one more is refused until one ends. */
  uploadsAtOnce: 8,
  /** A client is not read further while its bytes on disk are so far ahead of what was hashed: its last answer stays near. */
  unhashedBytes: 64 * 1024 ** 2,
  /** So much is received before it is made safe on disk: what a crash of the machine costs, and how fine `offset` is. */
  unsafeBytes: 64 * 1024 ** 2,
  /** Between two reads of the network, and of the growing file. */
  bufferBytes: 256 * 1024,
  /** A resumable upload that is not complete by then is swept. */
  uploadHours: 72,
  /** Judging again because certificates or policy changed meanwhile. */
  judgings: 5,
} as const;
