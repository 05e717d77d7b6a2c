import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { CliError } from './cli-error.ts';
import type { Shell } from './shell.ts';

/** What is kept of a login. The token is the secret; `ca` is the PEM of the CA that was named, null for the system's. */
export type Login = {
  readonly token: string;
  /** The token's id where `login` made it, so that `logout` can revoke it. */
  readonly tokenId: string | null;
  readonly tenant: string;
  readonly actor: string;
  readonly ca: string | null;
};

/** Logins by server address; `current` is the server of the last login. */
export type Credentials = {
  readonly current: string | null;
  readonly servers: Readonly<Record<string, Login>>;
};

const NO_CREDENTIALS: Credentials = { current: null, servers: {} };

/** Reads the logins of this user; a missing file is none. */
export async function readCredentials(shell: Shell): Promise<Credentials> {
  const file = credentialsFile(shell);
  try {
    return parseCredentials(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (isMissing(error)) return NO_CREDENTIALS;
    throw new CliError(
      'denied',
      'credentials-unreadable',
      `The logins in ${file} cannot be read; remove the file and log in again.`,
      error,
    );
  }
}

/** Replaces the file in one step; only its owner may read it (0600, its folder 0700). */
export async function writeCredentials(shell: Shell, credentials: Credentials): Promise<void> {
  const file = credentialsFile(shell);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  try {
    await using handle = await open(temporary, 'wx', 0o600);
    await handle.writeFile(`${JSON.stringify(credentials, null, 2)}\n`);
    await handle.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await rename(temporary, file);
}

export function credentialsFile(shell: Shell): string {
  return path.join(userFolder(shell, 'XDG_CONFIG_HOME', '.config'), 'credentials.json');
}

/** A folder of ours after the XDG base directory specification: relative values there are ignored. */
export function userFolder(shell: Shell, variable: string, fallback: string): string {
  const base = shell.env[variable];
  const home = shell.env['HOME'] ?? homedir();
  return path.join(base !== undefined && path.isAbsolute(base) ? base : path.join(home, fallback), 'updraft');
}

export function withLogin(credentials: Credentials, server: string, login: Login): Credentials {
  return { current: server, servers: { ...credentials.servers, [server]: login } };
}

export function withoutLogin(credentials: Credentials, server: string): Credentials {
  const servers = Object.fromEntries(Object.entries(credentials.servers).filter(([name]) => name !== server));
  return { current: credentials.current === server ? null : credentials.current, servers };
}

function parseCredentials(value: unknown): Credentials {
  const { current, servers } = recordOf(value);
  const logins = Object.entries(recordOf(servers)).map(
    ([server, login]) => [server, parseLogin(recordOf(login))] as const,
  );
  return { current: typeof current === 'string' ? current : null, servers: Object.fromEntries(logins) };
}

function parseLogin(login: Readonly<Record<string, unknown>>): Login {
  const { token, tokenId, tenant, actor, ca } = login;
  if (typeof token !== 'string' || typeof tenant !== 'string' || typeof actor !== 'string')
    throw new TypeError('not a login');
  return {
    token,
    tenant,
    actor,
    tokenId: typeof tokenId === 'string' ? tokenId : null,
    ca: typeof ca === 'string' ? ca : null,
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError('not an object');
  return value as Record<string, unknown>;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
