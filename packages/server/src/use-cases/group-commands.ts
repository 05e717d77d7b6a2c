import {
  appendEvent,
  type CommandContext,
  deleteGroup,
  ensureGroup,
  findGroup,
  groupAt,
  type GroupRow,
  moveToGroup,
  renewPlaces,
  setGroupZone,
  writePlaces,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { settleDeviceSet, takeDeviceSet } from './device-set.ts';
import { once } from './once.ts';
import { refused } from './outcome.ts';
import { timestamp } from './timestamp.ts';

type GroupAct = { readonly scope: Scope; readonly id: string; readonly expectedRevision: number | null };

export const groupCommands = {
  'group.create': once(createGroup),
  'group.change': changeGroup,
  'group.delete': removeGroup,
  'group.move': moveDevices,
};

export function groupView({ uid: id, path, zone, created_at, revision }: GroupRow) {
  return { id, path, zone, createdAt: timestamp(created_at), revision };
}

async function createGroup(
  context: CommandContext,
  input: { readonly scope: Scope; readonly path: string; readonly zone: string },
) {
  const { scope, path, zone } = input;
  if ((await groupAt(context.db, scope.tenant, path)) !== undefined) return refused('name-taken');
  const made = await ensureGroup(context, scope.tenant, path);
  const row = zone === '' ? made : await setGroupZone(context, { id: made.id, expectedRevision: null }, zone);
  await noteGroup(context, scope, { event: 'group.created', path: made.path, zone });
  return { outcome: 'created' as const, group: groupView(row ?? made) };
}

/** The zone of every device below may change: they are worked out anew in slices. */
async function changeGroup(context: CommandContext, input: GroupAct & { readonly zone: string }) {
  const { scope, id, zone, expectedRevision } = input;
  const group = await findGroup(context.db, scope.tenant, id);
  if (group === undefined) return refused('not-found');
  const row = await setGroupZone(context, { id: group.id, expectedRevision }, zone);
  if (row === undefined) return refused('precondition-failed');
  if (group.zone !== zone) await renewPlaces(context, scope.tenant);
  await noteGroup(context, scope, { event: 'group.changed', path: row.path, zone });
  return { outcome: 'changed' as const, group: groupView(row) };
}

async function removeGroup(context: CommandContext, { scope, id, expectedRevision }: GroupAct) {
  const group = await findGroup(context.db, scope.tenant, id);
  if (group === undefined) return refused('not-found');
  if (expectedRevision !== null && group.revision !== expectedRevision) return refused('precondition-failed');
  if (!(await deleteGroup(context, group))) return refused('group-in-use');
  await noteGroup(context, scope, { event: 'group.deleted', path: group.path, zone: group.zone });
  return { outcome: 'deleted' as const };
}

async function moveDevices(
  context: CommandContext,
  input: {
    readonly scope: Scope;
    readonly devices: readonly string[];
    readonly group: string | null;
    /** Where one of the devices does not exist nothing is changed. */
    readonly allOrNone?: true;
  },
) {
  const { scope } = input;
  const set = await takeDeviceSet(context, scope, input.devices);
  if (input.allOrNone === true && set.missing.length > 0) return { ...refused('not-found'), missing: [...set.missing] };
  const group = input.group === null ? null : await ensureGroup(context, scope.tenant, input.group);
  const ids = set.taken.map(({ id }) => id);
  const changed = await moveToGroup(context, ids, group);
  const path = group?.path ?? '';
  const moved = new Set(changed);
  const located = set.taken.filter(({ id }) => moved.has(id)).map((device) => ({ ...device, group_path: path }));
  await writePlaces(context, scope.tenant, located);
  return settleDeviceSet(context, scope, {
    event: 'device.grouped',
    set,
    changed,
    data: { group: group?.path ?? null },
  });
}

async function noteGroup(
  context: CommandContext,
  scope: Scope,
  { event, path, zone }: { readonly event: `group.${string}`; readonly path: string; readonly zone: string },
): Promise<void> {
  await appendEvent(context, {
    tenant: scope.tenant,
    name: event,
    actor: scope.actor,
    subject: { kind: 'group', id: path },
    data: { zone },
  });
}
