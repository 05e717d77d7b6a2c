import { CliError, usageError } from './cli-error.ts';
import type { Credentials } from './credentials.ts';
import type { Shell } from './shell.ts';

/** Which server a command speaks to: the option, else UPDRAFT_SERVER, else that of the last login. */
export function serverAddress(option: string | undefined, shell: Shell, credentials: Credentials): string {
  const named = option ?? (shell.env['UPDRAFT_SERVER'] || undefined);
  if (named !== undefined) return normalAddress(named);
  if (credentials.current !== null) return credentials.current;
  throw new CliError(
    'denied',
    'no-server',
    'No server is known: log in with "updraft login https://HOST", or name one with --server or UPDRAFT_SERVER.',
  );
}

/** One spelling for one server, since logins are kept by it: no trailing slash, no user, no query. */
export function normalAddress(text: string): string {
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw usageError('address-invalid', `"${text}" is not the address of a server; write https://HOST[:PORT][/PATH].`);
  return url.href.replace(/\/+$/, '');
}

/** True where a token would cross a network in clear. */
export function isInClear(address: string): boolean {
  const url = new URL(address);
  return url.protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}
