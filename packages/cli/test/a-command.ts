import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { after, before } from 'node:test';
import type { TestContext } from 'node:test';
import { text } from 'node:stream/consumers';
import { apiClient } from '@updraft/protocols';
import { run } from '../src/run.ts';
import { processShell, type Shell } from '../src/shell.ts';
import { bareEnvironment } from '../../../test/programs/bare-environment.ts';
import { startServerProcess } from '../../fleet/src/server-process.ts';
import type { ServerProcess } from '../../fleet/src/server-process.ts';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');
const UPDRAFT = path.join(ROOT, 'packages', 'cli', 'src', 'main.ts');

type Ended = { readonly status: number | null; readonly out: string; readonly err: string };

/** A person at a desk with a home of his own, a real network, and the real `updraft`. */
export type ADesk = {
  /** A file on the desk. */
  readonly at: (name: string) => string;
  readonly env: Record<string, string>;
  /** What this desk has in place of the machine's own: a sleep that takes no time. */
  readonly own: Partial<Shell>;
  /** Runs a command line in this process, which is quick. */
  updraft(argv: readonly string[], stdin?: string): Promise<Ended>;
  /** The result of a command that must succeed, as JSON. */
  json(...argv: string[]): Promise<Record<string, unknown>>;
  /** Starts `updraft` as a process of its own that is not waited for. */
  start(argv: readonly string[]): ChildProcessWithoutNullStreams;
  /** The same, to its end. */
  process(argv: readonly string[], stdin?: string): Promise<Ended>;
};

async function aDesk(t: TestContext): Promise<ADesk> {
  const folder = await mkdtemp(path.join(tmpdir(), 'updraft-desk-'));
  t.after(async () => rm(folder, { recursive: true, force: true }));
  const own: Partial<Shell> = {};
  const env: Record<string, string> = { PATH: process.env['PATH'] ?? '', HOME: folder, TZ: 'UTC' };

  async function updraft(argv: readonly string[], stdin = ''): Promise<Ended> {
    const [out, err] = [new PassThrough(), new PassThrough()];
    const streams = { stdin: Readable.from([stdin]), stdout: out, stderr: err };
    const shell = { ...processShell(t.signal), env, ...streams, ...own };
    const [said, told] = [text(out), text(err)];
    const status = await run(argv, shell);
    out.end();
    err.end();
    return { status, out: await said, err: await told };
  }

  function start(argv: readonly string[]): ChildProcessWithoutNullStreams {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', UPDRAFT, ...argv], {
      env: { ...bareEnvironment(), ...env },
    });
    t.after(() => child.kill('SIGKILL'));
    return child;
  }

  return {
    at: (name) => path.join(folder, name),
    env,
    own,
    updraft,
    start,
    process: async (argv, stdin = '') => {
      const child = start(argv);
      child.stdin.end(stdin);
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
      const [out, err, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
      return { status, out, err };
    },
    json: async (...argv) => {
      const { status, out, err } = await updraft([...argv, '--json']);
      if (status !== 0) throw new Error(`updraft ${argv.join(' ')} ended with ${status}: ${err}`);
      return JSON.parse(out) as Record<string, unknown>;
    },
  };
}

/** One server for the tests of a file; each test has a desk of its own, whose environment names the server and a token. */
export function aServerForThisFile() {
  const starting = new AbortController();
  let running: { readonly server: ServerProcess; readonly token: string; readonly folder: string } | undefined;
  before(async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'updraft-desk-server-'));
    const server = await startServerProcess({ dataDir: path.join(folder, 'data'), signal: starting.signal });
    const api = apiClient({ baseUrl: server.url, authorization: server.authorization });
    const { secret } = await api.call('tokens.create', { body: { name: 'desks' } });
    running = { server, token: secret, folder };
  });
  after(async () => {
    starting.abort();
    await running?.server[Symbol.asyncDispose]();
    await rm(running?.folder ?? '', { recursive: true, force: true });
  });
  return {
    aDesk: async (t: TestContext) => {
      if (running === undefined) throw new Error('the server did not start');
      const desk = await aDesk(t);
      Object.assign(desk.env, { UPDRAFT_SERVER: running.server.url, UPDRAFT_TOKEN: running.token });
      return { desk, server: running.server };
    },
  };
}
