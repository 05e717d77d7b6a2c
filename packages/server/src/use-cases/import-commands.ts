import {
  appendEvent,
  attributesOf,
  type CommandContext,
  type ImportedRecord,
  insertImportedRecords,
  locatedDevice,
  saveAttributes,
  writePlaces,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { MAX_ATTRIBUTES_PER_DEVICE } from './attribute-commands.ts';
import { settleDeviceSet, takeDeviceSet } from './device-set.ts';

type AttributesInput = {
  readonly scope: Scope;
  readonly devices: readonly { readonly name: string; readonly attributes: Readonly<Record<string, string>> }[];
};

export const importCommands = { 'import.attributes': importAttributes, 'import.record': recordHistory };

/**
 * Notes what devices have said of themselves to another server. It is no report: it shows nothing that runs, answers no
 * wish for attributes, and never takes the place of what a device has said here.
 */
async function importAttributes(context: CommandContext, { scope, devices }: AttributesInput) {
  const said = new Map(devices.map(({ name, attributes }) => [name, attributes]));
  const set = await takeDeviceSet(context, scope, [...said.keys()]);
  const [kept, refused, changed]: [string[], string[], number[]] = [[], [], []];
  for (const { id, name } of set.taken) {
    const data = said.get(name) ?? {};
    if ((await attributesOf(context.db, id)).size > 0) kept.push(name);
    else if (Object.keys(data).length > MAX_ATTRIBUTES_PER_DEVICE) refused.push(name);
    else {
      await saveAttributes(context, { id, tenant: scope.tenant }, { data, mode: 'merge' });
      const row = await locatedDevice(context.db, id);
      if (row !== undefined) await writePlaces(context, scope.tenant, [row]);
      changed.push(id);
    }
  }
  await settleDeviceSet(context, scope, { event: 'device.attributes-imported', set, changed, data: {} });
  return { outcome: 'imported' as const, kept, refused, missing: [...set.missing] };
}

type HistoryInput = { readonly scope: Scope; readonly source: string; readonly records: readonly ImportedRecord[] };

/** Writes down what another server did. What is here of it stays, so that the same may be sent again. */
async function recordHistory(context: CommandContext, { scope, source, records }: HistoryInput) {
  const recorded = await insertImportedRecords(context, { tenant: scope.tenant, source }, records);
  if (recorded > 0)
    await appendEvent(context, {
      tenant: scope.tenant,
      name: 'import.recorded',
      actor: scope.actor,
      subject: { kind: 'import', id: source },
      data: { records: recorded },
    });
  return { outcome: 'recorded' as const, recorded, there: records.length - recorded };
}
