import {
  appendEvent,
  changeTag,
  type CommandContext,
  deleteTag,
  ensureTag,
  findTag,
  findTagById,
  insertTag,
  retriedOnRace,
  tagDevices,
  type TagWords,
  takeTagOff,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { settleDeviceSet, takeDeviceSet } from './device-set.ts';
import { refused } from './outcome.ts';

type TagInput = {
  readonly scope: Scope;
  readonly tag: string;
  readonly devices: readonly string[];
  /** Where one of the devices does not exist nothing is changed. */
  readonly allOrNone?: true;
};

export const tagCommands = {
  'tag.put-on': putOn,
  'tag.take-off': takeOff,
  'tag.delete': removeTag,
  'tag.create': createTags,
  'tag.change': changeOne,
  'tag.drop': dropTag,
};

async function putOn(context: CommandContext, { scope, tag: name, devices, allOrNone }: TagInput) {
  const set = await takeDeviceSet(context, scope, devices);
  if (allOrNone === true && set.missing.length > 0) return { ...refused('not-found'), missing: [...set.missing] };
  const tag = await ensureTag(context, scope.tenant, name);
  const ids = set.taken.map(({ id }) => id);
  const changed = await tagDevices(context, tag, { devices: ids, tagged: true });
  return settleDeviceSet(context, scope, { event: 'device.tagged', set, changed, data: { tag: name } });
}

async function takeOff(context: CommandContext, { scope, tag: name, devices, allOrNone }: TagInput) {
  const tag = await findTag(context.db, scope.tenant, name);
  if (tag === undefined) return { ...refused('not-found'), missing: [] };
  const set = await takeDeviceSet(context, scope, devices);
  if (allOrNone === true && set.missing.length > 0) return { ...refused('not-found'), missing: [...set.missing] };
  const ids = set.taken.map(({ id }) => id);
  const changed = await tagDevices(context, tag, { devices: ids, tagged: false });
  return settleDeviceSet(context, scope, { event: 'device.untagged', set, changed, data: { tag: name } });
}

async function removeTag(
  context: CommandContext,
  { scope, tag: name }: { readonly scope: Scope; readonly tag: string },
) {
  const tag = await findTag(context.db, scope.tenant, name);
  if (tag === undefined) return refused('not-found');
  return (await deleteTag(context, tag)) ? { outcome: 'deleted' as const } : refused('tag-in-use');
}

/** Adds tags: all of them, or none. */
async function createTags(
  context: CommandContext,
  { scope, tags }: { readonly scope: Scope; readonly tags: readonly Required<TagWords>[] },
) {
  const made: number[] = [];
  const names = new Set<string>();
  for (const { name } of tags) {
    const isTaken = (await findTag(context.db, scope.tenant, name)) !== undefined;
    if (isTaken || names.has(name.toLowerCase())) return { ...refused('name-taken'), name };
    names.add(name.toLowerCase());
  }
  for (const tag of tags) {
    const row = await insertTag(context, { ...tag, tenant: scope.tenant, createdBy: scope.actor });
    if (row === undefined) throw new Error(`the tag ${tag.name} was added meanwhile`);
    made.push(row.id);
  }
  return { outcome: 'created' as const, tags: made };
}

type TagAct = { readonly scope: Scope; readonly id: number };

/** Filters that name the old name find nothing any more; those that name the new one look again. */
async function changeOne(context: CommandContext, { scope, id, change }: TagAct & { readonly change: TagWords }) {
  const tag = await findTagById(context.db, scope.tenant, id);
  if (tag === undefined) return refused('not-found');
  const { name } = change;
  const other = name === undefined ? undefined : await findTag(context.db, scope.tenant, name);
  if (other !== undefined && other !== id) return refused('name-taken');
  await retriedOnRace(() => changeTag(context, { id, changedBy: scope.actor }, change));
  if (name !== undefined && name !== tag.name)
    await noteTag(context, scope, { event: 'device.tag-renamed', data: { tag: name, before: tag.name } });
  return { outcome: 'changed' as const };
}

/** Removes a tag, also from the devices that bear it. */
async function dropTag(context: CommandContext, { scope, id }: TagAct) {
  const tag = await findTagById(context.db, scope.tenant, id);
  if (tag === undefined) return refused('not-found');
  const devices = await takeTagOff(context, id);
  await deleteTag(context, id);
  await noteTag(context, scope, { event: 'device.untagged', data: { tag: tag.name, devices } });
  return { outcome: 'deleted' as const };
}

/** About the devices that bear it, however many. */
async function noteTag(
  context: CommandContext,
  scope: Scope,
  { event, data }: { readonly event: `device.${string}`; readonly data: Readonly<Record<string, string | number>> },
): Promise<void> {
  const subject = { kind: 'devices', id: String(data['devices'] ?? 'some') };
  await appendEvent(context, { tenant: scope.tenant, name: event, actor: scope.actor, subject, data });
}
