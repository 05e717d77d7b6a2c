import type { z } from 'zod';
import { ApiFailure, errorOf, failureOf, jsonOf } from './client-error.ts';
import { API_PREFIX } from './route.ts';
import type { Route, RouteAnswer, RouteBody, RouteParams, RouteQuery } from './route.ts';
import { apiRoutes } from './routes.ts';
import type { ApiRouteName, ApiRoutes } from './routes.ts';

export const REQUEST_TIMEOUT_MILLISECONDS = 60_000;

export type ApiClientOptions = {
  /** Where the server is, with a path if a proxy puts one before: `https://updates.example.org`. */
  readonly baseUrl: string;
  /** The whole header value, `Bearer …` or `Basic …`; null for open routes only. */
  readonly authorization: string | null;
  /** In place of the global one. */
  readonly fetch?: typeof globalThis.fetch;
};

type ParamsOf<R extends Route> = R['params'] extends z.ZodType ? { readonly params: RouteParams<R> } : unknown;
type QueryOf<R extends Route> = R['query'] extends z.ZodType ? { readonly query?: RouteQuery<R> } : unknown;
type BodyOf<R extends Route> = R['body'] extends z.ZodType ? { readonly body: RouteBody<R> } : unknown;
type ChangesOf<R extends Route> = R extends { changes: true } ? { readonly ifMatch?: number } : unknown;
type CreatesOf<R extends Route> = R extends { creates: true } ? { readonly idempotencyKey?: string } : unknown;
type Signal = { readonly signal?: AbortSignal };

/** What a call of this route takes: `ifMatch` is the `revision` that the caller has seen. */
export type CallInput<N extends ApiRouteName> = ParamsOf<ApiRoutes[N]> &
  QueryOf<ApiRoutes[N]> &
  BodyOf<ApiRoutes[N]> &
  ChangesOf<ApiRoutes[N]> &
  CreatesOf<ApiRoutes[N]> &
  Signal;

/** What it answers. */
export type CallAnswer<N extends ApiRouteName> = RouteAnswer<ApiRoutes[N]>;

type CallArguments<N extends ApiRouteName> =
  Signal extends CallInput<N> ? [input?: CallInput<N>] : [input: CallInput<N>];

/** Our own API by the names of its routes. Rejects with ApiProblem (the server said no) or ApiFailure (no answer of it). */
export interface ApiClient {
  readonly baseUrl: string;
  call<N extends ApiRouteName>(name: N, ...input: CallArguments<N>): Promise<CallAnswer<N>>;
  /** For what is not JSON (bytes, event streams): the raw answer, whose status is a success. `path` begins after the prefix. */
  open(path: string, init?: RequestInit): Promise<Response>;
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;
type LooseInput = {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: Query;
  readonly body?: unknown;
  readonly ifMatch?: number;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
};

/** A client over `fetch`; works in Node and in browsers. Answers are checked against the route's schema. */
export function apiClient(options: ApiClientOptions): ApiClient {
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  const request = options.fetch ?? globalThis.fetch;

  async function open(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (options.authorization !== null) headers.set('authorization', options.authorization);
    const response = await settled(
      request(baseUrl + API_PREFIX + path, { redirect: 'manual', ...init, headers }),
      baseUrl,
    );
    if (response.ok) return response;
    throw await settled(errorOf(response), baseUrl);
  }

  async function call<N extends ApiRouteName>(name: N, ...[input]: CallArguments<N>): Promise<CallAnswer<N>> {
    const route: Route = apiRoutes[name];
    const { path, init } = requestOf(route, (input ?? {}) as LooseInput);
    const response = await open(path, init);
    const text = await settled(response.text(), baseUrl);
    return answerOf(route, text, `${route.method} ${response.url}`) as CallAnswer<N>;
  }

  return { baseUrl, open, call };
}

function requestOf(route: Route, input: LooseInput): { path: string; init: RequestInit } {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (input.body !== undefined) headers['content-type'] = 'application/json';
  if (input.ifMatch !== undefined) headers['if-match'] = `"${input.ifMatch}"`;
  if (input.idempotencyKey !== undefined) headers['idempotency-key'] = input.idempotencyKey;
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MILLISECONDS);
  const signal = input.signal === undefined ? timeout : AbortSignal.any([input.signal, timeout]);
  const body = input.body === undefined ? null : JSON.stringify(input.body);
  return {
    path: pathOf(route.path, input.params ?? {}) + queryOf(input.query ?? {}),
    init: { method: route.method, headers, body, signal },
  };
}

function pathOf(template: string, params: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(params[name] ?? '');
    // URLs resolve dot segments, also written as %2E, before anything is sent (WHATWG URL, 4.4): these names cannot be asked for.
    if (value === '' || value === '.' || value === '..')
      throw new ApiFailure('name-not-addressable', `"${value}" cannot stand in an address as ${name}.`);
    return encodeURIComponent(value);
  });
}

function queryOf(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}

function answerOf(route: Route, text: string, asked: string): unknown {
  if (route.success.body === undefined) return undefined;
  const answer = route.success.body.safeParse(jsonOf(text));
  if (answer.success) return answer.data;
  throw new ApiFailure(
    'answer-unexpected',
    `The answer to ${asked} is not what this version expects; the server may be of another version, or the address may be wrong.`,
    answer.error,
  );
}

async function settled<T>(work: Promise<T>, baseUrl: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw failureOf(error, baseUrl);
  }
}
