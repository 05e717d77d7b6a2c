import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { apiClient } from '@updraft/protocols';
import launch from '../../../bin/launch.cjs';
import { bareEnvironment } from '../../../test/programs/bare-environment.ts';
import { ADMIN, basic, PASSWORD, type TestServer } from './a-server.ts';

const MAIN = path.join(import.meta.dirname, '..', 'src', 'main.ts');
const START_LIMIT_MS = 120_000;

/** A server in a process of its own, which may be killed at any moment and started again on the same folder. */
export type ServerProcess = Omit<TestServer, 'server'> & {
  /** kill -9, and waits until it is gone. */
  readonly kill: () => Promise<void>;
  /** The most memory that it has had since `forgetPeak`, bytes. */
  readonly peakMemory: () => Promise<number>;
  readonly forgetPeak: () => Promise<void>;
};

export async function aServerProcess(t: TestContext, dataDir: string): Promise<ServerProcess> {
  const child = spawn(process.execPath, [...launch.NODE_FLAGS, MAIN], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...bareEnvironment(),
      UPDRAFT_LISTEN: '127.0.0.1:0',
      UPDRAFT_DATA_DIR: dataDir,
      UPDRAFT_ADMIN_USER: ADMIN,
      UPDRAFT_ADMIN_PASSWORD: PASSWORD,
    },
  });
  const ended = once(child, 'close');
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  t.after(kill);
  const url = await untilListening(child);
  const authorization = basic(ADMIN, PASSWORD);
  return {
    url,
    dataDir,
    authorization,
    api: apiClient({ baseUrl: url, authorization }),
    fetch: (to, { as = authorization, ...init } = {}) => {
      const headers = new Headers(init.headers);
      if (as !== null) headers.set('authorization', as);
      return fetch(url + to, { ...init, headers });
    },
    kill,
    peakMemory: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    },
    // proc(5): 5 resets the peak to what is resident now.
    forgetPeak: () => writeFile(`/proc/${child.pid}/clear_refs`, '5'),
  };
}

async function untilListening(child: ChildProcess): Promise<string> {
  const signal = AbortSignal.timeout(START_LIMIT_MS);
  for (let output = ''; ;) {
    const [piece] = (await once(child.stdout ?? child, 'data', { signal })) as readonly Buffer[];
    output += String(piece);
    const url = /listens on (http\S+)/.exec(output)?.[1];
    if (url !== undefined) return url;
  }
}
