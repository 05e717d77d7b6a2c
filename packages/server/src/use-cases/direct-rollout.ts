import { ONE_PHASE, type RolloutPolicy } from '@updraft/core';
import {
  changeRollout,
  insertMembers,
  insertRollout,
  ONLY_PHASE,
  showMembers,
  startPhase,
  type CommandContext,
  type ReleaseRow,
  type RolloutRow,
} from '@updraft/store';
import { authorOf, type Scope } from '../access/scope.ts';
import { fittingName } from './fitting-name.ts';

export type DirectRollout = {
  readonly release: ReleaseRow;
  readonly policy: RolloutPolicy;
  readonly weight: number;
  /** Ids; their rows are taken. */
  readonly devices: readonly number[];
};

/** A rollout of one phase for these devices, which runs at once (design: 6-data 21). */
export async function startDirectRollout(
  context: CommandContext,
  scope: Scope,
  { release, policy, weight, devices }: DirectRollout,
): Promise<RolloutRow> {
  const made = await insertRollout(context, {
    tenant: scope.tenant,
    kind: 'direct',
    name: fittingName(release.name, ` ${release.version}`),
    description: '',
    release: release.id,
    filter: '',
    weight,
    policy,
    phases: [ONE_PHASE],
    createdBy: authorOf(scope),
  });
  if (made === undefined) throw new Error('a direct rollout has no name of its own that could be taken');
  const members = await insertMembers(context, { rollout: made, phase: ONLY_PHASE }, devices);
  const phase = { rollout: made.id, number: ONLY_PHASE };
  await startPhase(context, phase, context.now + policy.timeLimits.silenceSeconds * 1000);
  const running = { state: 'running', cursor: null, next_at: null, started_at: context.now } as const;
  // Whose polls change is told device by device: the rest of the tenant keeps its remembered answers.
  const rollout = await changeRollout(context, { ...made, state: 'running' }, { ...running, planned: members.length });
  await showMembers(context, rollout.id);
  return rollout;
}
