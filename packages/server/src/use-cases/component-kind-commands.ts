import { fold } from '@updraft/core';
import {
  appendEvent,
  changeComponentKind,
  type CommandContext,
  type ComponentKindRow,
  componentKindsById,
  deleteComponentKind,
  insertComponentKind,
  isComponentKindUsed,
  lockTenant,
  type NewComponentKind,
  selectComponentKinds,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { refused } from './outcome.ts';

type KindAct = { readonly scope: Scope; readonly id: number };
/** What people say of a kind; what is left out stays. Its name and key stay for ever. */
export type KindWords = { readonly description?: string; readonly colour?: string };

export const componentKindCommands = {
  'component-kind.create': createKinds,
  'component-kind.change': changeKind,
  'component-kind.drop': dropKind,
};

/** Adds kinds: all of them, or none. */
async function createKinds(
  context: CommandContext,
  { scope, kinds }: { readonly scope: Scope; readonly kinds: readonly NewComponentKind[] },
) {
  await lockTenant(context, scope.tenant);
  const known = await selectComponentKinds(context.db, scope.tenant, 'with').execute();
  const taken = new Set(known.flatMap(wordsOf));
  const made: number[] = [];
  for (const kind of kinds) {
    const words = wordsOf(kind);
    if (words.some((word) => taken.has(word))) return { ...refused('name-taken'), name: kind.name };
    for (const word of words) taken.add(word);
  }
  for (const kind of kinds) {
    const row = await insertComponentKind(context, scope, kind);
    if (row === undefined) throw new Error(`the component kind ${kind.name} was added meanwhile`);
    await noteKind(context, scope, { event: 'created', row });
    made.push(row.id);
  }
  return { outcome: 'created' as const, kinds: made };
}

/** What no other kind may have: its name, and its key. */
function wordsOf({ name, key }: { readonly name: string; readonly key: string }): readonly string[] {
  return [`name ${fold(name)}`, `key ${fold(key)}`];
}

async function changeKind(context: CommandContext, { scope, id, change }: KindAct & { readonly change: KindWords }) {
  const [row] = await componentKindsById(context.db, scope.tenant, [id]);
  if (row === undefined) return refused('not-found');
  await changeComponentKind(context, { id, actor: scope.actor }, change);
  await noteKind(context, scope, { event: 'changed', row });
  return { outcome: 'changed' as const };
}

/** A kind that something is of is kept, and shown no more. */
async function dropKind(context: CommandContext, { scope, id }: KindAct) {
  await lockTenant(context, scope.tenant);
  const [row] = await componentKindsById(context.db, scope.tenant, [id]);
  if (row === undefined || row.deleted === 1) return refused('not-found');
  if (await isComponentKindUsed(context.db, row))
    await changeComponentKind(context, { id, actor: scope.actor }, { deleted: 1 });
  else await deleteComponentKind(context, id);
  await noteKind(context, scope, { event: 'deleted', row });
  return { outcome: 'deleted' as const };
}

async function noteKind(
  context: CommandContext,
  { tenant, actor }: Scope,
  { event, row }: { readonly event: string; readonly row: ComponentKindRow },
): Promise<void> {
  const subject = { kind: 'component-kind', id: row.key };
  await appendEvent(context, { tenant, actor, name: `component-kind.${event}`, subject, data: { name: row.name } });
}
