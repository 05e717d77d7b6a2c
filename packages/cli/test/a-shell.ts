import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { after } from 'node:test';
import { API_PREFIX } from '@updraft/protocols';
import { run } from '../src/run.ts';
import type { Paper, Shell } from '../src/shell.ts';

const SERVER = 'http://u.test';
const NOW = Date.parse('2026-03-01T12:00:00Z');

/** A request as the fake server sees it. `path` begins after the prefix of our own API. */
export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly headers: Headers;
};

/** Answers by `METHOD /path`: a body, a whole Response, or an Error that fetch throws. */
export type Answers = Readonly<Record<string, (asked: Asked) => object | Response | Error>>;

export type AShell = Shell & {
  readonly out: () => string;
  readonly err: () => string;
  readonly asked: Asked[];
  readonly slept: number[];
  readonly folder: string;
  readonly cas: string[];
  readonly updraft: (...argv: string[]) => Promise<number>;
};

type Wishes = {
  readonly answers?: Answers;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly columns?: number;
  readonly signal?: AbortSignal;
};

/** A shell of its own home, clock and server; nothing leaves the process. Sleeping moves the clock. */
export function aShell(wishes: Wishes = {}): AShell {
  const folder = mkdtempSync(path.join(tmpdir(), 'updraft-cli-'));
  // Inside of a test this is the end of that test.
  after(() => rmSync(folder, { recursive: true, force: true }));
  const [out, err] = [aPaper(wishes.columns), aPaper(wishes.columns)];
  const asked: Asked[] = [];
  const slept: number[] = [];
  const cas: string[] = [];
  let now = NOW;
  const stdin = new PassThrough();
  stdin.end(wishes.stdin ?? '');
  const shell: Shell = {
    env: { HOME: folder, UPDRAFT_SERVER: SERVER, UPDRAFT_TOKEN: 's3cret', ...wishes.env },
    stdin,
    stdout: out.paper,
    stderr: err.paper,
    host: 'desk',
    timeZone: 'Europe/Berlin',
    signal: wishes.signal ?? new AbortController().signal,
    fetch: fakeFetch(wishes.answers ?? {}, asked),
    now: () => now,
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
      now += milliseconds;
    },
    trustOnly: async (pem) => void cas.push(pem),
  };
  return {
    ...shell,
    out: out.text,
    err: err.text,
    asked,
    slept,
    folder,
    cas,
    updraft: async (...argv) => run(argv, shell),
  };
}

export function aProblem(status: number, code: string, more: object = {}): Response {
  return Response.json(
    { type: 'about:blank', title: code, status, code, detail: `About ${code}.`, ...more },
    { status },
  );
}

/** One page of a list that ends with it. */
export function aPage(...items: object[]): object {
  return { items, total: items.length, totalIsExact: true, next: null };
}

export function aLostConnection(): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) });
}

function fakeFetch(answers: Answers, asked: Asked[]): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const url = new URL(request.url);
    const text = await request.text();
    const one: Asked = {
      method: request.method,
      path: decodeURIComponent(url.pathname.replace(new RegExp(`^${API_PREFIX}`), '')),
      query: url.searchParams,
      body: text === '' ? null : JSON.parse(text),
      headers: request.headers,
    };
    asked.push(one);
    const answer = answers[`${one.method} ${one.path}`]?.(one) ?? aProblem(404, 'not-found');
    if (answer instanceof Error) throw answer;
    return answer instanceof Response ? answer : Response.json(answer);
  };
}

function aPaper(columns: number | undefined): { paper: Paper; text: () => string } {
  let text = '';
  const write = (piece: unknown) => {
    text += String(piece);
    return true;
  };
  const terminal = columns === undefined ? {} : { isTTY: true, columns };
  return { paper: { write, ...terminal }, text: () => text };
}
