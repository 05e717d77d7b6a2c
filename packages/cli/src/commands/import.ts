import type { CallAnswer } from '@updraft/protocols';
import { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { ExitStatus } from '../exit-status.ts';
import { withExamples } from '../help-page.ts';
import { localTimeText } from '../output/figures.ts';
import { listOptions, pages } from '../pages.ts';
import type { ListOptions } from '../pages.ts';
import { askSecret, passwordOption, readSecret } from '../password.ts';
import type { PasswordOptions } from '../password.ts';
import { isInClear, normalAddress } from '../server-address.ts';
import { abortable, openSession, type Session } from '../session.ts';
import type { Shell } from '../shell.ts';

type HawkbitOptions = PasswordOptions & {
  readonly url: string;
  readonly user: string;
  readonly dryRun?: true;
  readonly beginUpdates?: true;
  readonly history: boolean;
};

/** `updraft import …` */
export function importCommand(shell: Shell): Command {
  return new Command('import')
    .summary('bring along what another server knows')
    .description('Carries what another server knows into the one that you are logged in to.')
    .addCommand(hawkbitCommand(shell))
    .addCommand(historyCommand(shell));
}

const DESCRIPTION = `Reads a running hawkBit over its Management API and carries what it holds into the server that you are logged in to: types, software modules with their artifacts, distribution sets, targets with their security tokens and attributes, tags, filters, and what was done in the past. At hawkBit nothing is changed.
An import begins no update. What is to be assigned at hawkBit, and its auto assignments, are told in the report, and carried with --begin-updates.
It may be stopped at any time and started again: what is here already is left as it is. In the end a report says what was carried, what was here before, and what was not carried and why.
The password is asked for; UPDRAFT_HAWKBIT_PASSWORD or --password-stdin serve scripts. A private CA that signed hawkBit's certificate belongs into the file of --ca, beside that of your server.`;

function hawkbitCommand(shell: Shell): Command {
  const command = passwordOption(
    new Command('hawkbit')
      .summary('carry everything from a running hawkBit into your server')
      .description(DESCRIPTION)
      .requiredOption('--url <url>', 'where hawkBit is, without /rest/v1')
      .requiredOption('--user <name>', "hawkBit's user; it should hold every READ permission, also that of tokens")
      .option('--dry-run', 'write nothing; say what would be carried')
      .option('--begin-updates', 'carry open assignments and auto assignments, too: devices begin to update')
      .option('--no-history', 'leave rollouts and actions of the past where they are'),
  ).action(async (options: HawkbitOptions, self: Command) => {
    const session = await openSession(shell, self);
    await importFrom(session, normalAddress(options.url), options);
  });
  return withExamples(command, [
    'updraft import hawkbit --url https://hawkbit.example.org --user admin --dry-run',
    'pass show hawkbit | updraft import hawkbit --url http://10.0.0.5:8080 --user admin --password-stdin --json',
  ]);
}

async function importFrom(session: Session, url: string, options: HawkbitOptions): Promise<void> {
  const { shell, print, api } = session;
  if (isInClear(url))
    print.note(`Warning: ${url} is not encrypted; the password and all tokens cross the network in clear.`);
  const password = await passwordFor(shell, options);
  const { importHawkbit } = await import('../hawkbit-import/hawkbit-import.ts');
  const { importProgress } = await import('../hawkbit-import/import-progress.ts');
  const { importReport } = await import('../hawkbit-import/import-report.ts');
  const { isFaulty, reportDocument, reportLines } = await import('../hawkbit-import/report-lines.ts');
  const clients = await clientsOf(session, { url, user: options.user, password });
  const [report, progress] = [importReport(), importProgress(shell, print)];
  const isDry = options.dryRun === true;
  const wishes = { isDry, beginsUpdates: options.beginUpdates === true, carriesHistory: options.history };
  const sleep = (pause: number) => shell.sleep(pause, shell.signal);
  try {
    await importHawkbit({ ...clients, api, report, progress, sleep, ...wishes });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ManagementRefusal') throw error;
    throw new CliError('refused', 'refused', error.message, error);
  } finally {
    progress.end();
  }
  print.show(reportDocument(report, { isDry, source: url }), () => reportLines(report, isDry, print.paint));
  if (isFaulty(report)) throw new ExitStatus('refused');
}

type Source = { readonly url: string; readonly user: string; readonly password: string };

/** Both sides of the import, which speak the same. */
async function clientsOf({ shell, api, authorization }: Session, { url, user, password }: Source) {
  const { managementClient } = await import('../hawkbit-import/management-client.ts');
  const shared = { fetch: abortable(shell), sleep: (pause: number) => shell.sleep(pause, shell.signal) };
  const source = managementClient({
    ...shared,
    baseUrl: url,
    authorization: `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`,
    denied: () =>
      new CliError('denied', 'source-not-authenticated', `${url} knows no user "${user}" with this password.`),
  });
  const target = managementClient({
    ...shared,
    baseUrl: api.baseUrl,
    authorization,
    denied: () => new CliError('denied', 'not-authenticated', 'Log in with "updraft login", or set UPDRAFT_TOKEN.'),
  });
  return { source, target };
}

async function passwordFor(shell: Shell, options: HawkbitOptions): Promise<string> {
  if (options.passwordStdin === true) return readSecret(shell);
  const kept = shell.env['UPDRAFT_HAWKBIT_PASSWORD'];
  if (kept !== undefined && kept !== '') return kept;
  return askSecret(shell, `Password of ${options.user} at hawkBit: `);
}

function historyCommand(shell: Shell): Command {
  const command = listOptions(
    new Command('history')
      .summary('what an import has brought of the past')
      .description(
        'Lists rollouts and assignments that another server brought to their ends before its devices came here. They are records: nothing is decided by them.',
      ),
  ).action(async (options: ListOptions, self: Command) => {
    const { api, print } = await openSession(shell, self);
    await print.list<CallAnswer<'imports.history'>['items'][number]>(
      pages((query) => api.call('imports.history', { query }), options),
      [
        { title: 'BEGUN', value: (row) => localTimeText(row.startedAt, shell.timeZone) },
        { title: 'WHAT', value: (row) => `${row.kind} ${row.number}` },
        { title: 'DEVICE', value: (row) => row.device ?? '-' },
        { title: 'ROLLOUT', value: (row) => row.rollout ?? '-' },
        { title: 'RELEASE', value: (row) => row.release },
        { title: 'END', value: (row) => row.state },
      ],
      'Nothing of the past was imported.',
    );
  });
  return withExamples(command, ["updraft import history --filter 'device==gw-0042'"]);
}
