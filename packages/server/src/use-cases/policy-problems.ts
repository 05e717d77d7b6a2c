import { ONE_PHASE, rolloutProblems, type RolloutPolicy, type RolloutProblem } from '@updraft/core';

/** Why a policy cannot be meant, whatever devices it is for; empty: it can. `now` is in epoch ms. */
export function impossiblePolicy(policy: RolloutPolicy, now: number): readonly RolloutProblem[] {
  return problemsOfPolicy(policy, { now, shortestInstallSeconds: null }).filter(
    ({ severity }) => severity === 'refused',
  );
}

/** The same, and what of it may surprise. `shortestInstallSeconds`: seen on the devices that it is for; null: none was. */
export function problemsOfPolicy(
  policy: RolloutPolicy,
  { now, shortestInstallSeconds }: { readonly now: number; readonly shortestInstallSeconds: number | null },
): readonly RolloutProblem[] {
  const fleet = { matched: 0, compatible: 0, phaseTotals: [], unasked: 0 };
  const facts = { ...fleet, shortestInstallSeconds, returnObstacles: [], returnUnknown: 0 };
  // Devices may be none yet: whose policy is judged alone is judged as one that devices may still join.
  const draft = { filter: '', phases: [ONE_PHASE], policy: { ...policy, dynamic: true } };
  return rolloutProblems(draft, facts, now).filter(({ path }) => path !== 'filter');
}
