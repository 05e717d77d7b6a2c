import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TestServer } from '../a-server.ts';

/** Any JSON, looked into as tests like. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any;

export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined where there is none. */
  readonly body: Json;
};

export type Asked = {
  /** Text is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Authorization; null: none. Left out: the first user's. */
  readonly as?: string | null;
};

/** Asks as hawkBit's clients do: `ask(server, 'GET /targets')` goes on from `/rest/v1`; a path with two slashes stands for itself. */
export async function ask(server: Pick<TestServer, 'fetch'>, what: string, asked: Asked = {}): Promise<Reply> {
  const [method = '', path = ''] = what.split(/ (.*)/s);
  const { body, headers = {}, as } = asked;
  const type: Readonly<Record<string, string>> = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await server.fetch(path.startsWith('//') ? path.slice(1) : `/rest/v1${path}`, {
    method,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    headers: { ...type, ...headers },
    ...(as === undefined ? {} : { as }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, body: text === '' ? undefined : JSON.parse(text) };
}

/** The body of an answer that must have this status. */
export async function expect(
  server: Pick<TestServer, 'fetch'>,
  status: number,
  what: string,
  asked: Asked = {},
): Promise<Json> {
  const answer = await ask(server, what, asked);
  assert.equal(answer.status, status, `${what}: ${answer.text}`);
  if (status === 204) assert.equal(answer.text, '', what);
  return answer.body;
}

/** That an answer is hawkBit's error of this key. */
export function refusedAs(answer: Reply, status: number, key: string): void {
  const errorCode = `hawkbit.server.error.${key}`;
  assert.deepEqual({ status: answer.status, errorCode: answer.body?.errorCode }, { status, errorCode }, answer.text);
  assert.match(answer.body.exceptionClass, /^org\.eclipse\.hawkbit\./);
  assert.equal(typeof answer.body.message, 'string');
}

/** A name that no other row has. */
export function fresh(kind: string): string {
  return `${kind}-${randomUUID().slice(0, 8)}`;
}
