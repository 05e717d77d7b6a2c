import { performance } from 'node:perf_hooks';

/** Simulated time in milliseconds from any beginning; it never goes back. */
export interface Clock {
  now(): number;
  /** Calls `wake` once, at about `at`; the function that is given back takes that call back. */
  wakeAt(at: number, wake: () => void): () => void;
}

/** The machine's own clock, running `pace` simulated seconds in each real one: a reboot of 30 s at pace 100 takes 0.3 s. */
export function realClock(pace = 1): Clock {
  const now = (): number => performance.now() * pace;
  return {
    now,
    wakeAt(at, wake) {
      const timer = setTimeout(wake, Math.max(0, (at - now()) / pace));
      return () => clearTimeout(timer);
    },
  };
}
