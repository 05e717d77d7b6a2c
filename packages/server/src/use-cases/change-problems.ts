import {
  rolloutProblems,
  type PhaseSpec,
  type ReturnObstacle,
  type RolloutPolicy,
  type RolloutProblem,
} from '@updraft/core';
import {
  phaseSpecOf,
  policyOf,
  isSiteTold,
  shortestInstallSeconds,
  type CommandContext,
  type PhaseRow,
  type RolloutRow,
} from '@updraft/store';

/** A rollout as it stands, and what it is to become. */
export type Changing = {
  readonly rollout: RolloutRow;
  readonly phases: readonly PhaseRow[];
  readonly policy: RolloutPolicy;
  /** By the number of the phase; the others stay. */
  readonly specs: ReadonlyMap<number, PhaseSpec>;
  /** Read just before, where a return is newly asked for. */
  readonly returnObstacles: readonly ReturnObstacle[];
};

/**
 * What a change makes impossible or surprising. What was so before is not told again: a rollout whose start has passed can
 * still be given another pace. Its devices are chosen: that late-comers join no more is no matter of its filter.
 */
export async function problemsOfChange(
  context: CommandContext,
  { rollout, phases, policy, specs, returnObstacles }: Changing,
): Promise<readonly RolloutProblem[]> {
  const facts = {
    matched: rollout.counted,
    compatible: rollout.counted,
    phaseTotals: phases.map(({ planned }) => planned),
    // Its devices are in their phases: no change moves them.
    unasked: 0,
    shortestInstallSeconds: await shortestInstallSeconds(context.db, rollout),
    returnObstacles,
    // Only what its devices refuse is read for a change.
    returnUnknown: 0,
    isSiteTold: await isSiteTold(context.db, rollout.tenant),
  };
  const before = phases.map(({ spec }) => phaseSpecOf(spec));
  const after = phases.map(({ number, spec }) => specs.get(number) ?? phaseSpecOf(spec));
  const { filter } = rollout;
  const was = new Set(
    rolloutProblems({ filter, phases: before, policy: policyOf(rollout.policy) }, facts, context.now).map(keyOf),
  );
  return rolloutProblems({ filter, phases: after, policy }, facts, context.now).filter(
    (one) => one.path !== 'filter' && !isPastStart(rollout, one) && !was.has(keyOf(one)),
  );
}

/** What has started asks for no window to start with. */
function isPastStart({ started_at }: RolloutRow, { path }: RolloutProblem): boolean {
  return started_at !== null && path === 'policy.start';
}

function keyOf({ code, path, message }: RolloutProblem): string {
  return JSON.stringify([code, path, message]);
}
