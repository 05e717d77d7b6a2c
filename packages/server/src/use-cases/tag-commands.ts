import { type CommandContext, deleteTag, ensureTag, findTag, tagDevices } from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { settleDeviceSet, takeDeviceSet } from './device-set.ts';
import { refused } from './outcome.ts';

type TagInput = { readonly scope: Scope; readonly tag: string; readonly devices: readonly string[] };

export const tagCommands = {
  'tag.put-on': putOn,
  'tag.take-off': takeOff,
  'tag.delete': removeTag,
};

async function putOn(context: CommandContext, { scope, tag: name, devices }: TagInput) {
  const set = await takeDeviceSet(context, scope, devices);
  const tag = await ensureTag(context, scope.tenant, name);
  const ids = set.taken.map(({ id }) => id);
  const changed = await tagDevices(context, tag, { devices: ids, tagged: true });
  return settleDeviceSet(context, scope, { event: 'device.tagged', set, changed, data: { tag: name } });
}

async function takeOff(context: CommandContext, { scope, tag: name, devices }: TagInput) {
  const tag = await findTag(context.db, scope.tenant, name);
  if (tag === undefined) return refused('not-found');
  const set = await takeDeviceSet(context, scope, devices);
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
