import { Command } from 'commander';
import type { CallAnswer } from '@updraft/protocols';
import { withExamples } from '../help-page.ts';
import { agoText, localTimeText } from '../output/figures.ts';
import { sheetLines } from '../output/table.ts';
import type { Column } from '../output/table.ts';
import { listOptions, pages } from '../pages.ts';
import type { ListOptions } from '../pages.ts';
import { openSession } from '../session.ts';
import type { Session } from '../session.ts';
import type { Shell } from '../shell.ts';
import { devicePlaceCommands } from './device-place.ts';
import { deviceServiceCommands } from './device-service.ts';
import { emulatedDeviceCommands } from './emulated-device.ts';
import { removeEach } from './remove.ts';
import { releaseText, stateStyle, stateText } from './shown-state.ts';

type DeviceRow = CallAnswer<'devices.show'>;
type NewDeviceRow = CallAnswer<'devices.create'>;
type AddOptions = { readonly type?: string; readonly description?: string; readonly token?: string };
type ChangeOptions = { readonly type?: string | false; readonly description?: string };

/** `updraft device …` */
export function deviceCommand(shell: Shell): Command {
  const device = new Command('device').summary('devices').description('Lists, adds, changes and removes devices.');
  device.addCommand(addCommand(shell));
  device.addCommand(listCommand(shell));
  device.addCommand(showCommand(shell));
  device.addCommand(changeCommand(shell));
  device.addCommand(renewTokenCommand(shell));
  device.addCommand(requestAttributesCommand(shell));
  for (const command of devicePlaceCommands(shell)) device.addCommand(command);
  for (const command of deviceServiceCommands(shell)) device.addCommand(command);
  device.addCommand(removeCommand(shell));
  for (const command of emulatedDeviceCommands()) device.addCommand(command);
  return device;
}

function addCommand(shell: Shell): Command {
  const command = new Command('add')
    .summary('add a device; prints its token, this once')
    .description(
      'Adds a device. What it authenticates with, its target token, is printed once and kept nowhere in clear; put it into the configuration of its update agent.',
    )
    .argument('<name>', 'what the device calls itself on the wire (SWUpdate: -i, id)')
    .option('--type <device-type>', 'its device type')
    .option('--description <text>', 'a note for people')
    .option('--token <token>', 'its token, if it has one already')
    .action(async (name: string, options: AddOptions, self: Command) => {
      const session = await openSession(shell, self);
      const { type, description, token } = options;
      const body = {
        name,
        ...(type === undefined ? {} : { type }),
        ...(description === undefined ? {} : { description }),
        ...(token === undefined ? {} : { token }),
      };
      showToken(session, await session.api.call('devices.create', { body }), `Added ${name}.`);
    });
  return withExamples(command, [
    'updraft device add gw-0042 --type board-a',
    'updraft device add gw-0042 --json | jq -r .token',
  ]);
}

function showToken({ print }: Session, device: NewDeviceRow, said: string): void {
  print.show(device, () => [said, '', ...sheetLines([['token', device.token]])]);
  print.note('The token is shown this once.');
}

function listCommand(shell: Shell): Command {
  return listOptions(
    new Command('list')
      .summary('list devices')
      .description('Lists devices with what they run and what they are assigned.'),
  ).action(async (options: ListOptions, self: Command) => {
    const { api, print } = await openSession(shell, self);
    const found = pages((query) => api.call('devices.list', { query }), options);
    await print.list(found, deviceColumns(shell.now()), 'There is no device. Add one with "updraft device add NAME".');
  });
}

function deviceColumns(now: number): Column<DeviceRow>[] {
  return [
    { title: 'DEVICE', value: (row) => row.name },
    { title: 'TYPE', value: (row) => row.type ?? '-' },
    { title: 'RUNS', value: (row) => releaseText(row.runningRelease) },
    { title: 'ASSIGNED', value: (row) => releaseText(row.assignment?.release ?? null) },
    {
      title: 'STATE',
      value: (row) => (row.assignment === null ? '-' : stateText(row.assignment)),
      style: (row) => stateStyle(row.assignment?.state),
    },
    { title: 'LAST CONTACT', value: (row) => agoText(row.lastContactAt, now) },
  ];
}

function showCommand(shell: Shell): Command {
  return new Command('show')
    .summary('show a device')
    .argument('<name>', 'the device')
    .action(async (name: string, _: object, self: Command) => {
      const { api, print } = await openSession(shell, self);
      const device = await api.call('devices.show', { params: { device: name } });
      print.show(device, () => deviceSheet(device, shell));
    });
}

function deviceSheet(device: DeviceRow, shell: Shell): string[] {
  const { assignment } = device;
  const sheet = sheetLines([
    ['device', device.name],
    ['type', device.type ?? '-'],
    ['description', device.description],
    ['identity', device.identity],
    ['group', device.group],
    ['tags', device.tags.join(', ')],
    ['site', device.site],
    ['time zone', zoneText(device)],
    ['set aside until', localTimeText(device.penaltyUntil, shell.timeZone)],
    ['runs', releaseText(device.runningRelease)],
    [
      'assigned',
      assignment && `${releaseText(assignment.release)}, ${stateText(assignment)} (assignment ${assignment.number})`,
    ],
    ['last contact', agoText(device.lastContactAt, shell.now())],
    ['added', localTimeText(device.createdAt, shell.timeZone)],
  ]);
  return [
    ...sheet,
    ...saidLines('It says of itself:', device.attributes),
    ...saidLines('Operators say of it:', device.metadata),
  ];
}

function zoneText({ zone, ignoredZone }: DeviceRow): string {
  const ignored = ignoredZone === null ? '' : `; it says "${ignoredZone}", which is none`;
  return zone === null ? `that of the rollout${ignored}` : `${zone}${ignored}`;
}

function saidLines(title: string, said: Readonly<Record<string, string>>): readonly string[] {
  const lines = sheetLines(Object.entries(said));
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function changeCommand(shell: Shell): Command {
  return new Command('set')
    .summary('change the type or the description of a device')
    .argument('<name>', 'the device')
    .option('--type <device-type>', 'its device type')
    .option('--no-type', 'it has none')
    .option('--description <text>', 'a note for people')
    .action(async (name: string, options: ChangeOptions, self: Command) => {
      const { api, print } = await openSession(shell, self);
      const type = options.type === undefined ? {} : { type: options.type === false ? null : options.type };
      const description = options.description === undefined ? {} : { description: options.description };
      const device = await api.call('devices.change', { params: { device: name }, body: { ...type, ...description } });
      print.show(device, () => deviceSheet(device, shell));
    });
}

function renewTokenCommand(shell: Shell): Command {
  return new Command('renew-token')
    .summary('make a new token; the old one stops working')
    .argument('<name>', 'the device')
    .action(async (name: string, _: object, self: Command) => {
      const session = await openSession(shell, self);
      showToken(
        session,
        await session.api.call('devices.renew-token', { params: { device: name } }),
        `${name} has a new token.`,
      );
    });
}

function requestAttributesCommand(shell: Shell): Command {
  return new Command('request-attributes')
    .summary('ask the device for its attributes at its next contact')
    .argument('<name>', 'the device')
    .action(async (name: string, _: object, self: Command) => {
      const { api, print } = await openSession(shell, self);
      await api.call('devices.request-attributes', { params: { device: name } });
      print.show({ requested: name }, () => [`${name} will be asked at its next contact.`]);
    });
}

function removeCommand(shell: Shell): Command {
  return new Command('rm')
    .summary('remove devices; what they were assigned ends as canceled')
    .argument('<name...>', 'the devices')
    .action(async (names: readonly string[], _: object, self: Command) => {
      const session = await openSession(shell, self);
      await removeEach(session, names, (name) => session.api.call('devices.delete', { params: { device: name } }));
    });
}
