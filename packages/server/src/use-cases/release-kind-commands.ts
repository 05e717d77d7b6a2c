import { fold } from '@updraft/core';
import {
  appendEvent,
  changeReleaseKind,
  type CommandContext,
  componentKindsById,
  deleteReleaseKind,
  findDefaultReleaseKind,
  findReleaseKindById,
  forgetTakenKind,
  insertReleaseKind,
  isReleaseKindUsed,
  lockTenant,
  type NewReleaseKind,
  partsOfReleaseKinds,
  type ReleaseKindRow,
  removeReleaseKindPart,
  selectReleaseKinds,
  setReleaseKindPart,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import type { KindWords } from './component-kind-commands.ts';
import { refused } from './outcome.ts';

/** hawkBit's limit, which its clients expect. */
const MAX_PARTS = 50;

export type Part = { readonly id: number; readonly mandatory: boolean };
export type WantedReleaseKind = NewReleaseKind & { readonly parts: readonly Part[] };
type KindAct = { readonly scope: Scope; readonly id: number };

export const releaseKindCommands = {
  'release-kind.create': createKinds,
  'release-kind.change': changeKind,
  'release-kind.drop': dropKind,
  'release-kind.set-part': setPart,
  'release-kind.remove-part': removePart,
};

/** Adds kinds: all of them, or none. */
async function createKinds(
  context: CommandContext,
  { scope, kinds }: { readonly scope: Scope; readonly kinds: readonly WantedReleaseKind[] },
) {
  await lockTenant(context, scope.tenant);
  const known = await selectReleaseKinds(context.db, scope.tenant, 'with').execute();
  const taken = new Set(known.flatMap(wordsOf));
  for (const kind of kinds) {
    const words = wordsOf(kind);
    if (words.some((word) => taken.has(word))) return { ...refused('name-taken'), name: kind.name };
    for (const word of words) taken.add(word);
    const missing = await unknownPart(context, scope, kind.parts);
    if (missing !== undefined) return { ...refused('not-found'), part: missing };
    if (new Set(kind.parts.map(({ id }) => id)).size > MAX_PARTS) return tooManyParts();
  }
  const made: number[] = [];
  for (const { parts, ...kind } of kinds) {
    const row = await insertReleaseKind(context, scope, kind);
    if (row === undefined) throw new Error(`the release kind ${kind.name} was added meanwhile`);
    for (const part of parts) await setReleaseKindPart(context, row.id, part);
    await noteKind(context, scope, { event: 'created', row });
    made.push(row.id);
  }
  return { outcome: 'created' as const, kinds: made };
}

/** What no other kind may have: its name, and its key. */
function wordsOf({ name, key }: { readonly name: string; readonly key: string }): readonly string[] {
  return [`name ${fold(name)}`, `key ${fold(key)}`];
}

async function unknownPart({ db }: CommandContext, { tenant }: Scope, parts: readonly Part[]) {
  const ids = parts.map(({ id }) => id);
  const known = (await componentKindsById(db, tenant, ids)).filter(({ deleted }) => deleted === 0);
  return ids.find((id) => !known.some((kind) => kind.id === id));
}

function tooManyParts() {
  return { ...refused('limit-reached'), limit: MAX_PARTS };
}

async function changeKind(context: CommandContext, { scope, id, change }: KindAct & { readonly change: KindWords }) {
  const row = await findReleaseKindById(context.db, scope.tenant, id);
  if (row === undefined) return refused('not-found');
  await changeReleaseKind(context, { id, actor: scope.actor }, change);
  await noteKind(context, scope, { event: 'changed', row });
  return { outcome: 'changed' as const };
}

/** A kind that releases are of is kept, and shown no more. The kind that releases have by default stays. */
async function dropKind(context: CommandContext, { scope, id }: KindAct) {
  await lockTenant(context, scope.tenant);
  const row = await findReleaseKindById(context.db, scope.tenant, id);
  if (row === undefined || row.deleted === 1) return refused('not-found');
  if ((await findDefaultReleaseKind(context.db, scope.tenant))?.id === id)
    return { outcome: 'refused' as const, code: 'is-default' as const };
  await forgetTakenKind(context, id);
  if (await isReleaseKindUsed(context.db, id))
    await changeReleaseKind(context, { id, actor: scope.actor }, { deleted: 1 });
  else await deleteReleaseKind(context, id);
  await noteKind(context, scope, { event: 'deleted', row });
  return { outcome: 'deleted' as const };
}

/** Of what releases of a kind consist changes only while there is none: what is whole would be it no more. */
async function setPart(context: CommandContext, { scope, id, part }: KindAct & { readonly part: Part }) {
  const row = await takeUnused(context, { scope, id });
  if ('outcome' in row) return row;
  if ((await unknownPart(context, scope, [part])) !== undefined) return { ...refused('not-found'), part: part.id };
  const others = (await partsOfReleaseKinds(context.db, [id])).filter((other) => other.id !== part.id);
  if (others.length >= MAX_PARTS) return tooManyParts();
  await setReleaseKindPart(context, id, part);
  return noteParts(context, scope, row);
}

async function removePart(context: CommandContext, { scope, id, part }: KindAct & { readonly part: Part }) {
  const row = await takeUnused(context, { scope, id });
  if ('outcome' in row) return row;
  const found = (await partsOfReleaseKinds(context.db, [id])).find((one) => one.id === part.id);
  if (found === undefined || (found.mandatory === 1) !== part.mandatory)
    return { ...refused('not-found'), part: part.id };
  await removeReleaseKindPart(context, id, part.id);
  return noteParts(context, scope, row);
}

async function takeUnused(context: CommandContext, { scope, id }: KindAct) {
  await lockTenant(context, scope.tenant);
  const row = await findReleaseKindById(context.db, scope.tenant, id);
  if (row === undefined) return { ...refused('not-found'), part: undefined };
  if (await isReleaseKindUsed(context.db, id)) return { outcome: 'refused' as const, code: 'kind-in-use' as const };
  return row;
}

async function noteParts(context: CommandContext, scope: Scope, row: ReleaseKindRow) {
  await changeReleaseKind(context, { id: row.id, actor: scope.actor }, {});
  await noteKind(context, scope, { event: 'changed', row });
  return { outcome: 'changed' as const };
}

async function noteKind(
  context: CommandContext,
  { tenant, actor }: Scope,
  { event, row }: { readonly event: string; readonly row: ReleaseKindRow },
): Promise<void> {
  const subject = { kind: 'release-kind', id: row.key };
  await appendEvent(context, { tenant, actor, name: `release-kind.${event}`, subject, data: { name: row.name } });
}
