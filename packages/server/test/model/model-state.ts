import type { WindowMoment } from './daily-window.ts';
import type { ModelPolicy, ModelPhaseSpec } from './model-policy.ts';

/**
 * What the model knows of one run: its own devices and rollouts, on a server on which others ran before. It is told
 * what was asked and answered at the doors, never what the server decided; wire ids are the only thing that it learns.
 * Times are epoch ms of the virtual clock, on whole seconds.
 */
export type Model = {
  now: number;
  readonly devices: ModelDevice[];
  readonly rollouts: ModelRollout[];
  readonly wishes: ModelWish[];
  /** Offers that were made. */
  offers: number;
  /** Since when the server has been listening without a gap. */
  listeningSince: number;
  readonly pollIntervalSeconds: number;
  penaltyRule: PenaltyRule;
  /** What was worked out of windows in zones. */
  readonly windows: Map<string, WindowMoment>;
};

/** A device that fails so often in that time is set aside for so long; 0 failures: never. */
export type PenaltyRule = { readonly failures: number; readonly withinSeconds: number; readonly seconds: number };

const DAY_SECONDS = 86_400;
/** A tenant's own, until it is told another. */
export const FIRST_PENALTY_RULE: PenaltyRule = { failures: 3, withinSeconds: DAY_SECONDS, seconds: DAY_SECONDS };

export type ModelRelease = {
  /** Uid. */
  readonly id: string;
  readonly version: string;
  /** Greater than that of each release published before. */
  readonly counter: number;
  /** The number of its component in the addresses of its files. */
  readonly module: number;
};

export type ModelDevice = {
  readonly id: number;
  readonly name: string;
  token: string;
  running: ModelRelease | null;
  contactAt: number;
  /** When its hardware was replaced. */
  replacedAt: number;
  penaltyUntil: number;
  /** Times of attempts that failed, since the device was last set aside or taken back. */
  failures: number[];
  /** When it was last made to match something else: by its word, or by what it runs. */
  changedAt: number;
  /** Out of service: its door knows it no more. */
  isGone: boolean;
  isDeleted: boolean;
  /** The wire id of the offer that it was answered last. */
  offered: number | null;
  /** What it has said of itself beside its version. */
  told: Record<string, string>;
  /** The zone that counts for it; null: the rollout's. */
  zone: string | null;
  /** The site that it is at, and the ring that it is of, by its own word; '': unknown. */
  site: string;
  ring: string;
  /** The version that it last said it runs, since it closed what awaits evidence. */
  said: string | null;
  /** Its device type wants to see the version that it runs. */
  readonly provesVersion: boolean;
  /** Its device type lets no older release back on it. */
  readonly refusesDowngrade: boolean;
  /** Its client can be told to download now and to install later. */
  readonly splits: boolean;
};

export type ModelRollout = {
  /** Of its row. */
  readonly id: number;
  readonly uid: string;
  readonly kind: 'rollout' | 'direct' | 'return';
  readonly release: ModelRelease;
  weight: number;
  policy: ModelPolicy;
  readonly phases: ModelPhase[];
  readonly members: ModelWish[];
  /** Whose devices it is for. */
  readonly reach: ModelReach;
  readonly createdAt: number;
  /** Zones of its devices when it was made: the first window of any of them may start it. */
  readonly zones: readonly (string | null)[];
  /** Since when it runs without a pause, where it runs. */
  runningSince: number;
  endedAt: number | null;
  /** Whether its devices are to go back to what they ran, or have been told to. */
  returns: 'wanted' | 'made' | 'impossible' | null;
  state: 'awaiting-approval' | 'ready' | 'running' | 'paused' | 'stopping' | 'stopped' | 'finished';
  reason: string | null;
  /** Starts that the pace has left, and when that was so. */
  starts: { left: number; at: number };
  /** When it was told to stop. */
  stoppedAt: number | null;
};

/** Devices of a ring or of any, those that failed in another rollout, or those that took its release and ran this one's before. */
export type ModelReach =
  | { readonly of: 'ring'; readonly ring: string | null }
  | { readonly of: 'failed'; readonly parent: ModelRollout }
  | { readonly of: 'taken'; readonly parent: ModelRollout; readonly to: ModelRelease }
  | { readonly of: 'chosen' };

export type ModelPhase = {
  readonly number: number;
  readonly members: ModelWish[];
  spec: ModelPhaseSpec;
  state: 'waiting' | 'started' | 'done' | 'skipped';
  startedAt: number;
  reachedAt: number | null;
  isCrossed: boolean;
};

export function waitingPhase(number: number, spec: ModelPhaseSpec): ModelPhase {
  return { number, members: [], spec, state: 'waiting', startedAt: 0, reachedAt: null, isCrossed: false };
}

export const WISH_ENDS = ['succeeded', 'failed', 'canceled', 'superseded'] as const;

/** One device × one release of one rollout. */
export type ModelWish = {
  /** Of its row: greater is newer. */
  readonly id: number;
  /** Wire id of its first attempt. */
  readonly number: number;
  readonly rollout: ModelRollout;
  readonly device: ModelDevice;
  readonly phase: ModelPhase;
  state: 'waiting' | 'active' | 'backing-off' | (typeof WISH_ENDS)[number];
  readonly tries: ModelTry[];
  failures: number;
  /** Until when its next try waits; between `earliest` and `latest`, where the policy spreads them. */
  notBefore: number;
  erred: boolean;
  /** Why it is being cancelled. */
  intent: 'canceled' | 'superseded' | null;
  /** When it became a member: nobody is silent for what it was not a member of. */
  readonly joinedAt: number;
  /** What its device ran before it was brought this; null: unknown, or nothing was brought. */
  from: ModelRelease | null;
};

export const TRY_ENDS = ['succeeded', 'failed', 'rolled-back', 'timed-out', 'canceled'] as const;
export type WorkState = 'offered' | 'downloading' | 'downloaded' | 'installing' | 'awaiting-report';
export type TryState =
  | 'awaiting-consent'
  | 'ready'
  | WorkState
  | 'awaiting-evidence'
  | 'canceling'
  | (typeof TRY_ENDS)[number];

export type ModelTry = {
  /** Wire id; learnt when it is answered. */
  number: number | null;
  state: TryState;
  stateAt: number;
  canceledFrom: TryState | null;
  consent: 'given' | 'declined' | 'asked' | null;
  /** After a no, its user is not asked again before. */
  asksAgainAt: number;
  offeredAt: number | null;
  /** Among all offers of the run: of two in the same second one is the later. */
  offerTurn: number;
  installAt: number | null;
  begunAt: number | null;
  heardAt: number;
  /** Its device refused a cancel. */
  wasRefused: boolean;
  /** Its device refused the offer, and is not asked again before. */
  refusedUntil: number;
  /** How many of its offers it has refused, and when the last of these was made. */
  refusals: number;
  refusedTurn: number;
  /** The site of the place that it holds of its rollout's pace; null: it holds none. */
  placeAt: string | null;
  hasObserved: boolean;
};

export function isOpen(wish: ModelWish): boolean {
  return !(WISH_ENDS as readonly string[]).includes(wish.state);
}

/** The try that is under way, or null where none is born or the last has ended. */
export function openTry(wish: ModelWish): ModelTry | null {
  const last = wish.tries.at(-1);
  return last === undefined || hasTryEnded(last) ? null : last;
}

export function hasTryEnded({ state }: ModelTry): boolean {
  return (TRY_ENDS as readonly string[]).includes(state);
}

export function hasBegun(wish: ModelWish): boolean {
  return openTry(wish)?.begunAt !== null && openTry(wish) !== null;
}

export function openWishesOf(model: Model, device: ModelDevice): readonly ModelWish[] {
  return model.wishes.filter((wish) => wish.device === device && isOpen(wish));
}
