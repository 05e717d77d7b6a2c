import { fold } from '@updraft/core';
import {
  addTakenKinds,
  appendEvent,
  changeDeviceType,
  type CommandContext,
  deleteDeviceType,
  findDeviceTypeById,
  findDeviceTypeByKey,
  findDeviceTypeByName,
  insertDeviceType,
  isDeviceTypeUsed,
  kindsTakenBy,
  knownReleaseKinds,
  removeTakenKind,
  retriedOnRace,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { refused } from './outcome.ts';

/** A type as one names it who does not speak of evidence. */
export type NamedDeviceType = {
  readonly name: string;
  readonly key: string;
  readonly description: string;
  readonly colour: string;
  /** Ids of the kinds of releases that its devices take. */
  readonly takes: readonly number[];
};
type TypeAct = { readonly scope: Scope; readonly id: number };

export const namedDeviceTypeCommands = {
  'device-type.name': nameTypes,
  'device-type.rename': renameType,
  'device-type.drop': dropType,
  'device-type.take-kinds': takeKinds,
  'device-type.leave-kind': leaveKind,
};

/** What a type has that nobody has said: its devices are believed as the protocol vouches. */
const PLAIN = {
  versionAttribute: null,
  slotAttribute: null,
  bootIdAttribute: null,
  verifyingSeconds: null,
  downgrade: 'refused',
} as const;

/** hawkBit's limit, which its clients expect. */
const MAX_TAKEN_KINDS = 50;

/** Adds types: all of them, or none. */
async function nameTypes(
  context: CommandContext,
  { scope, types }: { readonly scope: Scope; readonly types: readonly NamedDeviceType[] },
) {
  const seen = new Set<string>();
  for (const { name, key, takes } of types) {
    const words = [`name ${fold(name)}`, `key ${fold(key)}`];
    const isTaken = words.some((word) => seen.has(word)) || (await stands(context, scope, { name, key }));
    if (isTaken) return { ...refused('name-taken'), name };
    const missing = await unknownKind(context, scope, takes);
    if (missing !== undefined) return { ...refused('not-found'), kind: missing };
    if (new Set(takes).size > MAX_TAKEN_KINDS) return TOO_MANY_KINDS;
    for (const word of words) seen.add(word);
  }
  const made: number[] = [];
  for (const type of types) {
    const own = { ...type, ...PLAIN, tenant: scope.tenant, createdBy: scope.actor };
    const row = await insertDeviceType(context, own);
    if (row === undefined) throw new Error(`the device type ${type.name} was added meanwhile`);
    await addTakenKinds(context, row.id, type.takes);
    await noteType(context, scope, { event: 'device-type.created', name: row.name });
    made.push(row.id);
  }
  return { outcome: 'created' as const, types: made };
}

const TOO_MANY_KINDS = { ...refused('limit-reached'), limit: MAX_TAKEN_KINDS };

async function stands({ db }: CommandContext, { tenant }: Scope, { name, key }: { name: string; key: string }) {
  const named = await findDeviceTypeByName(db, tenant, name);
  return named !== undefined || (await findDeviceTypeByKey(db, tenant, key)) !== undefined;
}

async function unknownKind({ db }: CommandContext, { tenant }: Scope, kinds: readonly number[]) {
  const known = await knownReleaseKinds(db, tenant, kinds);
  return kinds.find((kind) => !known.has(kind));
}

/** Its key stays: a type that has none of its own keeps its name for one. */
async function renameType(
  context: CommandContext,
  input: TypeAct & {
    readonly change: { readonly name?: string; readonly description?: string; readonly colour?: string };
  },
) {
  const { scope, id } = input;
  const { name, ...words } = input.change;
  const found = await findDeviceTypeById(context.db, scope.tenant, id);
  if (found === undefined) return refused('not-found');
  const other = name === undefined ? undefined : await findDeviceTypeByName(context.db, scope.tenant, name);
  if (other !== undefined && other.id !== id) return refused('name-taken');
  const key = found.key === '' ? found.name : found.key;
  const renamed = name === undefined ? {} : { name, name_fold: fold(name), key, key_fold: fold(key) };
  const marks = { changed_at: context.now, changed_by: scope.actor };
  await retriedOnRace(() =>
    changeDeviceType(context, { id, tenant: scope.tenant, expectedRevision: null }, { ...words, ...renamed, ...marks }),
  );
  await noteType(context, scope, { event: 'device-type.changed', name: name ?? found.name });
  return { outcome: 'changed' as const };
}

async function dropType(context: CommandContext, { scope, id }: TypeAct) {
  const found = await findDeviceTypeById(context.db, scope.tenant, id);
  if (found === undefined) return refused('not-found');
  if (await isDeviceTypeUsed(context.db, id)) return refused('device-type-in-use');
  await deleteDeviceType(context, { id, expectedRevision: null });
  await noteType(context, scope, { event: 'device-type.deleted', name: found.name });
  return { outcome: 'deleted' as const };
}

/** From now on devices of the type take releases of these kinds, too. */
async function takeKinds(
  context: CommandContext,
  { scope, id, kinds }: TypeAct & { readonly kinds: readonly number[] },
) {
  const found = await findDeviceTypeById(context.db, scope.tenant, id);
  if (found === undefined) return refused('not-found');
  const missing = await unknownKind(context, scope, kinds);
  if (missing !== undefined) return { ...refused('not-found'), kind: missing };
  const taken = (await kindsTakenBy(context.db, id)).map((kind) => kind.id);
  if (new Set([...taken, ...kinds]).size > MAX_TAKEN_KINDS) return TOO_MANY_KINDS;
  await addTakenKinds(context, id, kinds);
  await noteType(context, scope, { event: 'device-type.changed', name: found.name });
  return { outcome: 'changed' as const };
}

async function leaveKind(context: CommandContext, { scope, id, kind }: TypeAct & { readonly kind: number }) {
  const found = await findDeviceTypeById(context.db, scope.tenant, id);
  if (found === undefined) return refused('not-found');
  if (!(await removeTakenKind(context, id, kind))) return { ...refused('not-found'), kind };
  await noteType(context, scope, { event: 'device-type.changed', name: found.name });
  return { outcome: 'changed' as const };
}

async function noteType(
  context: CommandContext,
  scope: Scope,
  { event, name }: { readonly event: `device-type.${string}`; readonly name: string },
): Promise<void> {
  const subject = { kind: 'device-type', id: name };
  await appendEvent(context, { tenant: scope.tenant, name: event, actor: scope.actor, subject, data: {} });
}
