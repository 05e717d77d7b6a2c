import type { ManagementRoute } from '@updraft/protocols/hawkbit-management';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { unfitValue } from '../../http/parse-request.ts';
import type { ManagementRefusal } from './handler.ts';
import { turnScalars } from './turned-scalars.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The JSON of a body to hawkBit’s Management API. */
    bodyText: string;
  }
}

type Parts = { readonly params: never; readonly query: never; readonly body: never };

/**
 * Path, query and body through the route's schemas. A body whose values are of the wrong type is not readable, as to
 * hawkBit's JSON reader; what is missing, too long or malformed breaks a constraint. A null is as good as nothing.
 */
export function parseManagementRequest(route: ManagementRoute, request: FastifyRequest): Parts | ManagementRefusal {
  const params = parsePart(route.params, request.params);
  if ('error' in params) return { ...params, error: 'repo.constraintViolation' };
  const query = parsePart(route.query, mapped(request.query, once));
  if ('error' in query) return { ...query, error: 'repo.constraintViolation' };
  if (route.body !== undefined && request.body === undefined) {
    if (route.bodyIsOptional !== true)
      return { error: 'rest.body.notReadable', message: 'A request body is required.' };
    return { params: params.value as never, query: query.value as never, body: undefined as never };
  }
  const body = parsePart(route.body, request.body, request.bodyText);
  if ('error' in body) return body;
  return { params: params.value as never, query: query.value as never, body: body.value as never };
}

/** `text`: what the value was read from, where it is JSON. */
function parsePart(schema: z.ZodType | undefined, written: unknown, text = ''): { value: unknown } | ManagementRefusal {
  if (schema === undefined) return { value: undefined };
  const unfit = unfitValue(written, []);
  if (unfit !== null) return { error: 'repo.constraintViolation', message: `${unfit.path}: ${unfit.message}` };
  const value = withoutNulls(written);
  let parsed = schema.safeParse(value);
  if (!parsed.success && text !== '' && turnScalars(value, parsed.error.issues, text)) parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  const isUnreadable = parsed.error.issues.some((issue) => isOfWrongType(issue, value));
  const message = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`.trim()).join('; ');
  return { error: isUnreadable ? 'rest.body.notReadable' : 'repo.constraintViolation', message };
}

function mapped(query: unknown, map: (value: unknown) => unknown): unknown {
  return Object.fromEntries(Object.entries(query as object).map(([key, value]) => [key, map(value)]));
}

/** A parameter that is given more than once counts as one list: of numbers the first is taken. */
function once(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.every((one) => /^-?\d+$/.test(String(one))) ? value[0] : value.join(',');
}

/** The value's depth is bounded already. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)] as const])),
  );
}

const TYPE_ISSUES: readonly string[] = ['invalid_type', 'invalid_value', 'invalid_union'];

function isOfWrongType(issue: z.core.$ZodIssue, value: unknown): boolean {
  return TYPE_ISSUES.includes(issue.code) && valueAt(value, issue.path) !== undefined;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Readonly<Record<PropertyKey, unknown>>)[key] : undefined,
    value,
  );
}
