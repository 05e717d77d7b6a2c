import {
  DEFAULT_POLICY,
  DEFAULT_TIME_LIMITS,
  newbornAttempt,
  UNBORN_ASSIGNMENT,
  type Assignment,
  type AssignmentAggregate,
  type Attempt,
  type AttemptRules,
  type EvidenceRule,
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
      ...UNBORN_ASSIGNMENT,
      ...(attempt === null ? {} : ({ state: 'active', attempts: 1 } as const)),
      ...assignment,
    },
    attempt: attempt === null ? null : { ...newbornAttempt(0), ...attempt },
    rules: {
      timeLimits: DEFAULT_TIME_LIMITS,
      evidence: null,
      pollIntervalSeconds: 300,
      retries: DEFAULT_POLICY.retries,
      retryKey: '1/1',
      consent: DEFAULT_POLICY.consent,
      downloadOnly: false,
      paced: false,
      ...rules,
    },
  };
}

/** Nothing named, and nothing known; `parts` name what counts. */
export function anEvidenceRule(parts: Partial<NonNullable<EvidenceRule>>): NonNullable<EvidenceRule> {
  return {
    versionAttribute: null,
    expectedVersion: '2',
    slotAttribute: null,
    bootIdAttribute: null,
    known: { version: null, slot: null, bootId: null },
    ...parts,
  };
}

/** Tried again so many times after any failure, after 10, 30, 90 … seconds. */
export function retriesUpTo(limit: number): AttemptRules['retries'] {
  return {
    ...DEFAULT_POLICY.retries,
    limit,
    on: ['failed', 'rolled-back', 'timed-out', 'silence', 'booted-old-version', 'no-evidence'],
    firstSeconds: 10,
    factor: 3,
    jitterPercent: 0,
  };
}
