import fc from 'fast-check';
import type { Attempt } from '../src/attempt.ts';
import type { OpenAssignment } from '../src/at-contact.ts';
import { newbornAttempt } from '@updraft/core';
import type { GateFacts } from '../src/gate-facts.ts';
import { PHASE_STATES } from '../src/phase-lifecycle.ts';
import { DEFAULT_POLICY, type RolloutPolicy } from '../src/policy.ts';
import { ROLLOUT_STATES } from '../src/rollout-lifecycle.ts';
import type { WindowMoment } from '../src/windows/window-at.ts';

export const NOW = Date.UTC(2026, 10, 21, 17, 48);
export const MINUTE_MS = 60_000;

type DeviceFacts = GateFacts['device'];

export const OPEN_WINDOW: WindowMoment = {
  isOpen: true,
  changesAt: null,
  opensAt: null,
  closesAt: null,
  blackoutUntil: null,
  zone: 'UTC',
};

/** A device that is in contact now, and of which nothing is known that would hold an update back. */
export function aDevice(parts: Partial<DeviceFacts> = {}): DeviceFacts {
  return {
    name: 'gw',
    identity: 'accepted',
    type: 'board',
    runningReleaseId: null,
    runningCounter: null,
    penaltyUntil: null,
    lastContactAt: NOW,
    pollIntervalSeconds: 300,
    autoConsent: false,
    splitsOffers: 'never',
    ...parts,
  };
}

export type AssignmentParts = Omit<Partial<OpenAssignment>, 'attempt' | 'release' | 'rollout' | 'window' | 'pace'> & {
  readonly attempt?: Partial<Attempt> | null;
  readonly release?: Partial<OpenAssignment['release']>;
  readonly rollout?: Omit<Partial<OpenAssignment['rollout']>, 'policy'>;
  readonly policy?: Partial<RolloutPolicy>;
  readonly window?: Partial<WindowMoment>;
  readonly pace?: Partial<OpenAssignment['pace']>;
};

/** An assignment in a rollout that runs, of a release of its own, whose attempt is not born; all its gates are open. */
export function anAssignment(given: AssignmentParts = {}): OpenAssignment {
  const { attempt = null, release, rollout, policy, window, pace, ...parts } = given;
  const id = parts.id ?? 1;
  return {
    id,
    number: id,
    state: attempt === null ? 'waiting' : 'active',
    notBefore: null,
    attempts: attempt !== null || parts.state === 'backing-off' ? 1 : 0,
    failedAttempts: 0,
    consent: null,
    asksAgainAt: null,
    refusal: null,
    weight: 1000,
    requiredStep: false,
    requiredSteps: [],
    ...parts,
    release: {
      id: 100 + id,
      name: 'system',
      version: '1',
      state: 'published',
      counter: 10,
      deviceTypes: [],
      ...release,
    },
    rollout: {
      name: 'r',
      state: 'running',
      reason: null,
      phase: 1,
      phaseState: 'started',
      ...rollout,
      policy: { ...DEFAULT_POLICY, ...policy },
    },
    window: { ...OPEN_WINDOW, ...window },
    pace: { held: attempt?.paceHeld ?? false, isCounting: false, rollout: null, site: null, siteName: '', ...pace },
    attempt: attempt === null ? null : { ...newbornAttempt(0), number: id, ...attempt },
  };
}

/** Whether the gate that reads it passes is anything's guess. */
const soon = fc.constantFrom(null, NOW - MINUTE_MS, NOW, NOW + MINUTE_MS);

export const someDevice: fc.Arbitrary<DeviceFacts> = fc
  .record({
    identity: fc.constantFrom('accepted' as const, 'pending' as const),
    type: fc.constantFrom('board', null),
    runningReleaseId: fc.constantFrom(null, 100),
    runningCounter: fc.constantFrom(null, 1, 5),
    penaltyUntil: soon,
    lastContactAt: fc.constantFrom(null, NOW, NOW - 3_600_000),
    autoConsent: fc.boolean(),
    splitsOffers: fc.constantFrom('never' as const, 'at-windows' as const, 'always' as const),
  })
  .map(aDevice);

const aCount = fc.record({
  inFlight: fc.integer({ min: 0, max: 4 }),
  tokens: fc.integer({ min: 0, max: 180_000 }),
  tokensAt: fc.integer({ min: NOW - MINUTE_MS, max: NOW }),
});

const aPolicy = fc.record({
  action: fc.constantFrom(
    { kind: 'forced' as const },
    { kind: 'download-only' as const },
    { kind: 'time-forced' as const, forcedAt: NOW + MINUTE_MS },
  ),
  consent: fc.record({ required: fc.boolean(), askAgainSeconds: fc.constant(60) }),
  windows: fc.boolean().map((downloadAhead) => ({ windows: [], blackouts: [], zone: 'UTC', downloadAhead })),
  pace: fc.record({
    parallel: fc.constantFrom(null, 2),
    perMinute: fc.constantFrom(null, 2),
    perSite: fc.constantFrom(null, 2),
  }),
  emergency: fc.boolean(),
});

/** Anything that can stand between a device and an update; `attempt` says how far it is. */
export function someAssignment(
  attempt: fc.Arbitrary<Partial<Attempt> | null> = fc.constant(null),
): fc.Arbitrary<AssignmentParts> {
  return fc.record({
    attempt,
    state: fc.constantFrom('waiting' as const, 'backing-off' as const),
    notBefore: soon,
    failedAttempts: fc.integer({ min: 0, max: 2 }),
    consent: fc.constantFrom(null, 'asked' as const, 'given' as const, 'declined' as const),
    asksAgainAt: soon,
    refusal: soon.map((until) => (until === null ? null : { of: 'offer', at: NOW - 1, words: 'low battery', until })),
    weight: fc.constantFrom(1, 500, 1000),
    requiredStep: fc.boolean(),
    requiredSteps: fc.constantFrom([], [{ id: 100, name: 'step', version: '1', counter: 4, deviceTypes: [] }]),
    release: fc.record({
      id: fc.constantFrom(100, 101, 102),
      state: fc.constantFrom('published' as const, 'withdrawn' as const),
      deviceTypes: fc.constantFrom([], ['board'], ['other']),
    }),
    rollout: fc.record({
      state: fc.constantFrom('running' as const, ...ROLLOUT_STATES),
      phaseState: fc.constantFrom('started' as const, ...PHASE_STATES),
    }),
    policy: aPolicy,
    window: fc
      .boolean()
      .map((isOpen) => (isOpen ? {} : { isOpen, changesAt: NOW + MINUTE_MS, opensAt: NOW + MINUTE_MS })),
    pace: fc.record({
      held: fc.boolean(),
      isCounting: fc.constantFrom(false, false, true),
      rollout: fc.option(aCount),
      site: fc.option(aCount),
      siteName: fc.constantFrom('', 'plant'),
    }),
  });
}
