import { appendEvent, type CommandContext, type NamedDevice, takeDevicesNamed } from '@updraft/store';
import type { Scope } from '../access/scope.ts';

export type DeviceSet = { readonly taken: readonly NamedDevice[]; readonly missing: readonly string[] };

/** What a bulk edit answers: devices that were not so before, and names that no device has. */
export type DeviceSetOutcome = { readonly outcome: 'changed'; readonly changed: number; readonly missing: string[] };

/** Takes the devices of these names for a bulk edit. */
export async function takeDeviceSet(
  context: CommandContext,
  scope: Scope,
  names: readonly string[],
): Promise<DeviceSet> {
  const wanted = [...new Set(names)];
  const taken = await takeDevicesNamed(context, scope.tenant, wanted);
  const found = new Set(taken.map(({ name }) => name));
  return { taken, missing: wanted.filter((name) => !found.has(name)) };
}

/** One event for the set, or that of the one device: filters look again at what it names. */
export async function settleDeviceSet(
  context: CommandContext,
  scope: Scope,
  edit: {
    readonly event: `device.${string}`;
    readonly set: DeviceSet;
    readonly changed: readonly number[];
    readonly data: Readonly<Record<string, unknown>>;
  },
): Promise<DeviceSetOutcome> {
  const { set, changed, data } = edit;
  const [only] = set.taken.filter(({ id }) => changed.includes(id)).slice(0, changed.length === 1 ? 1 : 0);
  if (changed.length > 0)
    await appendEvent(context, {
      tenant: scope.tenant,
      name: edit.event,
      actor: scope.actor,
      subject: only === undefined ? { kind: 'devices', id: String(changed.length) } : { kind: 'device', id: only.name },
      data: only === undefined ? { ...data, devices: changed.length } : data,
    });
  return { outcome: 'changed', changed: changed.length, missing: [...set.missing] };
}
