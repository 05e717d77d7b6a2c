import type { AssignmentState } from './assignment-lifecycle.ts';
import type { ConsentState, Instant } from './attempt.ts';
import type { DeviceIdentity } from './device-identity.ts';
import type { PaceFacts } from './pace.ts';
import type { RolloutPolicy } from './policy.ts';
import type { ReleaseState } from './release-lifecycle.ts';
import type { RequiredStep } from './required-step.ts';
import type { PhaseState } from './phase-lifecycle.ts';
import type { RolloutState } from './rollout-lifecycle.ts';
import type { WindowMoment } from './windows/window-at.ts';

/** The conditions between a device and its update, in the order in which they are shown. */
export const GATES = [
  'identity-accepted',
  'has-assignment',
  'release-published',
  'compatible',
  'required-steps',
  'not-already-running',
  'rollout-running',
  'phase-started',
  'consent',
  'window',
  'pace',
  'back-off',
  'penalty-box',
  'device-refusal',
  'contact',
] as const;
export type GateName = (typeof GATES)[number];

/** An offer that was refused is made again `until` then; a cancel that was refused (null) holds nothing: the device goes on. */
export type Refusal = {
  readonly of: 'offer' | 'cancel';
  readonly at: Instant;
  /** The device's own; null: it said none. */
  readonly words: string | null;
  readonly until: Instant | null;
};

/** `at-windows`: while the install waits for a window, and not for consent. */
export type OfferSplit = 'never' | 'at-windows' | 'always';

/** What the gates read, of a device, its current assignment and that assignment's rollout. */
export type GateFacts = {
  readonly device: {
    readonly name: string;
    readonly identity: DeviceIdentity;
    readonly type: string | null;
    readonly runningReleaseId: number | null;
    /** In the tenant's order of releases; null: unknown what it runs. */
    readonly runningCounter: number | null;
    /** Until when it is set aside; null: it is not. */
    readonly penaltyUntil: Instant | null;
    /** At a door: now. */
    readonly lastContactAt: Instant | null;
    readonly pollIntervalSeconds: number;
    /** Consent is given for it without asking. */
    readonly autoConsent: boolean;
    /** Where its door can say "download now, install later"; elsewhere it offers only what may be installed. */
    readonly splitsOffers: OfferSplit;
  };
  readonly assignment: {
    readonly number: number;
    readonly state: AssignmentState;
    /** The end of the back-off. */
    readonly notBefore: Instant | null;
    readonly failedAttempts: number;
    /** What the device's user said, of the newest attempt; null: not asked. */
    readonly consent: ConsentState | null;
    /** After a no: when consent is asked for again. */
    readonly asksAgainAt: Instant | null;
    /** What the device itself last refused of it. */
    readonly refusal: Refusal | null;
    readonly release: {
      readonly id: number;
      readonly name: string;
      readonly version: string;
      readonly state: ReleaseState;
      /** null: not published yet. */
      readonly counter: number | null;
      /** Names of the device types that the release is for; empty: any. */
      readonly deviceTypes: readonly string[];
    };
    /** All that the tenant has. */
    readonly requiredSteps: readonly RequiredStep[];
    readonly rollout: {
      readonly name: string;
      readonly state: RolloutState;
      /** Why it is paused or stopped. */
      readonly reason: string | null;
      readonly phase: number;
      readonly phaseState: PhaseState;
      readonly policy: RolloutPolicy;
    };
    /** What the policy's windows say in the device's zone, now. */
    readonly window: WindowMoment;
    readonly pace: PaceFacts;
  } | null;
};

/** The facts of a device that has an assignment: what all gates but the first two read. */
export type AssignedFacts = { readonly [K in keyof GateFacts]: NonNullable<GateFacts[K]> };
