import { Command } from 'commander';
import { withExamples } from '../help-page.ts';
import { sheetLines } from '../output/table.ts';
import { openSession } from '../session.ts';
import type { Shell } from '../shell.ts';

type ReplaceOptions = { readonly name?: string; readonly token?: string };

/** `updraft device release-penalty|decommission|replace`: what happens to hardware in its years of service. */
export function deviceServiceCommands(shell: Shell): readonly Command[] {
  return [releasePenaltyCommand(shell), decommissionCommand(shell), replaceCommand(shell)];
}

function releasePenaltyCommand(shell: Shell): Command {
  return new Command('release-penalty')
    .summary('take a device back that was set aside after failures')
    .description(
      'A device whose attempts fail again and again is set aside and gets nothing new for a time (see "updraft settings show"). This ends that time now; what has failed before counts no more.',
    )
    .argument('<name>', 'the device')
    .action(async (name: string, _: object, self: Command) => {
      const { api, print } = await openSession(shell, self);
      const device = await api.call('devices.release-penalty', { params: { device: name } });
      print.show(device, () => [`${name} is not set aside any more.`]);
    });
}

function decommissionCommand(shell: Shell): Command {
  return new Command('decommission')
    .summary('take a device out of service for good; its history is kept')
    .description(
      'What it was assigned ends as canceled, its token stops working, and no rollout takes it. There is no way back but to remove it and add another.',
    )
    .argument('<name>', 'the device')
    .action(async (name: string, _: object, self: Command) => {
      const { api, print } = await openSession(shell, self);
      const device = await api.call('devices.decommission', { params: { device: name } });
      print.show(device, () => [`${name} is out of service.`]);
    });
}

function replaceCommand(shell: Shell): Command {
  const command = new Command('replace')
    .summary('put new hardware in the place of a device; prints its token, this once')
    .description(
      'The new hardware takes over the name (or gets one), type, group, tags, metadata and what it was to get. What the old one was doing ends as canceled, and its token stops working.',
    )
    .argument('<name>', 'the device')
    .option('--name <name>', 'what the new hardware calls itself, if not the same')
    .option('--token <token>', 'its token, if it has one already')
    .action(async (name: string, options: ReplaceOptions, self: Command) => {
      const { api, print } = await openSession(shell, self);
      const device = await api.call('devices.replace', { params: { device: name }, body: { ...options } });
      const said = `${device.name} is new hardware in the place of ${name}.`;
      print.show(device, () => [said, '', ...sheetLines([['token', device.token]])]);
      print.note('The token is shown this once.');
    });
  return withExamples(command, ['updraft device replace gw-0042', 'updraft device replace gw-0042 --name gw-0042-b']);
}
