/** Who looks each second misses no more than this, however busy the machine is. */
const AWAY_MS = 30_000;

/** Tells whether the process has been away: stopped, asleep with its machine, or cut off from its database; or its clock elsewhere. */
export type AwayWatch = {
  /** Whether it was here for the last time longer ago than a busy machine explains. */
  readonly wasAway: () => boolean;
  /** It is here now, and its database answers. */
  readonly isHere: () => void;
};

/**
 * `clock` is the machine's own, epoch ms: one that stands still while the machine sleeps would not tell. A clock that
 * leaps ahead cannot be told from an absence, and is taken for one; by one that is put back what was noted lies ahead.
 */
export function createAwayWatch(clock: () => number): AwayWatch {
  let seenAt = clock();
  return {
    wasAway: () => Math.abs(clock() - seenAt) > AWAY_MS,
    isHere: () => {
      seenAt = clock();
    },
  };
}
