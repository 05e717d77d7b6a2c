/** Shortest and longest poll interval that every known client reads (SWUpdate refuses 24 h and more). */
export const MIN_POLL_INTERVAL_SECONDS = 1;
export const MAX_POLL_INTERVAL_SECONDS = 23 * 3600 + 59 * 60 + 59;
export const DEFAULT_POLL_INTERVAL_SECONDS = 300;
/** How long after a poll was due a device counts as overdue. */
export const DEFAULT_OVERDUE_ALLOWANCE_SECONDS = 300;

/** Reads `HH:MM:SS` as seconds; null where it is something else or longer than a day. */
export function parseDuration(text: string): number | null {
  const match = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)$/.exec(text);
  if (match === null) return null;
  return Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
}

/** A poll interval, `HH:MM:SS`; null where it is none or out of bounds. */
export function parsePollInterval(text: string): number | null {
  const seconds = parseDuration(text);
  return seconds === null || seconds < MIN_POLL_INTERVAL_SECONDS ? null : seconds;
}

export function formatPollInterval(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
