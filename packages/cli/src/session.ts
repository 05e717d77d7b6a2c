import { readFile } from 'node:fs/promises';
import { apiClient } from '@updraft/protocols';
import type { ApiClient } from '@updraft/protocols';
import type { Command } from 'commander';
import { CliError, usageError } from './cli-error.ts';
import { readCredentials } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { printerOf } from './command-printer.ts';
import type { GlobalOptions } from './command-printer.ts';
import type { Printer } from './output/printer.ts';
import { persistentClient } from './persistent-client.ts';
import { normalAddress, serverAddress } from './server-address.ts';
import type { Shell } from './shell.ts';

/** What a command that speaks to a server works with. */
export type Session = {
  readonly api: ApiClient;
  /** The header of `api`, for what does not go through it: uploads. */
  readonly authorization: string;
  readonly print: Printer;
  readonly shell: Shell;
};

/** Opens the session of a command: which server, which credential, which CA. Nothing is sent yet. */
export async function openSession(shell: Shell, command: Command): Promise<Session> {
  const options = command.optsWithGlobals<GlobalOptions>();
  const credentials = await readCredentials(shell);
  const server = serverAddress(options.server, shell, credentials);
  await trustCa(shell, options.ca, credentials.servers[server]?.ca ?? null);
  const authorization = `Bearer ${tokenFor(server, shell, credentials)}`;
  return { api: clientOf(shell, server, authorization), authorization, print: printerOf(shell, command), shell };
}

export function clientOf(shell: Shell, server: string, authorization: string | null): ApiClient {
  return persistentClient(apiClient({ baseUrl: server, authorization, fetch: abortable(shell) }), (pause) =>
    shell.sleep(pause, shell.signal),
  );
}

/** The CA of this command: the option, else UPDRAFT_CA, else the one kept with the login. Returns its PEM. */
export async function trustCa(shell: Shell, option: string | undefined, kept: string | null): Promise<string | null> {
  const file = option ?? (shell.env['UPDRAFT_CA'] || undefined);
  const pem = file === undefined ? kept : await readPem(file);
  if (pem !== null) await shell.trustOnly(pem);
  return pem;
}

async function readPem(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw usageError('file-not-readable', `The CA file ${file} cannot be read.`, error);
  });
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw usageError('certificate-invalid', `${file} holds no certificate in PEM.`);
  return text;
}

function tokenFor(server: string, shell: Shell, credentials: Credentials): string {
  const token = shell.env['UPDRAFT_TOKEN'] || credentials.servers[normalAddress(server)]?.token;
  if (token !== undefined) return token;
  throw new CliError(
    'denied',
    'not-logged-in',
    `Not logged in to ${server}: run "updraft login ${server}", or set UPDRAFT_TOKEN.`,
  );
}

/** Every request ends with Ctrl-C, also those whose caller brought a signal of his own. */
export function abortable(shell: Shell): typeof globalThis.fetch {
  return (input, init) => {
    const signal = init?.signal ? AbortSignal.any([init.signal, shell.signal]) : shell.signal;
    return shell.fetch(input, { ...init, signal });
  };
}
