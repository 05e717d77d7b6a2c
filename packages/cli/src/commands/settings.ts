import { Command, Option } from 'commander';
import { SIGNING_POLICIES } from '@updraft/protocols';
import type { CallAnswer } from '@updraft/protocols';
import { usageError } from '../cli-error.ts';
import { withExamples } from '../help-page.ts';
import { countOption, switchOption, wholeOption } from '../option-values.ts';
import { durationText } from '../output/figures.ts';
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
    .option('--overdue-allowance <hh:mm:ss>', 'how late a device may be before it counts as overdue')
    .option('--zone-attribute <name|none>', 'the attribute in which devices name their time zone', attributeOption)
    .option('--site-attribute <name|none>', 'the attribute in which devices name their site', attributeOption)
    .addOption(
      new Option(
        '--signing-policy <policy>',
        'bundles without a registered signature: taken, marked, or refused',
      ).choices(SIGNING_POLICIES),
    )
    .option('--target-tokens <on|off>', 'devices authenticate with a token of their own', switchOption)
    .option('--gateway-tokens <on|off>', 'devices authenticate, and join, with a gateway token', switchOption)
    .option('--penalty-failures <n>', 'set a device aside whose attempts fail so often; 0: none', wholeOption)
    .option('--penalty-within-seconds <seconds>', 'the time in which failures count', countOption)
    .option('--penalty-seconds <seconds>', 'how long a device is set aside', countOption)
    .option(
      '--keep-rollouts-days <days>',
      'remove ended rollouts with their reports after so long; 0: never',
      wholeOption,
    )
    .option('--keep-events-days <days>', 'remove events after so long; 0: never', wholeOption)
    .option(
      '--keep-artifacts-days <days>',
      'remove artifacts that no component names after so long; 0: never',
      wholeOption,
    )
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
    'updraft settings set --zone-attribute zone',
    'updraft settings set --keep-rollouts-days 365',
  ]);
}

function settingsSheet(settings: Settings): string[] {
  return sheetLines([
    ['poll interval', settings.pollInterval],
    ['overdue after', `${settings.overdueAllowance} more`],
    ['time zone', attributeText(settings.zoneAttribute)],
    ['site', attributeText(settings.siteAttribute)],
    ['signing policy', settings.signingPolicy],
    ['target tokens', settings.targetTokens ? 'on' : 'off'],
    ['gateway tokens', settings.gatewayTokens ? 'on' : 'off'],
    ['penalty box', penaltyText(settings)],
    ['rollouts kept', daysText(settings.keepRolloutsDays, 'after their end')],
    ['events kept', daysText(settings.keepEventsDays, 'after they happened')],
    ['unused artifacts', daysText(settings.keepArtifactsDays, 'after their upload')],
  ]);
}

function attributeOption(text: string): string | null {
  return text === 'none' ? null : text;
}

function attributeText(name: string | null): string {
  return name === null ? 'not told by devices' : `what devices tell in "${name}"`;
}

function penaltyText({ penaltyFailures, penaltyWithinSeconds, penaltySeconds }: Settings): string {
  if (penaltyFailures === 0) return 'off';
  const within = durationText(penaltyWithinSeconds);
  return `${durationText(penaltySeconds)} after ${penaltyFailures} failures in ${within}`;
}

function daysText(days: number, since: string): string {
  return days === 0 ? 'for ever' : `${days} days ${since}`;
}
