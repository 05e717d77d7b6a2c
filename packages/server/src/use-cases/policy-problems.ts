import { type DraftFacts, ONE_PHASE, rolloutProblems, type RolloutPolicy, type RolloutProblem } from '@updraft/core';

/** Why a policy cannot be meant, whatever devices it is for; empty: it can. `now` is in epoch ms. */
export function impossiblePolicy(policy: RolloutPolicy, now: number): readonly RolloutProblem[] {
  // Neither refuses anything.
  const fleet = { shortestInstallSeconds: null, isSiteTold: true };
  return problemsOfPolicy(policy, { now, ...fleet }).filter(({ severity }) => severity === 'refused');
}

/** What is known of the fleet where devices are not looked at. */
type Known = Pick<DraftFacts, 'shortestInstallSeconds' | 'isSiteTold'>;

/** The same, and what of it may surprise. */
export function problemsOfPolicy(
  policy: RolloutPolicy,
  { now, ...known }: Known & { readonly now: number },
): readonly RolloutProblem[] {
  const fleet = { matched: 0, compatible: 0, phaseTotals: [], unasked: 0 };
  const facts = { ...fleet, ...known, returnObstacles: [], returnUnknown: 0 };
  // Devices may be none yet: whose policy is judged alone is judged as one that devices may still join.
  const draft = { filter: '', phases: [ONE_PHASE], policy: { ...policy, dynamic: true } };
  return rolloutProblems(draft, facts, now).filter(({ path }) => path !== 'filter');
}
