import { appendEvent, findDevice, type CommandContext } from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { type DeviceView, deviceViews } from './device-view.ts';
import { refused } from './outcome.ts';

/** Why a device's row did not take a change. */
export async function absentOrStale(context: CommandContext, scope: Scope, name: string) {
  const found = await findDevice(context.db, scope.tenant, name);
  return found === undefined ? refused('not-found') : refused('precondition-failed');
}

/** The device as it stands in this transaction. */
export async function deviceViewOf(context: CommandContext, scope: Scope, name: string): Promise<DeviceView> {
  const row = await findDevice(context.db, scope.tenant, name);
  const [view] = row === undefined ? [] : await deviceViews(context.db, [row]);
  if (view === undefined) throw new Error(`the device ${name} is not there in its own transaction`);
  return view;
}

/** Notes what happened to a device. */
export async function noteDevice(
  context: CommandContext,
  scope: Scope,
  {
    name,
    device,
    data = {},
  }: {
    readonly name: `device.${string}`;
    readonly device: string;
    readonly data?: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const subject = { kind: 'device', id: device };
  await appendEvent(context, { tenant: scope.tenant, name, actor: scope.actor, subject, data });
}
