import { fold, isClosed, rolloutLifecycle } from '@updraft/core';
import {
  changeRollout,
  dropAutoRuleOf,
  findRolloutById,
  isRolloutNameTaken,
  retriedOnRace,
  takeRollout,
  type CommandContext,
  type RolloutRow,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { stepByHand } from './act-revision.ts';
import { endAuto } from './auto-assignment.ts';
import { refused } from './outcome.ts';
import { recordRollout } from './rollout-events.ts';

export const rolloutDeletionCommands = {
  'rollout.delete': remove,
  'rollout.rename': rename,
};

type Act = { readonly scope: Scope; /** The rollout's number. */ readonly id: number };

/**
 * Stops a rollout and takes it out of the lists; what it did stays, until retention removes it. One that never started is
 * as if it had never been: its name is free again. What an automatic assignment has assigned goes on.
 */
async function remove(context: CommandContext, { scope, id }: Act) {
  const rollout = await take(context, { scope, id });
  if (rollout === undefined) return refused('not-found');
  const isUnseen = rollout.started_at === null || rollout.kind === 'auto';
  const free = isUnseen ? { name_fold: rollout.uid } : {};
  const marked = await changeRollout(context, rollout, {
    deleted: isUnseen ? 'hidden' : 'shown',
    changed_at: context.now,
    changed_by: scope.actor,
    ...free,
  });
  await recordRollout(context, scope, { rollout: marked, happened: 'deleted' });
  if (rollout.kind === 'auto') await dropAutoRuleOf(context, id);
  if (rollout.kind === 'auto' && rollout.started_at !== null) await endAuto(context, scope, id);
  else if (!isClosed(rolloutLifecycle, rollout.state) && rollout.state !== 'stopping')
    await stepByHand(context, scope, { rollout: marked, input: { type: 'stop' } });
  return { outcome: 'deleted' as const };
}

type RolloutNaming = { readonly name?: string | undefined; readonly description?: string | undefined };

/** Changes what a rollout is called, in any state. */
async function rename(context: CommandContext, { scope, id, change }: Act & { readonly change: RolloutNaming }) {
  const rollout = await take(context, { scope, id });
  if (rollout === undefined) return refused('not-found');
  const { name, description } = change;
  if (name !== undefined && (await isRolloutNameTaken(context.db, rollout, fold(name)))) return refused('name-taken');
  const row = await retriedOnRace(() =>
    changeRollout(context, rollout, {
      ...(name === undefined ? {} : { name, name_fold: fold(name) }),
      ...(description === undefined ? {} : { description }),
      changed_at: context.now,
      changed_by: scope.actor,
    }),
  );
  await recordRollout(context, scope, { rollout: row, happened: 'changed', data: { fields: Object.keys(change) } });
  return { outcome: 'changed' as const };
}

async function take(context: CommandContext, { scope, id }: Act): Promise<RolloutRow | undefined> {
  const found = await findRolloutById(context.db, scope.tenant, id);
  return found === undefined || found.deleted !== null ? undefined : takeRollout(context, id);
}
