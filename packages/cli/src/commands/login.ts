import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { ApiProblem } from '@updraft/protocols';
import type { ApiClient } from '@updraft/protocols';
import { CliError, usageError } from '../cli-error.ts';
import { credentialsFile, readCredentials, withLogin, withoutLogin, writeCredentials } from '../credentials.ts';
import type { Login } from '../credentials.ts';
import { withExamples } from '../help-page.ts';
import { durationOption } from '../option-values.ts';
import { sheetLines } from '../output/table.ts';
import { askLine, askSecret, passwordOption, readSecret } from '../password.ts';
import type { PasswordOptions } from '../password.ts';
import { isInClear, serverAddress } from '../server-address.ts';
import { printerOf } from '../command-printer.ts';
import type { GlobalOptions } from '../command-printer.ts';
import { clientOf, openSession, trustCa } from '../session.ts';
import type { Shell } from '../shell.ts';

type LoginOptions = GlobalOptions &
  PasswordOptions & {
    readonly user?: string;
    readonly tokenStdin?: boolean;
    readonly expiresIn?: number;
  };

/** `updraft login` */
export function loginCommand(shell: Shell): Command {
  const command = passwordOption(
    new Command('login')
      .summary('log in to a server and remember it')
      .description(
        'Asks for the user and the password, makes a personal token with them, and keeps the token, not the password, where only you can read it. The server becomes that of all later commands.',
      )
      .argument('[server]', 'https://HOST[:PORT]; without it the one of --server, UPDRAFT_SERVER or the last login')
      .option('--user <name>', 'who you are')
      .option('--token-stdin', 'read a token from standard input and keep that')
      .option('--expires-in <time>', 'let the token end after this long: 12h, 90d', durationOption),
  ).action(async (server: string | undefined, _: object, self: Command) => logIn(shell, server, self));
  return withExamples(command, [
    'updraft login https://updates.example.org --user kim',
    'updraft login https://192.168.7.2:8443 --ca plant-ca.pem',
    'echo "$TOKEN" | updraft login https://updates.example.org --token-stdin',
  ]);
}

async function logIn(shell: Shell, named: string | undefined, self: Command): Promise<void> {
  const options = self.optsWithGlobals<LoginOptions>();
  if (options.tokenStdin === true && (options.passwordStdin === true || options.user !== undefined))
    throw usageError('usage', 'A token needs no user and no password; leave --user and --password-stdin out.');
  const print = printerOf(shell, self);
  const credentials = await readCredentials(shell);
  const server = serverAddress(named ?? options.server, shell, credentials);
  if (isInClear(server))
    print.note(`Warning: ${server} is not encrypted; passwords and tokens cross the network in clear.`);
  const before = credentials.servers[server];
  const ca = await trustCa(shell, options.ca, before?.ca ?? null);
  const { token, tokenId } =
    options.tokenStdin === true
      ? { token: await readSecret(shell), tokenId: null }
      : await makeToken(shell, server, options);
  const api = clientOf(shell, server, `Bearer ${token}`);
  const { tenant, actor } = await api.call('whoami.show');
  await writeCredentials(shell, withLogin(credentials, server, { token, tokenId, tenant, actor, ca }));
  if (before !== undefined && before.tokenId !== tokenId) await revoke(api, before);
  print.show({ server, tenant, actor, tokenId }, () => [
    `Logged in to ${server} as ${actor}, tenant ${tenant}.`,
    `The token is kept in ${credentialsFile(shell)}.`,
  ]);
}

async function makeToken(
  shell: Shell,
  server: string,
  options: LoginOptions,
): Promise<{ token: string; tokenId: string }> {
  const user = options.user ?? (await askLine(shell, 'User: '));
  const password = options.passwordStdin === true ? await readSecret(shell) : await askSecret(shell, 'Password: ');
  const api = clientOf(shell, server, `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`);
  const expiresAt =
    options.expiresIn === undefined
      ? {}
      : { expiresAt: new Date(shell.now() + options.expiresIn * 1000).toISOString() };
  try {
    const created = await api.call('tokens.create', {
      body: {
        name: `${user} on ${shell.host.slice(0, 60)} ${randomBytes(4).toString('hex')}`.slice(-128),
        kind: 'personal',
        ...expiresAt,
      },
    });
    return { token: created.secret, tokenId: created.id };
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'not-authenticated')
      throw new CliError('denied', error.code, `${server} knows no user "${user}" with this password.`, error);
    throw error;
  }
}

/** `updraft logout` */
export function logoutCommand(shell: Shell): Command {
  return new Command('logout')
    .summary('forget a login and revoke its token')
    .description(
      'Forgets the login of the server that commands use now (or --server) and revokes the token that "login" made. A token that you brought yourself stays valid.',
    )
    .action(async (_: object, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      const print = printerOf(shell, self);
      const credentials = await readCredentials(shell);
      const server = serverAddress(options.server, shell, credentials);
      const login = credentials.servers[server];
      if (login === undefined) throw new CliError('missing', 'not-logged-in', `There is no login for ${server}.`);
      await writeCredentials(shell, withoutLogin(credentials, server));
      await trustCa(shell, options.ca, login.ca);
      await revoke(clientOf(shell, server, `Bearer ${login.token}`), login);
      print.show({ server }, () => [`Logged out of ${server}.`]);
    });
}

/** A token that is gone already is as good as revoked. */
async function revoke(api: ApiClient, { tokenId }: Login): Promise<void> {
  if (tokenId === null) return;
  try {
    await api.call('tokens.delete', { params: { id: tokenId } });
  } catch (error) {
    if (!(error instanceof ApiProblem && (error.status === 404 || error.status === 401))) throw error;
  }
}

/** `updraft whoami` */
export function whoamiCommand(shell: Shell): Command {
  return new Command('whoami').summary('who you are for the server').action(async (_: object, self: Command) => {
    const { api, print } = await openSession(shell, self);
    const who = await api.call('whoami.show');
    print.show({ ...who, server: api.baseUrl }, () =>
      sheetLines([
        ['server', `${api.baseUrl} (updraft ${who.version})`],
        ['tenant', who.tenant],
        [who.kind, who.actor],
      ]),
    );
  });
}
