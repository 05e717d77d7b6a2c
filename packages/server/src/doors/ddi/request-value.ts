import { readDdiBodyAs } from '@updraft/protocols';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';

/** What a request's body says, by its schema; null where it says nothing that can be read, or something else. */
export function requestValue<S extends z.ZodType>(request: FastifyRequest, schema: S): z.output<S> | null {
  if (!Buffer.isBuffer(request.body)) return null;
  const body = readDdiBodyAs(request.body, request.headers['content-type']);
  const parsed = body === 'unreadable' ? null : schema.safeParse(body.value);
  return parsed?.success === true ? parsed.data : null;
}
