import { Command, Option } from 'commander';
import { SIGNING_POLICIES } from '@updraft/protocols';
import type { CallAnswer } from '@updraft/protocols';
import { usageError } from '../cli-error.ts';
import { withExamples } from '../help-page.ts';
import { countOption, switchOption, wholeOption } from '../option-values.ts';
import { lengthText } from '../output/figures.ts';
import { sheetLines } from '../output/table.ts';
import { openSession } from '../session.ts';
import type { Shell } from '../shell.ts';
import { hawkbitSettingsCommand } from './hawkbit-settings.ts';
import { deviationText, pollOverrideOption, pollOverrideText } from './poll-override-option.ts';

type Settings = CallAnswer<'settings.show'>;
/** Names of options differ from those of settings where a setting is a list. */
type ChangeOptions = Partial<Omit<Settings, 'revision' | 'pollOverrides' | 'pollDeviationPercent'>> & {
  readonly pollOverride?: Settings['pollOverrides'];
  readonly pollDeviation?: number;
};

/** `updraft settings …` */
export function settingsCommand(shell: Shell): Command {
  const settings = new Command('settings').summary('settings of your tenant');
  settings.addCommand(showCommand(shell));
  settings.addCommand(changeCommand(shell));
  settings.addCommand(hawkbitSettingsCommand(shell));
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
    .option('--poll-deviation <percent>', 'by how much a device’s own interval may differ; 0: not at all', wholeOption)
    .option(
      '--poll-override <rule|none>',
      'another interval for some: "FILTER -> HH:MM:SS~PERCENT%"; repeat it, the first that matches counts',
      pollOverrideOption,
    )
    .option(
      '--polls-before-window <n>',
      'how often a device is to ask before the window of its update opens',
      countOption,
    )
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
    .option(
      '--trusted-header <on|off>',
      'a named proxy, or a certificate that it shows, may say who a device is',
      switchOption,
    )
    .option(
      '--header-authorities <names|none>',
      'issuers in whose name the proxy may speak, parted by commas',
      listOption,
    )
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
      const settings = await api.call('settings.change', { body: changeOf(options) });
      print.show(settings, () => settingsSheet(settings));
    });
  return withExamples(command, [
    'updraft settings set --poll-interval 00:05:00',
    'updraft settings set --gateway-tokens on',
    'updraft settings set --poll-interval 01:00:00 --poll-deviation 10 --poll-override "group==/eu/* -> 00:05:00~20%"',
    'updraft settings set --trusted-header on --header-authorities 0a1b2c,3d4e5f',
    'updraft settings set --zone-attribute zone',
    'updraft settings set --keep-rollouts-days 365',
  ]);
}

function settingsSheet(settings: Settings): string[] {
  return sheetLines([
    ['poll interval', `${settings.pollInterval}${deviationText(settings.pollDeviationPercent)}`],
    ...settings.pollOverrides.map((one): [string, string] => ['poll interval of', pollOverrideText(one)]),
    ['before a window', `${settings.pollsBeforeWindow} polls`],
    ['overdue after', `${settings.overdueAllowance} more`],
    ['time zone', attributeText(settings.zoneAttribute)],
    ['site', attributeText(settings.siteAttribute)],
    ['signing policy', settings.signingPolicy],
    ['target tokens', settings.targetTokens ? 'on' : 'off'],
    ['gateway tokens', settings.gatewayTokens ? 'on' : 'off'],
    ['trusted header', headerText(settings)],
    ['penalty box', penaltyText(settings)],
    ['rollouts kept', daysText(settings.keepRolloutsDays, 'after their end')],
    ['events kept', daysText(settings.keepEventsDays, 'after they happened')],
    ['unused artifacts', daysText(settings.keepArtifactsDays, 'after their upload')],
  ]);
}

function changeOf({ pollOverride, pollDeviation, ...options }: ChangeOptions) {
  return {
    ...options,
    ...(pollOverride === undefined ? {} : { pollOverrides: [...pollOverride] }),
    ...(pollDeviation === undefined ? {} : { pollDeviationPercent: pollDeviation }),
  };
}

function listOption(text: string): string {
  return text === 'none' ? '' : text;
}

function headerText({ trustedHeader, headerAuthorities }: Settings): string {
  if (!trustedHeader) return 'off';
  return headerAuthorities === '' ? 'on, of no issuer' : `on, of ${headerAuthorities}`;
}

function attributeOption(text: string): string | null {
  return text === 'none' ? null : text;
}

function attributeText(name: string | null): string {
  return name === null ? 'not told by devices' : `what devices tell in "${name}"`;
}

function penaltyText({ penaltyFailures, penaltyWithinSeconds, penaltySeconds }: Settings): string {
  if (penaltyFailures === 0) return 'off';
  const within = lengthText(penaltyWithinSeconds);
  return `${lengthText(penaltySeconds)} after ${penaltyFailures === 1 ? '1 failure' : `${penaltyFailures} failures`} in ${within}`;
}

function daysText(days: number, since: string): string {
  return days === 0 ? 'for ever' : `${days} days ${since}`;
}
