import { MAX_DEVICES_PER_ASSIGNMENT } from '@updraft/protocols';
import type { CallAnswer } from '@updraft/protocols';
import type { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { ExitStatus } from '../exit-status.ts';
import { pages } from '../pages.ts';
import type { Session } from '../session.ts';

export type FilterOption = { readonly filter?: string };
type Changed = CallAnswer<'groups.move'>;

/** Devices by their names, or by a filter. */
export function namedDevices(command: Command): Command {
  return command
    .argument('[device...]', 'the devices, by their names')
    .option(
      '--filter <rsql>',
      'all devices that match instead, such as \'type==board-a\' (see "updraft help filters")',
    );
}

/**
 * Changes the devices that were named, as many in a request as one takes, and says how many were not so before. A name
 * that no device has ends it with the status for that, after the others are changed.
 */
export async function changeDevices(
  session: Session,
  { devices, filter }: { readonly devices: readonly string[] } & FilterOption,
  change: (devices: string[]) => Promise<Changed>,
): Promise<void> {
  if ((devices.length === 0) === (filter === undefined))
    throw usageError('usage', 'Name the devices, or say --filter; not both.');
  const names = filter === undefined ? devices : await matching(session, filter);
  const all = { changed: 0, missing: [] as string[] };
  for (const slice of requestsOf(names)) {
    const { changed, missing } = await change(slice);
    all.changed += changed;
    all.missing.push(...missing);
  }
  const same = names.length - all.changed - all.missing.length;
  session.print.show(all, () => [
    `${all.changed} changed${same === 0 ? '' : `, ${same} stood so before`}.`,
    ...all.missing.map((name) => `There is no device "${name}".`),
  ]);
  if (all.missing.length > 0) throw new ExitStatus('missing');
}

/** As many at once as a request takes. */
export function* requestsOf(devices: readonly string[]): Generator<string[]> {
  for (let from = 0; from < devices.length; from += MAX_DEVICES_PER_ASSIGNMENT)
    yield devices.slice(from, from + MAX_DEVICES_PER_ASSIGNMENT);
}

/** All before the first is changed: what they match may be what is changed. */
async function matching({ api }: Session, filter: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { items } of pages((query) => api.call('devices.list', { query }), { filter }))
    names.push(...items.map(({ name }) => name));
  return names;
}
