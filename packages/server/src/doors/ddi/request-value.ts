import { readDdiBodyAs } from '@updraft/protocols';
import type { z } from 'zod';
import type { DdiRequest } from './exchange.ts';

/** What a request's body says, by its schema; null where it says nothing that can be read, or something else. */
export function requestValue<S extends z.ZodType>(request: DdiRequest, schema: S): z.output<S> | null {
  if (!Buffer.isBuffer(request.body)) return null;
  const body = readDdiBodyAs(request.body, request.headers['content-type']);
  const parsed = body === 'unreadable' ? null : schema.safeParse(body.value);
  return parsed?.success === true ? parsed.data : null;
}
