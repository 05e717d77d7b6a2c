import { Command, Option } from 'commander';
import { SIGNING_POLICIES } from '@updraft/protocols';
import type { CallAnswer } from '@updraft/protocols';
import { usageError } from '../cli-error.ts';
import { withExamples } from '../help-page.ts';
import { switchOption } from '../option-values.ts';
import { sheetLines } from '../output/table.ts';
import { openSession } from '../session.ts';
import type { Shell } from '../shell.ts';

type Settings = CallAnswer<'settings.show'>;
type ChangeOptions = Partial<Omit<Settings, 'revision'>>;

/** `updraft settings …` */
export function settingsCommand(shell: Shell): Command {
  const settings = new Command('settings').summary('settings of your tenant');
  settings.addCommand(showCommand(shell));
  settings.addCommand(changeCommand(shell));
  return settings;
}

function showCommand(shell: Shell): Command {
  return new Command('show').summary('show the settings').action(async (_: object, self: Command) => {
    const { api, print } = await openSession(shell, self);
    const settings = await api.call('settings.show');
    print.show(settings, () => settingsSheet(settings));
  });
}

function changeCommand(shell: Shell): Command {
  const command = new Command('set')
    .summary('change settings')
    .option('--poll-interval <hh:mm:ss>', 'how often devices ask, 00:00:01 to 23:59:59')
    .addOption(
      new Option(
        '--signing-policy <policy>',
        'bundles without a registered signature: taken, marked, or refused',
      ).choices(SIGNING_POLICIES),
    )
    .option('--target-tokens <on|off>', 'devices authenticate with a token of their own', switchOption)
    .option('--gateway-tokens <on|off>', 'devices authenticate, and join, with a gateway token', switchOption)
    .action(async (options: ChangeOptions, self: Command) => {
      if (Object.keys(options).length === 0)
        throw usageError('usage', 'Name a setting to change; see "updraft settings set --help".');
      const { api, print } = await openSession(shell, self);
      const settings = await api.call('settings.change', { body: options });
      print.show(settings, () => settingsSheet(settings));
    });
  return withExamples(command, [
    'updraft settings set --poll-interval 00:05:00',
    'updraft settings set --gateway-tokens on',
  ]);
}

function settingsSheet(settings: Settings): string[] {
  return sheetLines([
    ['poll interval', settings.pollInterval],
    ['signing policy', settings.signingPolicy],
    ['target tokens', settings.targetTokens ? 'on' : 'off'],
    ['gateway tokens', settings.gatewayTokens ? 'on' : 'off'],
  ]);
}
