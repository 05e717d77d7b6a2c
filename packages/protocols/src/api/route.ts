import type { z } from 'zod';
import type { ProblemCode } from './problem.ts';

/**
 * One operation of our own API as data: the server mounts it, the client calls it by name, the OpenAPI document shows
 * it. Paths are relative to {@link API_PREFIX} and write parameters as `{name}`.
 */
export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** Longer explanation, in Markdown. */
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly success: { readonly status: 200 | 201 | 202 | 204; readonly body?: z.ZodType };
  readonly errors: readonly ProblemCode[];
  /** No credential is asked. */
  readonly open?: true;
  /** Takes `Idempotency-Key`. Every creation does. */
  readonly creates?: true;
  /** Answers an `ETag`. */
  readonly versioned?: true;
  /** Honours `If-Match`; a change that names a stale revision is refused. */
  readonly changes?: true;
};

export const API_PREFIX = '/api/v1';

export type RouteParams<R extends Route> = R['params'] extends z.ZodType ? z.output<R['params']> : Record<never, never>;
export type RouteQuery<R extends Route> = R['query'] extends z.ZodType ? z.input<R['query']> : Record<never, never>;
export type RouteBody<R extends Route> = R['body'] extends z.ZodType ? z.input<R['body']> : undefined;
export type RouteAnswer<R extends Route> = R['success']['body'] extends z.ZodType
  ? z.output<R['success']['body']>
  : undefined;
