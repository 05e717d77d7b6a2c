import { advanceClock, createClockOffset, offsetMs, type ClockOffset } from '@updraft/store';

/**
 * The server's clock in the hands of a test: it is set, to whole seconds, wherever time is to pass, so that what the steps
 * themselves take never adds up, and a run with the same seed is the same run.
 */
export type VirtualClock = {
  readonly offset: ClockOffset;
  /** Epoch ms. */
  readonly set: (to: number) => void;
  readonly now: () => number;
};

export function createVirtualClock(): VirtualClock {
  const offset = createClockOffset();
  const now = () => Date.now() + offsetMs(offset);
  return { offset, now, set: (to) => advanceClock(offset, to - now()) };
}
