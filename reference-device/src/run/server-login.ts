import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { apiClient, type ApiClient } from '@updraft/protocols';
import { z } from 'zod';
import { DeviceError } from './device-error.ts';

/** What `updraft login` keeps; `current` is the server of the last login. */
const Logins = z.object({
  current: z.string().nullable(),
  servers: z.record(z.string(), z.object({ token: z.string(), ca: z.string().nullable() })),
});

export type ServerChoice = { readonly server?: string | undefined; readonly ca?: string | undefined };

/** The server that devices shall join, and how its certificate is trusted: null where the system's authorities are to. */
export type ServerLogin = { readonly api: ApiClient; readonly address: string; readonly caPem: string | null };

/**
 * Which server, by the rules of every command of updraft: option, environment, last login. From then on this process trusts the
 * authority that was named, and no other.
 */
export async function openServer(
  { server, ca }: ServerChoice,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ServerLogin> {
  const logins = await readLogins(environment);
  const address = server ?? (environment['UPDRAFT_SERVER'] || undefined) ?? logins.current ?? undefined;
  if (address === undefined)
    throw new DeviceError(
      'denied',
      'no-server',
      'No server is known: log in with "updraft login https://HOST", or name one with --server.',
    );
  const normal = address.replace(/\/+$/, '');
  const login = logins.servers[normal];
  const token = environment['UPDRAFT_TOKEN'] || login?.token;
  if (token === undefined)
    throw new DeviceError(
      'denied',
      'not-logged-in',
      `Not logged in to ${normal}: run "updraft login ${normal}", or set UPDRAFT_TOKEN.`,
    );
  const caFile = ca ?? (environment['UPDRAFT_CA'] || undefined);
  const caPem = caFile === undefined ? (login?.ca ?? null) : await readPem(caFile);
  if (caPem !== null) tls.setDefaultCACertificates([caPem]);
  return { api: apiClient({ baseUrl: normal, authorization: `Bearer ${token}` }), address: normal, caPem };
}

/** A file with certificates in PEM. */
export async function readPem(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new DeviceError('usage', 'file-not-readable', `${file} cannot be read.`, { cause });
  });
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new DeviceError('usage', 'certificate-invalid', `${file} holds no certificate in PEM.`);
}

async function readLogins(environment: NodeJS.ProcessEnv): Promise<z.output<typeof Logins>> {
  const { XDG_CONFIG_HOME: config, HOME: home = homedir() } = environment;
  const base = config !== undefined && path.isAbsolute(config) ? config : path.join(home, '.config');
  const file = path.join(base, 'updraft', 'credentials.json');
  try {
    return Logins.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { current: null, servers: {} };
    const told = `The logins in ${file} cannot be read; remove the file and log in again.`;
    throw new DeviceError('denied', 'credentials-unreadable', told, { cause });
  }
}
