import type { DeviceType } from '@updraft/protocols';
import {
  appendEvent,
  changeDeviceType,
  type CommandContext,
  deleteDeviceType,
  type DeviceTypeRow,
  findDeviceType,
  insertDeviceType,
  isDeviceTypeUsed,
} from '@updraft/store';
import type { z } from 'zod';
import type { Scope } from '../access/scope.ts';
import { once } from './once.ts';
import { refused } from './outcome.ts';
import { timestamp } from './timestamp.ts';

export type DeviceTypeView = z.output<typeof DeviceType>;
type DeviceTypeFacts = Omit<DeviceTypeView, 'id' | 'name' | 'createdAt' | 'revision'>;
type DeviceTypeChange = { readonly [K in keyof DeviceTypeFacts]?: DeviceTypeFacts[K] | undefined };

export const deviceTypeCommands = {
  'device-type.create': once(createDeviceType),
  'device-type.change': changeType,
  'device-type.delete': removeType,
};

export function deviceTypeView(row: DeviceTypeRow): DeviceTypeView {
  return {
    id: row.uid,
    name: row.name,
    description: row.description,
    versionAttribute: row.version_attribute,
    slotAttribute: row.slot_attribute,
    bootIdAttribute: row.boot_id_attribute,
    verifyingSeconds: row.verifying_seconds,
    downgrade: row.downgrade,
    createdAt: timestamp(row.created_at),
    revision: row.revision,
  };
}

async function createDeviceType(
  context: CommandContext,
  input: DeviceTypeFacts & { readonly scope: Scope; readonly name: string },
) {
  const { scope } = input;
  const row = await insertDeviceType(context, { ...input, tenant: scope.tenant, createdBy: scope.actor });
  if (row === undefined) return refused('name-taken');
  await noteType(context, scope, 'device-type.created', row);
  return { outcome: 'created' as const, deviceType: deviceTypeView(row) };
}

async function changeType(
  context: CommandContext,
  input: {
    readonly scope: Scope;
    readonly id: string;
    readonly expectedRevision: number | null;
    readonly change: DeviceTypeChange;
  },
) {
  const { scope, id, expectedRevision, change } = input;
  const found = await findDeviceType(context.db, scope.tenant, id);
  if (found === undefined) return refused('not-found');
  const expected = { id: found.id, tenant: scope.tenant, expectedRevision };
  const row = await changeDeviceType(context, expected, {
    ...(change.versionAttribute === undefined ? {} : { version_attribute: change.versionAttribute }),
    ...(change.slotAttribute === undefined ? {} : { slot_attribute: change.slotAttribute }),
    ...(change.bootIdAttribute === undefined ? {} : { boot_id_attribute: change.bootIdAttribute }),
    ...(change.verifyingSeconds === undefined ? {} : { verifying_seconds: change.verifyingSeconds }),
    ...(change.downgrade === undefined ? {} : { downgrade: change.downgrade }),
    description: change.description ?? found.description,
    changed_at: context.now,
    changed_by: scope.actor,
  });
  if (row === undefined) return refused('precondition-failed');
  await noteType(context, scope, 'device-type.changed', row);
  return { outcome: 'changed' as const, deviceType: deviceTypeView(row) };
}

async function removeType(
  context: CommandContext,
  input: { readonly scope: Scope; readonly id: string; readonly expectedRevision: number | null },
) {
  const { scope, id, expectedRevision } = input;
  const found = await findDeviceType(context.db, scope.tenant, id);
  if (found === undefined) return refused('not-found');
  if (await isDeviceTypeUsed(context.db, found.id)) return refused('device-type-in-use');
  if (!(await deleteDeviceType(context, { id: found.id, expectedRevision }))) return refused('precondition-failed');
  await noteType(context, scope, 'device-type.deleted', found);
  return { outcome: 'deleted' as const };
}

async function noteType(
  context: CommandContext,
  scope: Scope,
  name: 'device-type.created' | 'device-type.changed' | 'device-type.deleted',
  type: DeviceTypeRow,
) {
  await appendEvent(context, {
    tenant: scope.tenant,
    name,
    actor: scope.actor,
    subject: { kind: 'device-type', id: type.name },
    data: {},
  });
}
