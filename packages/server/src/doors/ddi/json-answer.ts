import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Strong, of the body's bytes, as hawkBit's clients compare it. */
export function jsonEtag(body: string): string {
  return `"${hash('sha1', body, 'hex')}"`;
}

/**
 * Answers a GET with JSON: 304 where the client has it. The media type is what the client's Accept names of the two that
 * hawkBit has; any other Accept is answered all the same.
 */
export function sendJson(
  exchange: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  answer: { readonly body: string; readonly etag: string },
): FastifyReply {
  const { request, reply } = exchange;
  void reply.header('etag', answer.etag).header('cache-control', 'no-cache, no-store');
  if (namesEtag(request.headers['if-none-match'], answer.etag)) return reply.code(304).send();
  const isHal = request.headers.accept?.includes('application/hal+json') === true;
  return reply.type(isHal ? 'application/hal+json' : 'application/json').send(answer.body);
}

/** Weak comparison (RFC 9110 §13.1.2). */
function namesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((item) => item.trim() === '*' || item.trim().replace(/^W\//, '') === etag);
}
