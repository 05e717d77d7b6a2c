import type { Instant } from '../attempt.ts';
import type { MissReason } from './miss-reason.ts';
import type { Traffic } from './traffic.ts';

/** How a rollout goes in one run. */
export type Course = {
  readonly phases: readonly PhaseCourse[];
  /** When nothing was open any more; null: something stays open, or the rollout was held. */
  endedAt: Instant | null;
  lastSuccessAt: Instant | null;
  /** When and why it went on no more, and how many devices had erred by then. */
  held: {
    readonly at: Instant;
    readonly reason: 'error-threshold' | 'success-not-reached';
    readonly erred: number;
    /** Index. */
    readonly phase: number;
  } | null;
  succeeded: number;
  /** Devices that have erred and not succeeded since. */
  erred: number;
  readonly missed: Record<MissReason, number>;
  readonly traffic: Traffic;
  /** Of the attempts that succeeded, from the offer: the paper's S_1. */
  readonly work: { ms: number; n: number };
  /** Devices whose update took longer than the window in which it began. */
  outlasted: number;
  /** Whether it took too long to be played to its end, and what was left is reckoned by the pace of what was played. */
  isReckoned: boolean;
};

/** How one phase fares in one run. */
export type PhaseCourse = {
  readonly total: number;
  startedAt: Instant | null;
  reachedAt: Instant | null;
  endedAt: Instant | null;
};
