import { Command } from 'commander';
import { CliError, usageError } from '../cli-error.ts';
import { withExamples } from '../help-page.ts';
import { managementClient, ManagementRefusal, type ManagementClient } from '../hawkbit-import/management-client.ts';
import { sheetLines } from '../output/table.ts';
import { abortable, openSession } from '../session.ts';
import type { Shell } from '../shell.ts';

type Value = boolean | number | string;
type Shown = { readonly value: Value; readonly global: boolean };
type Options = { readonly unset?: boolean };

const KEYS = '/system/configs';

/** `updraft settings hawkbit …`: what hawkBit calls its system configuration, where ours has no setting of its own for it. */
export function hawkbitSettingsCommand(shell: Shell): Command {
  const command = new Command('hawkbit')
    .summary('settings for what is made through hawkBit’s Management API')
    .description(
      'The keys of hawkBit’s system configuration: whether what is assigned there waits for a confirmation, whether rollouts made there need an approval, and so on. Without a key all are shown, without a value one; "(default)" is what nobody has set.',
    )
    .argument('[key]', 'such as user.confirmation.flow.enabled')
    .argument('[value]', 'true, false, a number or a text')
    .option('--unset', 'go back to the default')
    .action(async (key: string | undefined, value: string | undefined, options: Options, self: Command) => {
      if (options.unset === true && (key === undefined || value !== undefined))
        throw usageError('usage', '--unset takes a key and no value.');
      const session = await openSession(shell, self);
      const client = clientOf(shell, session.api.baseUrl, session.authorization);
      const shown = await refusalTold(() => change(client, { key, value, isUnset: options.unset === true }));
      session.print.show(shown, () => sheetLines(Object.entries(shown).map(([name, one]) => [name, valueText(one)])));
    });
  return withExamples(command, [
    'updraft settings hawkbit',
    'updraft settings hawkbit user.confirmation.flow.enabled true',
    'updraft settings hawkbit rollout.approval.enabled --unset',
  ]);
}

type Wish = { readonly key: string | undefined; readonly value: string | undefined; readonly isUnset: boolean };

/** All of them, or the one that is named, as it stands then. */
async function change(client: ManagementClient, { key, value, isUnset }: Wish): Promise<Record<string, Shown>> {
  if (key === undefined) return (await client.show(KEYS)) as Record<string, Shown>;
  const path = `${KEYS}/${encodeURIComponent(key)}`;
  if (isUnset) await client.send('DELETE', path);
  else if (value !== undefined) await client.send('PUT', path, { value: valueOf(value) });
  return { [key]: (await client.show(path)) as Shown };
}

function valueOf(text: string): Value {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

function valueText({ value, global }: Shown): string {
  return `${value === '' ? '""' : String(value)}${global ? ' (default)' : ''}`;
}

function clientOf(shell: Shell, baseUrl: string, authorization: string): ManagementClient {
  return managementClient({
    baseUrl,
    authorization,
    fetch: abortable(shell),
    sleep: (pause) => shell.sleep(pause, shell.signal),
    denied: () => new CliError('denied', 'not-authenticated', `${baseUrl} does not take this token.`),
  });
}

async function refusalTold<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof ManagementRefusal) throw new CliError('refused', error.key, error.message, error);
    throw error;
  }
}
