import type { Route } from '@updraft/protocols';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { FieldError, Refusal } from './problems.ts';

export const MAX_BODY_DEPTH = 32;

type Parts = { readonly params: never; readonly query: never; readonly body: never };

/**
 * Path, query and body through the route's schemas; every wrong field is listed. A path that cannot name anything is
 * a thing that does not exist.
 */
export function parseRequest(route: Route, request: FastifyRequest): Parts | Refusal {
  const params = parsePart(route.params, request.params);
  if ('errors' in params)
    return { problem: 'not-found', detail: `The path names nothing: ${sentence(params.errors)}.` };
  const query = parsePart(route.query, request.query);
  if ('errors' in query) return { problem: 'query-invalid', detail: sentence(query.errors), errors: query.errors };
  const body = parsePart(route.body, request.body);
  if ('errors' in body) return { problem: 'body-invalid', detail: sentence(body.errors), errors: body.errors };
  return { params: params.value as never, query: query.value as never, body: body.value as never };
}

function parsePart(schema: z.ZodType | undefined, value: unknown): { value: unknown } | { errors: FieldError[] } {
  if (schema === undefined) return { value: undefined };
  const refused = unfitValue(value, []);
  if (refused !== null) return { errors: [refused] };
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  return { errors: parsed.error.issues.map((issue) => ({ path: pathOf(issue.path), message: issue.message })) };
}

/**
 * Text that SQLite, PostgreSQL and memory would not compare alike is refused at this edge: U+0000, and halves of
 * surrogate pairs. So is nesting that would exhaust the stack of whoever walks the value.
 */
export function unfitValue(value: unknown, path: readonly string[]): FieldError | null {
  if (typeof value === 'string') {
    return value.includes('\u0000') || !value.isWellFormed()
      ? { path: pathOf(path), message: 'U+0000 and unpaired surrogates are not allowed' }
      : null;
  }
  if (typeof value !== 'object' || value === null) return null;
  if (path.length >= MAX_BODY_DEPTH) return { path: pathOf(path), message: `more than ${MAX_BODY_DEPTH} levels` };
  for (const [key, inner] of Object.entries(value)) {
    const unfit = unfitValue(key, path) ?? unfitValue(inner, [...path, key]);
    if (unfit !== null) return unfit;
  }
  return null;
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}

function sentence(errors: readonly FieldError[]): string {
  return errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
}
