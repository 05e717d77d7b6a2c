import { Command } from 'commander';
import type { CallAnswer } from '@updraft/protocols';
import { CliError } from '../cli-error.ts';
import { withExamples } from '../help-page.ts';
import { isUid, quoted } from '../lookup.ts';
import { localTimeText } from '../output/figures.ts';
import { allRows, listOptions, pages } from '../pages.ts';
import type { ListOptions } from '../pages.ts';
import { openSession } from '../session.ts';
import type { Session } from '../session.ts';
import type { Shell } from '../shell.ts';
import { removeEach } from './remove.ts';

type GroupRow = CallAnswer<'groups.create'>;
type AddOptions = { readonly zone?: string };

/** `updraft group …` */
export function groupCommand(shell: Shell): Command {
  const group = new Command('group')
    .summary('groups: one tree, in which a device has one place')
    .description(
      'A group has a path such as /plants/turin/line-1. Its time zone is that of the devices in it and below that name none themselves: windows open by it. Devices come into a group with "updraft device move".',
    );
  group.addCommand(addCommand(shell));
  group.addCommand(setCommand(shell));
  group.addCommand(listCommand(shell));
  group.addCommand(removeCommand(shell));
  return group;
}

function addCommand(shell: Shell): Command {
  const command = new Command('add')
    .summary('make a group, with those above it')
    .argument('<path>', 'its path')
    .option('--zone <name>', 'the time zone of its devices, such as Europe/Rome')
    .action(async (path: string, { zone }: AddOptions, self: Command) => {
      const { api, print } = await openSession(shell, self);
      const group = await api.call('groups.create', { body: { path, ...(zone === undefined ? {} : { zone }) } });
      print.show(group, () => [`Made ${group.path}. ${zoneText(group)}`]);
    });
  return withExamples(command, ['updraft group add /plants/turin --zone Europe/Rome']);
}

function setCommand(shell: Shell): Command {
  const command = new Command('set')
    .summary('name the time zone of a group')
    .argument('<group>', 'its path or id')
    .requiredOption('--zone <name|none>', 'the time zone of its devices; none: that of the group above')
    .action(async (reference: string, { zone }: Required<AddOptions>, self: Command) => {
      const session = await openSession(shell, self);
      const params = { id: await groupId(session, reference) };
      const body = { zone: zone === 'none' ? '' : zone };
      const group = await session.api.call('groups.change', { params, body });
      session.print.show(group, () => [zoneText(group)]);
    });
  return withExamples(command, ['updraft group set /plants/turin --zone Europe/Rome']);
}

function zoneText({ path, zone }: GroupRow): string {
  return zone === ''
    ? `Devices of ${path} that name no time zone have that of the group above, or the rollout's.`
    : `Devices of ${path} that name no time zone have ${zone}.`;
}

function listCommand(shell: Shell): Command {
  return listOptions(new Command('list').summary('list groups')).action(async (options: ListOptions, self: Command) => {
    const { api, print } = await openSession(shell, self);
    await print.list<GroupRow>(
      pages((query) => api.call('groups.list', { query }), options),
      [
        { title: 'GROUP', value: (row) => row.path },
        { title: 'TIME ZONE', value: (row) => row.zone || '-' },
        { title: 'MADE', value: (row) => localTimeText(row.createdAt, shell.timeZone) },
      ],
      'There is no group. Make one with "updraft group add PATH".',
    );
  });
}

function removeCommand(shell: Shell): Command {
  return new Command('rm')
    .summary('remove groups that hold neither devices nor groups')
    .argument('<group...>', 'their paths or ids')
    .action(async (references: readonly string[], _: object, self: Command) => {
      const session = await openSession(shell, self);
      await removeEach(session, references, async (reference) =>
        session.api.call('groups.delete', { params: { id: await groupId(session, reference) } }),
      );
    });
}

async function groupId({ api }: Session, reference: string): Promise<string> {
  if (isUid(reference)) return reference;
  const filter = `path==${quoted(reference)}`;
  const [row] = await allRows((query) => api.call('groups.list', { query }), { filter });
  if (row === undefined) throw new CliError('missing', 'not-found', `There is no group "${reference}".`);
  return row.id;
}
