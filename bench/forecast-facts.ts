import {
  UNBORN_ASSIGNMENT,
  type AssignmentAggregate,
  type GateFacts,
  type PaceFacts,
  type Phase,
  type RolloutAggregate,
  type RolloutPolicy,
  type WindowMoment,
} from '@updraft/core';
import type { TrueDevice } from './forecast-fleet.ts';

/** An assignment of which nothing is born, for a device whose type asks for the version as evidence. */
export function newAggregate(device: TrueDevice, policy: RolloutPolicy): AssignmentAggregate {
  return {
    assignment: UNBORN_ASSIGNMENT,
    attempt: null,
    rules: {
      timeLimits: policy.timeLimits,
      evidence: {
        versionAttribute: 'version',
        expectedVersion: '2',
        slotAttribute: null,
        bootIdAttribute: null,
        known: { version: '1', slot: null, bootId: null },
      },
      pollIntervalSeconds: device.pollMs / 1000,
      retries: policy.retries,
      retryKey: String(device.id),
      consent: policy.consent,
      downloadOnly: false,
      paced: policy.pace.parallel !== null || policy.pace.perMinute !== null || policy.pace.perSite !== null,
    },
  };
}

type AtPoll = {
  readonly now: number;
  readonly pace: PaceFacts;
  readonly window: WindowMoment;
  readonly policy: RolloutPolicy;
  readonly rollout: RolloutAggregate;
  readonly phase: Phase | undefined;
};

/** What the gates read when a device polls. */
export function factsAtPoll(device: TrueDevice, state: AssignmentAggregate, at: AtPoll): GateFacts {
  const { assignment } = state;
  return {
    device: {
      name: String(device.id),
      identity: 'accepted',
      type: 'board',
      runningReleaseId: 1,
      runningCounter: 1,
      penaltyUntil: null,
      lastContactAt: at.now,
      pollIntervalSeconds: device.pollMs / 1000,
      autoConsent: false,
      splitsOffers: 'never',
    },
    assignment: {
      number: device.id,
      state: assignment.state,
      notBefore: assignment.notBefore,
      failedAttempts: assignment.failedAttempts,
      consent: null,
      asksAgainAt: null,
      refusal: null,
      release: { id: 2, name: 'os', version: '2', state: 'published', counter: 2, deviceTypes: [] },
      requiredSteps: [],
      rollout: {
        name: 'truth',
        state: at.rollout.state,
        reason: at.rollout.reason,
        phase: at.phase?.number ?? 1,
        phaseState: at.phase?.state ?? 'waiting',
        policy: at.policy,
      },
      window: at.window,
      pace: at.pace,
    },
  };
}
