import { Command } from 'commander';
import type { CallAnswer } from '@updraft/protocols';
import { usageError } from '../cli-error.ts';
import { withExamples } from '../help-page.ts';
import { idOf } from '../lookup.ts';
import { countOption } from '../option-values.ts';
import { localTimeText } from '../output/figures.ts';
import { sheetLines } from '../output/table.ts';
import { listOptions, pages } from '../pages.ts';
import type { ListOptions } from '../pages.ts';
import { openSession } from '../session.ts';
import type { Session } from '../session.ts';
import type { Shell } from '../shell.ts';
import { removeEach } from './remove.ts';

type TypeRow = CallAnswer<'device-types.show'>;
type TypeOptions = {
  readonly description?: string;
  readonly versionAttribute?: string;
  readonly slotAttribute?: string;
  readonly bootIdAttribute?: string;
  readonly verifyingSeconds?: number;
  readonly downgrade?: boolean;
};

/** `updraft device-type …` */
export function deviceTypeCommand(shell: Shell): Command {
  const type = new Command('device-type')
    .summary('device types: classes of hardware')
    .description(
      'A device type is a class of hardware: what a release must match to be installed. It may name the attribute that shows which version a device really runs; then an update counts only when that attribute shows the new one.',
    );
  type.addCommand(addCommand(shell));
  type.addCommand(setCommand(shell));
  type.addCommand(listCommand(shell));
  type.addCommand(showCommand(shell));
  type.addCommand(removeCommand(shell));
  return type;
}

function addCommand(shell: Shell): Command {
  const command = typeOptions(new Command('add').summary('add a device type').argument('<name>', 'its name')).action(
    async (name: string, options: TypeOptions, self: Command) => {
      const { api, print } = await openSession(shell, self);
      const type = await api.call('device-types.create', { body: { name, ...fieldsOf(options) } });
      print.show(type, () => [`Added ${type.name}.`]);
    },
  );
  return withExamples(command, ['updraft device-type add board-a --version-attribute os_version']);
}

function setCommand(shell: Shell): Command {
  const command = typeOptions(new Command('set').summary('change a device type').argument('<type>', 'its name or id'))
    .option('--no-downgrade', 'its devices are not brought back to an older release any more')
    .action(async (reference: string, options: TypeOptions, self: Command) => {
      const body = fieldsOf(options);
      if (Object.keys(body).length === 0)
        throw usageError('usage', 'Say what to change; see "updraft device-type set --help".');
      const session = await openSession(shell, self);
      const params = { id: await typeId(session, reference) };
      const type = await session.api.call('device-types.change', { params, body });
      session.print.show(type, () => [`${type.name} is changed.`]);
    });
  return withExamples(command, ['updraft device-type set board-a --downgrade']);
}

function typeOptions(command: Command): Command {
  return command
    .option('--description <text>', 'a note for people')
    .option('--version-attribute <name>', 'the attribute that must show the new version before an update counts')
    .option('--slot-attribute <name>', 'the attribute that must show another slot than before')
    .option('--boot-id-attribute <name>', 'the attribute that must show another boot id than at the install')
    .option('--verifying-seconds <seconds>', 'how long that may take, whatever a rollout says', countOption)
    .option('--downgrade', 'its devices may be brought back to an older release');
}

function fieldsOf({ downgrade, ...options }: TypeOptions) {
  if (downgrade === undefined) return options;
  return { ...options, downgrade: downgrade ? ('allowed' as const) : ('refused' as const) };
}

function listCommand(shell: Shell): Command {
  return listOptions(new Command('list').summary('list device types')).action(
    async (options: ListOptions, self: Command) => {
      const { api, print } = await openSession(shell, self);
      await print.list<TypeRow>(
        pages((query) => api.call('device-types.list', { query }), options),
        [
          { title: 'DEVICE TYPE', value: (row) => row.name },
          { title: 'VERSION ATTRIBUTE', value: (row) => row.versionAttribute ?? '-' },
          { title: 'DESCRIPTION', value: (row) => row.description },
        ],
        'There is no device type. Add one with "updraft device-type add NAME".',
      );
    },
  );
}

function showCommand(shell: Shell): Command {
  return new Command('show')
    .summary('show a device type')
    .argument('<type>', 'its name or id')
    .action(async (reference: string, _: object, self: Command) => {
      const session = await openSession(shell, self);
      const type = await session.api.call('device-types.show', { params: { id: await typeId(session, reference) } });
      session.print.show(type, () =>
        sheetLines([
          ['device type', type.name],
          ['id', type.id],
          ['version attribute', type.versionAttribute ?? '-'],
          ['slot attribute', type.slotAttribute ?? '-'],
          ['boot id attribute', type.bootIdAttribute ?? '-'],
          ['verifying', type.verifyingSeconds === null ? 'as the rollout says' : `${type.verifyingSeconds} s`],
          ['downgrade', type.downgrade],
          ['description', type.description],
          ['added', localTimeText(type.createdAt, shell.timeZone)],
        ]),
      );
    });
}

function removeCommand(shell: Shell): Command {
  return new Command('rm')
    .summary('remove device types that nothing uses')
    .argument('<type...>', 'their names or ids')
    .action(async (references: readonly string[], _: object, self: Command) => {
      const session = await openSession(shell, self);
      await removeEach(session, references, async (reference) =>
        session.api.call('device-types.delete', { params: { id: await typeId(session, reference) } }),
      );
    });
}

async function typeId({ api }: Session, reference: string): Promise<string> {
  return idOf(reference, 'device type', (query) => api.call('device-types.list', { query }));
}
