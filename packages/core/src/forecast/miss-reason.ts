/**
 * Why devices do not get the update: never in contact, in contact but never while a window is open, polling too rarely
 * for windows so short, silent for longer than the limit, or their last attempt failed.
 */
export const MISS_REASONS = ['never-in-contact', 'offline-in-windows', 'window-too-short', 'silent', 'failed'] as const;
export type MissReason = (typeof MISS_REASONS)[number];
