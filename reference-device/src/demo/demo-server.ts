import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import tls from 'node:tls';
import { apiClient, type ApiClient } from '@updraft/protocols';
import { HOST_SEEN_FROM_GUEST } from '../run/machine-settings.ts';
import { LAUNCHER, runProgram } from './program.ts';

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;

export type DemoServer = AsyncDisposable & {
  readonly url: string;
  readonly caPem: string;
  readonly api: ApiClient;
};

/**
 * `updraft serve` behind TLS, in `folder`, with a certificate that it signed itself: for this machine as it calls itself, and as devices
 * under QEMU reach it. From then on this process trusts that certificate, and no other.
 */
export async function startDemoServer(folder: string, signal: AbortSignal): Promise<DemoServer> {
  const [certificate, key] = [path.join(folder, 'server.crt'), path.join(folder, 'server.key')];
  const names = `subjectAltName=IP:127.0.0.1,IP:${HOST_SEEN_FROM_GUEST}`;
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const wish = [...kind, '-days', '2', '-subj', '/CN=demo', '-addext', names];
  await runProgram('openssl', ['req', '-x509', ...wish, '-keyout', key, '-out', certificate], signal);
  const caPem = await readFile(certificate, 'utf8');
  tls.setDefaultCACertificates([caPem]);
  const password = randomBytes(12).toString('base64url');
  await using log = await open(path.join(folder, 'server.log'), 'w');
  const child = spawn(process.execPath, [LAUNCHER, 'serve'], {
    stdio: ['ignore', 'pipe', log.fd],
    env: {
      PATH: process.env['PATH'],
      UPDRAFT_LISTEN: '127.0.0.1:0',
      UPDRAFT_DATA_DIR: path.join(folder, 'data'),
      UPDRAFT_TLS_CERT: certificate,
      UPDRAFT_TLS_KEY: key,
      UPDRAFT_ADMIN_USER: 'admin',
      UPDRAFT_ADMIN_PASSWORD: password,
    },
  });
  const stop = (): Promise<void> => stopChild(child);
  try {
    const url = await addressOf(child, AbortSignal.any([signal, AbortSignal.timeout(READY_WITHIN_MS)]));
    const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
    return { url, caPem, api: apiClient({ baseUrl: url, authorization }), [Symbol.asyncDispose]: stop };
  } catch (cause) {
    await stop();
    signal.throwIfAborted();
    const said = (await readFile(path.join(folder, 'server.log'), 'utf8')).trim();
    throw new Error(`the server did not start: ${said}`, { cause });
  }
}

/** The server says which port it was given as soon as it takes connections. */
async function addressOf(child: ChildProcess, signal: AbortSignal): Promise<string> {
  if (child.stdout === null) throw new Error('the server has no standard output');
  const lines = createInterface({ input: child.stdout, signal });
  for await (const line of lines) {
    const url = /listens on (https:\/\/[^\s"]+)/.exec(line)?.[1];
    if (url === undefined) continue;
    // What it says later is nobody's, and must not fill the pipe.
    child.stdout.resume();
    return url;
  }
  signal.throwIfAborted();
  throw new Error('the server ended before it listened');
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended;
  clearTimeout(impatience);
}
