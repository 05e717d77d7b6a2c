import type { FastifyRequest } from 'fastify';
import type { Scope } from '../access/scope.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by authentication, before the body is read. */
    scope: Scope | null;
  }
}

/** The scope of an authenticated request; a route without authentication has none, and asking for it is a defect. */
export function scopeOf(request: FastifyRequest): Scope {
  if (request.scope === null || request.scope === undefined)
    throw new Error(`no scope for ${request.routeOptions.url}`);
  return request.scope;
}
