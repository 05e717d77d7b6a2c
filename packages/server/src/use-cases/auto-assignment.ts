import { completePolicy, isClosed, ONE_PHASE, parseFilter, rolloutLifecycle, type RolloutPolicy } from '@updraft/core';
import {
  changeRollout,
  DEVICE_LIST,
  findRelease,
  insertRollout,
  ONLY_PHASE,
  startPhase,
  takeRollout,
  type AssignmentQuota,
  type CommandContext,
  type ReleaseRow,
  type RolloutRow,
  type SavedFilterRow,
} from '@updraft/store';
import { authorOf, type Scope } from '../access/scope.ts';
import { recordRollout } from './rollout-events.ts';
import { fittingName } from './fitting-name.ts';
import { closeJoins, letJoin } from './let-join.ts';
import { refused } from './outcome.ts';
import { lookAtRollout } from './rollout-look.ts';
import { stepRollout } from './rollout-moves.ts';

export type AutoWish = {
  readonly release: ReleaseRow;
  readonly weight: number;
  readonly policy: RolloutPolicy;
  readonly quota?: AssignmentQuota | undefined;
};

/**
 * A running rollout of kind `auto` without members: what comes to match the filter joins it (design: 6-data 20). A rule
 * with another release or policy is carried by another rollout, so that each says under what its devices were assigned.
 */
export async function startAuto(
  context: CommandContext,
  scope: Scope,
  { filter, wish }: { readonly filter: SavedFilterRow; readonly wish: AutoWish },
): Promise<RolloutRow> {
  const policy = completePolicy({ ...wish.policy, start: { by: 'ready' }, approval: 'none', dynamic: true });
  const made = await insertRollout(context, {
    tenant: scope.tenant,
    kind: 'auto',
    name: fittingName(filter.name, `: ${wish.release.name} ${wish.release.version}`),
    description: '',
    release: wish.release.id,
    filter: filter.query,
    filterGiven: filter.query_given,
    weight: wish.weight,
    policy,
    phases: [ONE_PHASE],
    quota: wish.quota,
    createdBy: authorOf(scope),
  });
  if (made === undefined) throw new Error('a rollout of kind auto has no name of its own that could be taken');
  await startPhase(
    context,
    { rollout: made.id, number: ONLY_PHASE },
    context.now + policy.timeLimits.silenceSeconds * 1000,
  );
  await letJoin(context, made);
  const running = { state: 'running', cursor: null, next_at: null, started_at: context.now } as const;
  const rollout = await changeRollout(context, made, running);
  await recordRollout(context, scope, { rollout, happened: 'started' });
  return rollout;
}

export type AutoDraft = {
  readonly scope: Scope;
  readonly name: string;
  readonly description: string;
  /** Uid. */
  readonly release: string;
  /** RSQL over devices. */
  readonly filter: string;
  readonly filterGiven: string;
  readonly weight: number;
  readonly policy: RolloutPolicy;
  readonly quota?: AssignmentQuota | undefined;
};

export const autoAssignmentCommands = { 'auto-assignment.create': create };

/** An automatic assignment of its own, apart from saved filters: it starts, and is approved, as its policy says. */
async function create(context: CommandContext, input: AutoDraft) {
  const { scope, filter } = input;
  const release = await findRelease(context.db, scope.tenant, input.release);
  if (release === undefined) return refused('not-found');
  if (release.state !== 'published') return refused('release-not-published');
  if (parseFilter(filter, DEVICE_LIST.fields).outcome === 'refused') return refused('filter-invalid');
  const rollout = await insertRollout(context, {
    tenant: scope.tenant,
    kind: 'auto',
    name: input.name,
    description: input.description,
    release: release.id,
    filter,
    filterGiven: input.filterGiven,
    weight: input.weight,
    policy: completePolicy({ ...input.policy, dynamic: true }),
    phases: [ONE_PHASE],
    quota: input.quota,
    createdBy: authorOf(scope),
  });
  if (rollout === undefined) throw new Error('a rollout of kind auto has no name of its own that could be taken');
  await recordRollout(context, scope, { rollout, happened: 'created' });
  await stepRollout(context, scope, { rollout, input: { type: 'materialised' } });
  return { outcome: 'created' as const, number: rollout.id };
}

/** Nobody joins it any more, and it ends with what it assigned. */
export async function endAuto(context: CommandContext, scope: Scope, id: number): Promise<void> {
  const rollout = await takeRollout(context, id);
  if (rollout === undefined || isClosed(rolloutLifecycle, rollout.state)) return;
  await lookAtRollout(context, scope, await closeJoins(context, rollout));
}
