import { appendEvent, type CommandContext, renewNextPlaces } from '@updraft/store';

export const placeCommands = { 'place.renew-next': renewNext };

/** One slice of the devices whose zone and site are worked out anew after a setting or a group has changed. */
async function renewNext(context: CommandContext, { tenant }: { readonly tenant: number }): Promise<void> {
  const changed = await renewNextPlaces(context, tenant);
  if (changed.length === 0) return;
  await appendEvent(context, {
    tenant,
    name: 'device.placed',
    actor: null,
    subject: { kind: 'devices', id: String(changed.length) },
    data: { devices: changed.length },
  });
}
