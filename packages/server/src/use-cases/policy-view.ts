import { DEFAULT_POLICY, ONE_PHASE, type PhaseSpec, type RolloutPolicy } from '@updraft/core';
import type { PhaseInput, PolicyInput, PolicyView } from '@updraft/protocols';
import type { z } from 'zod';
import { timestamp } from './timestamp.ts';

export type PolicyShown = z.output<typeof PolicyView>;
export type PolicyGiven = z.output<typeof PolicyInput>;
export type PhaseGiven = z.output<typeof PhaseInput> & Pick<PhaseSpec, 'growth' | 'asksConsent' | 'written'>;

/** A policy as the API shows it: instants are RFC 3339. */
export function policyView(policy: RolloutPolicy): PolicyShown {
  const { start, action, windows, retries } = policy;
  return {
    ...policy,
    start: start.by === 'time' ? { by: 'time', at: timestamp(start.at) } : start,
    action: action.kind === 'time-forced' ? { kind: action.kind, forcedAt: timestamp(action.forcedAt) } : action,
    windows: { ...windows, windows: [...windows.windows], blackouts: [...windows.blackouts] },
    retries: { ...retries, on: [...retries.on] },
  };
}

/** What the API was given, over `base`: part by part, and field by field inside the parts that have some. */
export function policyFrom(given: PolicyGiven, base: RolloutPolicy = DEFAULT_POLICY): RolloutPolicy {
  const { start, action } = given;
  return {
    ...base,
    ...given,
    start: start === undefined ? base.start : start.by === 'time' ? { by: 'time', at: Date.parse(start.at) } : start,
    action:
      action === undefined
        ? base.action
        : action.kind === 'time-forced'
          ? { kind: action.kind, forcedAt: Date.parse(action.forcedAt) }
          : action,
    consent: { ...base.consent, ...given.consent },
    windows: { ...base.windows, ...given.windows },
    pace: { ...base.pace, ...given.pace },
    retries: { ...base.retries, ...given.retries },
    timeLimits: { ...base.timeLimits, ...given.timeLimits },
  };
}

/** The phases as core plans them; none given: one of all devices. */
export function phasesFrom(given: readonly PhaseGiven[] | undefined): readonly PhaseSpec[] {
  return given === undefined ? [ONE_PHASE] : given.map((phase) => ({ ...ONE_PHASE, ...phase }));
}
