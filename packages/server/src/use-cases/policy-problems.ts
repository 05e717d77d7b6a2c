import { ONE_PHASE, rolloutProblems, type RolloutPolicy, type RolloutProblem } from '@updraft/core';

/** Why a policy cannot be meant, whatever devices it is for; empty: it can. `now` is in epoch ms. */
export function impossiblePolicy(policy: RolloutPolicy, now: number): readonly RolloutProblem[] {
  const fleet = { matched: 0, compatible: 0, phaseTotals: [], unasked: 0 };
  const facts = { ...fleet, shortestInstallSeconds: null, returnObstacles: [], returnUnknown: 0 };
  // Devices may be none yet: whose policy is judged alone is judged as one that devices may still join.
  const draft = { filter: '', phases: [ONE_PHASE], policy: { ...policy, dynamic: true } };
  return rolloutProblems(draft, facts, now).filter(({ severity }) => severity === 'refused');
}
