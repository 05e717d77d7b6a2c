import type { DailyWindow } from './model-clock.ts';

/** What a device has been answered, has said and has been answered to it: all that the model knows of an attempt. */
export type ModelAttempt = {
  readonly number: number;
  readonly device: ModelDevice;
  /** It has told something that was taken, or fetched a byte. */
  hasBegun: boolean;
  /** It told its end, and that was taken. */
  hasEnded: boolean;
};

export type ModelDevice = {
  readonly name: string;
  readonly token: string;
  /** Wire ids that were answered to it, in the order in which they were. */
  readonly answered: Map<number, ModelAttempt>;
  /** Of the last poll. */
  link: { readonly about: 'deploymentBase' | 'cancelAction'; readonly number: number } | null;
};

export type ModelRollout = {
  readonly id: string;
  /** Of the row. */
  readonly number: number;
  readonly phaseTwoByHand: boolean;
  readonly window: DailyWindow | null;
  readonly consent: boolean;
  readonly parallel: number | null;
  readonly needsApproval: boolean;
  readonly error: { readonly percent: number; readonly minimum: number } | null;
  readonly successPercent: number;
  readonly retries: number;
  /** What operators did. */
  isApproved: boolean;
  wasStarted: boolean;
  isPaused: boolean;
  isStopped: boolean;
  /** Resumed by hand after it was held: a threshold fires once. */
  wasResumed: boolean;
  /** The second phase was started or the first passed by hand. */
  wasPushed: boolean;
  /** A device that had erred succeeded later, so that a threshold once crossed is crossed no more. */
  hasRecovered: boolean;
  /** A late report began what had been withdrawn, over the cap of its pace. */
  isOverbooked: boolean;
  /** Some device refused a cancel and went on. */
  wasRefused: boolean;
  /** Devices whose consent was given, by the assignment's number. */
  readonly consented: Set<number>;
};

/** One run of commands: its own devices and rollouts on a server that others ran on. */
export type Model = {
  readonly devices: readonly ModelDevice[];
  readonly rollouts: ModelRollout[];
};
