import { parseFilter, type TimeLimits } from '@updraft/core';
import { DEVICE_LIST, findRelease, findRollout, insertRollout, takeRollout, type CommandContext } from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { once } from './once.ts';
import { refused } from './outcome.ts';
import { moveRollout, recordRollout } from './rollout-moves.ts';
import { materialiseNext } from './rollout-slices.ts';
import { rolloutViews, type RolloutView } from './rollout-view.ts';

export type NewRolloutInput = {
  readonly scope: Scope;
  readonly name: string;
  readonly description: string;
  /** Uid. */
  readonly release: string;
  /** RSQL over devices; empty: all. */
  readonly filter: string;
  readonly weight: number;
  readonly timeLimits: TimeLimits;
  readonly start: boolean;
};

export type RolloutAct = {
  readonly scope: Scope;
  /** Uid. */
  readonly id: string;
  readonly expectedRevision: number | null;
  readonly act: 'start' | 'pause' | 'resume' | 'stop';
};

export const rolloutCommands = {
  'rollout.create': once(create),
  'rollout.act': act,
};

/**
 * Makes a rollout. Its first slice of assignments is made in the same command, so that a small one is ready at once;
 * the job makes the others.
 */
async function create(context: CommandContext, input: NewRolloutInput) {
  const { scope } = input;
  const release = await findRelease(context.db, scope.tenant, input.release);
  if (release === undefined) return refused('not-found');
  if (release.state !== 'published') return refused('release-not-published');
  const parsed = parseFilter(input.filter, DEVICE_LIST.fields);
  if (parsed.outcome === 'refused') return { ...refused('filter-invalid'), detail: parsed.problem.message };
  const row = await insertRollout(context, {
    tenant: scope.tenant,
    kind: 'rollout',
    name: input.name,
    description: input.description,
    release: release.id,
    filter: input.filter,
    weight: input.weight,
    policy: { timeLimits: input.timeLimits, startsWhenReady: input.start },
    createdBy: scope.actor,
  });
  if (row === undefined) return refused('name-taken');
  await recordRollout(context, scope, { rollout: row, happened: 'created' });
  await materialiseNext(context, scope, row);
  return { outcome: 'created' as const, rollout: await viewOf(context, row.id) };
}

/** Starts, pauses, resumes or stops: one row, which the gates read. */
async function act(context: CommandContext, input: RolloutAct) {
  const { scope } = input;
  const found = await findRollout(context.db, scope.tenant, input.id);
  const rollout = found === undefined ? undefined : await takeRollout(context, found.id);
  if (rollout === undefined) return refused('not-found');
  if (input.expectedRevision !== null && rollout.revision !== input.expectedRevision)
    return refused('precondition-failed');
  const moved = await moveRollout(context, scope, { rollout, event: input.act });
  if (moved === null) return { ...refused('rollout-state'), state: rollout.state };
  return { outcome: 'changed' as const, rollout: await viewOf(context, rollout.id) };
}

async function viewOf(context: CommandContext, id: number): Promise<RolloutView> {
  const row = await takeRollout(context, id);
  const [view] = row === undefined ? [] : await rolloutViews(context.db, [row]);
  if (view === undefined) throw new Error(`rollout ${id} is not there in its own transaction`);
  return view;
}
