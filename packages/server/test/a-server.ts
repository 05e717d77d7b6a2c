import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ApiClient, apiClient } from '@updraft/protocols';
import type { ClockOffset } from '@updraft/store';
import { pino } from 'pino';
import { loadSettings } from '../src/config/configuration.ts';
import { type RunningServer, startServer } from '../src/server.ts';

export const ADMIN = 'admin';
export const PASSWORD = 'correct horse battery staple';

/** A test, or a whole file of tests that change nothing for each other. */
export type Owner = { readonly after: (letGo: () => Promise<void>) => void };

export type TestServer = {
  readonly server: RunningServer;
  readonly url: string;
  readonly dataDir: string;
  readonly authorization: string;
  /** As the first user. */
  readonly api: ApiClient;
  /** The raw answer; `as` is an Authorization header, null for none. `path` begins after the origin. */
  readonly fetch: (path: string, init?: RequestInit & { readonly as?: string | null }) => Promise<Response>;
};

export type Wish = {
  readonly dataDir?: string;
  /** More UPDRAFT_ variables. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Lets time pass. */
  readonly clockOffset?: ClockOffset;
  /** Gets every line that tells of an error, in place of standard output. */
  readonly onError?: (line: string) => void;
};

/** A whole server on a free port with a folder of its own, stopped and removed with the test. SQLite unless told otherwise. */
export async function aServer(owner: Owner, wish: Wish = {}): Promise<TestServer> {
  const dataDir = wish.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'updraft-server-')));
  const settings = await loadSettings({
    UPDRAFT_LISTEN: '127.0.0.1:0',
    UPDRAFT_DATA_DIR: dataDir,
    UPDRAFT_ADMIN_USER: ADMIN,
    UPDRAFT_ADMIN_PASSWORD: PASSWORD,
    ...wish.environment,
  });
  const onFatal = (error: Error) => {
    throw error;
  };
  const server = await startServer({
    settings,
    log: wish.onError === undefined ? pino({ level: 'error' }) : pino({ level: 'error' }, { write: wish.onError }),
    onFatal,
    checkAnswers: true,
    ...(wish.clockOffset === undefined ? {} : { clockOffset: wish.clockOffset }),
  });
  owner.after(async () => {
    await server.stop();
    if (wish.dataDir === undefined) await rm(dataDir, { recursive: true });
  });
  const authorization = basic(ADMIN, PASSWORD);
  return {
    server,
    url: server.url,
    dataDir,
    authorization,
    api: apiClient({ baseUrl: server.url, authorization }),
    fetch: (to, { as = authorization, ...init } = {}) => {
      const headers = new Headers(init.headers);
      if (as !== null) headers.set('authorization', as);
      return fetch(server.url + to, { ...init, headers });
    },
  };
}

export function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

export function json(method: string, body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
}

/** The `code` of a problem. */
export async function codeOf(answer: Response): Promise<unknown> {
  const problem = (await answer.json()) as { readonly code: unknown };
  return problem.code;
}
