import type { Instant } from '../attempt.ts';
import type { PhaseCounts, RolloutAggregate } from '../rollout-aggregate.ts';
import type { Course } from './course.ts';
import type { EndShares } from './end-model.ts';
import type { EventQueue } from './event-queue.ts';
import type { ForecastInput } from './forecast-input.ts';
import type { Group, GroupSize } from './group.ts';
import type { OpenSpans, Span } from './span.ts';
import type { StageHistograms } from './stage-model.ts';
import type { WaitingRoom } from './waiting-room.ts';
import type { Models, Work } from './work.ts';

/** What all runs of a forecast share. */
export type Plan = {
  readonly input: ForecastInput;
  readonly span: Span;
  readonly windows: OpenSpans;
  readonly stages: StageHistograms;
  readonly ends: EndShares;
  readonly groupSize: GroupSize;
  /** About how long one device takes. */
  readonly workMs: number;
};

/** What happens in a run; phases by their index. */
export type Happening =
  | { readonly type: 'phase-starts'; readonly phase: number }
  | { readonly type: 'looks' | 'place-may-be-free' }
  | { readonly type: 'polls' | 'downloaded' | 'rests' | 'silent'; readonly group: Group }
  | { readonly type: 'ends'; readonly group: Group; readonly work: Work };

/** A rollout on its way through one run. */
export type Run = {
  readonly plan: Plan;
  readonly models: Models;
  readonly queue: EventQueue<Happening>;
  readonly room: WaitingRoom;
  /** By phase. */
  readonly groups: readonly (readonly Group[])[];
  readonly course: Course;
  /** What core's rules read and decide. */
  rollout: RolloutAggregate;
  /** By the phase's number. */
  readonly counts: ReadonlyMap<number, { -readonly [K in keyof PhaseCounts]: PhaseCounts[K] }>;
  /** Open members of each phase, as it began. */
  readonly openBefore: readonly number[];
  lookAt: Instant | null;
  /** Whether somebody is already asked to take the next place. */
  isServing: boolean;
};
