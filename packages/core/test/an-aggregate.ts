import {
  DEFAULT_TIME_LIMITS,
  newbornAttempt,
  type Assignment,
  type AssignmentAggregate,
  type Attempt,
  type AttemptRules,
} from '@updraft/core';

type Parts = {
  readonly assignment?: Partial<Assignment>;
  readonly attempt?: Partial<Attempt> | null;
  readonly rules?: Partial<AttemptRules>;
};

/** An assignment with a newborn attempt at time 0 under the default rules; `attempt: null` for one that is not born. */
export function anAggregate({ assignment, attempt = {}, rules }: Parts = {}): AssignmentAggregate {
  return {
    assignment: {
      state: attempt === null ? 'waiting' : 'active',
      reason: null,
      failedAttempts: 0,
      cancelIntent: null,
      endedAt: null,
      ...assignment,
    },
    attempt: attempt === null ? null : { ...newbornAttempt(0), ...attempt },
    rules: { timeLimits: DEFAULT_TIME_LIMITS, evidence: null, pollIntervalSeconds: 300, ...rules },
  };
}
