type Sample = { readonly atMilliseconds: number; readonly done: number };

/** How fast something goes, over a moving window, so that a pause shows and an early burst is forgotten. */
export interface RateMeter {
  add(done: number, atMilliseconds: number): void;
  /** Per second; null until two moments are known. */
  rate(): number | null;
  /** Seconds until `total` at this rate; null where nothing moves. */
  secondsLeft(total: number): number | null;
}

export function rateMeter(windowMilliseconds: number): RateMeter {
  let samples: readonly Sample[] = [];

  function rate(): number | null {
    const [first, last] = [samples[0], samples.at(-1)];
    if (first === undefined || last === undefined || last.atMilliseconds <= first.atMilliseconds) return null;
    return Math.max(0, (last.done - first.done) / ((last.atMilliseconds - first.atMilliseconds) / 1000));
  }

  return {
    rate,
    add: (done, atMilliseconds) => {
      samples = [
        ...samples.filter((sample) => sample.atMilliseconds >= atMilliseconds - windowMilliseconds),
        { atMilliseconds, done },
      ];
    },
    secondsLeft: (total) => {
      const perSecond = rate();
      const last = samples.at(-1);
      return perSecond === null || perSecond === 0 || last === undefined
        ? null
        : Math.max(0, (total - last.done) / perSecond);
    },
  };
}
