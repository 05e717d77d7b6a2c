import {
  DEFAULT_POLICY,
  DEFAULT_POLL_INTERVAL_SECONDS,
  DEFAULT_TIME_LIMITS,
  newbornAttempt,
  UNBORN_ASSIGNMENT,
  type AssignmentAggregate,
  type AttemptRules,
  type GateFacts,
  type RolloutPolicy,
  type WindowMoment,
} from '@updraft/core';

/** An assignment whose attempt is just born, under the default rules but for `rules`. */
export function anAggregate(rules: Partial<AttemptRules>, now = 0): AssignmentAggregate {
  return {
    assignment: { ...UNBORN_ASSIGNMENT, state: 'active', attempts: 1 },
    attempt: newbornAttempt(now, rules.consent?.required ?? false),
    rules: {
      timeLimits: DEFAULT_TIME_LIMITS,
      evidence: null,
      pollIntervalSeconds: DEFAULT_POLL_INTERVAL_SECONDS,
      retries: null,
      retryKey: '',
      consent: DEFAULT_POLICY.consent,
      downloadOnly: false,
      paced: false,
      ...rules,
    },
  };
}

type Moment = {
  readonly state: AssignmentAggregate;
  readonly policy: RolloutPolicy;
  readonly window: WindowMoment;
  readonly now: number;
};

/** What its gates read, of a device that is in contact and of which nothing else would hold an update back. */
export function gateFacts({ state, policy, window, now }: Moment): GateFacts {
  const { assignment, attempt } = state;
  return {
    device: {
      name: 'gw',
      identity: 'accepted',
      type: null,
      runningReleaseId: null,
      runningCounter: null,
      penaltyUntil: null,
      lastContactAt: now,
      pollIntervalSeconds: DEFAULT_POLL_INTERVAL_SECONDS,
      autoConsent: false,
      splitsOffers: 'never',
    },
    assignment: {
      number: 1,
      state: assignment.state,
      notBefore: assignment.notBefore,
      failedAttempts: assignment.failedAttempts,
      consent: attempt?.consent ?? null,
      asksAgainAt: attempt?.asksAgainAt ?? null,
      refusal: null,
      release: { id: 1, name: 'os', version: '2.0', state: 'published', counter: 1, deviceTypes: [] },
      requiredSteps: [],
      rollout: { name: 'spring', state: 'running', reason: null, phase: 1, phaseState: 'started', policy },
      window,
      pace: { held: false, isCounting: false, rollout: null, site: null, siteName: '' },
    },
  };
}
