import { InvalidArgumentError } from 'commander';

/** A whole number from 1 on. */
export function countOption(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('Expected a whole number from 1 on.');
  return number;
}

/** A whole number from 0 on. */
export function wholeOption(text: string): number {
  return text === '0' ? 0 : countOption(text);
}

export function switchOption(text: string): boolean {
  if (text === 'on') return true;
  if (text === 'off') return false;
  throw new InvalidArgumentError('Expected "on" or "off".');
}

/** Collects an option that may be repeated. */
export function repeatable(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

const UNIT_SECONDS = { s: 1, min: 60, h: 3_600, d: 86_400 } as const;

/** `90s`, `15min`, `12h`, `30d` → seconds */
export function durationOption(text: string): number {
  const match = /^(\d{1,9})(s|min|h|d)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected a length of time such as 90s, 15min, 12h or 30d.');
  return Number(match[1]) * UNIT_SECONDS[match[2] as keyof typeof UNIT_SECONDS];
}

/** A moment such as `2026-03-01T22:00Z` or `2026-03-01T23:00+01:00` → RFC 3339 in UTC */
export function momentOption(text: string): string {
  try {
    return Temporal.Instant.from(text).toString();
  } catch {
    throw new InvalidArgumentError('Expected a moment with its offset, such as 2026-03-01T22:00Z.');
  }
}
