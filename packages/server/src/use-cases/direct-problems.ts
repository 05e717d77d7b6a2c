import { ignoredByDirect, ONE_PHASE, rolloutProblems, type RolloutPolicy, type RolloutProblem } from '@updraft/core';
import { heldMembers, isSiteTold, shortestInstallSeconds, type CommandContext, type RolloutRow } from '@updraft/store';
import { sampleViews } from './device-samples.ts';
import type { PolicyGiven } from './policy-view.ts';
import { problemView } from './rollout-view.ts';

type Direct = {
  readonly rollout: RolloutRow;
  readonly policy: RolloutPolicy;
  readonly given: PolicyGiven;
  readonly devices: number;
};

/** What may surprise whoever assigned a release directly, in the words of rollouts, and which of the devices have to wait. */
export async function judgeDirect(context: CommandContext, { rollout, policy, given, devices }: Direct) {
  const facts = {
    matched: devices,
    compatible: devices,
    phaseTotals: [devices],
    unasked: 0,
    shortestInstallSeconds: await shortestInstallSeconds(context.db, rollout),
    returnObstacles: [],
    returnUnknown: 0,
    isSiteTold: await isSiteTold(context.db, rollout.tenant),
  };
  const found: readonly RolloutProblem[] = [
    ...ignoredByDirect(partsGiven(given)),
    ...rolloutProblems({ filter: '', phases: [ONE_PHASE], policy }, facts, context.now),
  ];
  return { warnings: found.map(problemView), held: sampleViews(await heldMembers(context, rollout)) };
}

function partsGiven({ start, approval, dynamic, onFailure }: PolicyGiven): Parameters<typeof ignoredByDirect>[0] {
  return {
    ...(start === undefined ? {} : { start }),
    ...(approval === undefined ? {} : { approval }),
    ...(dynamic === undefined ? {} : { dynamic }),
    ...(onFailure === undefined ? {} : { onFailure }),
  };
}
