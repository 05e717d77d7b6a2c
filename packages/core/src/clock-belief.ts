const DAY_MS = 86_400_000;

/** Of the clock by which history is removed for good, epoch ms: when it was looked at last, and from when on it is believed. */
export type ClockBelief = { readonly seenAt: number; readonly believedFrom: number };

/**
 * Who looks every few minutes and finds a day or more gone was away, or its clock has leapt: nobody can tell which. Such a
 * clock is believed when a day has passed by it, and one that is put back as far at once, so that nobody loses the history
 * of a year by the hour in which a clock was wrong.
 */
export function lookAtClock(before: ClockBelief | null, now: number): ClockBelief {
  if (before === null || now <= before.seenAt - DAY_MS) return { seenAt: now, believedFrom: now };
  const hasLeapt = now >= before.seenAt + DAY_MS;
  return { seenAt: now, believedFrom: hasLeapt ? now + DAY_MS : before.believedFrom };
}

export function isBelieved({ seenAt, believedFrom }: ClockBelief): boolean {
  return seenAt >= believedFrom;
}
