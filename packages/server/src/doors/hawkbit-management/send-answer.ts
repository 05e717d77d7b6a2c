import { hash } from 'node:crypto';
import type { ManagementRoute } from '@updraft/protocols/hawkbit-management';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { judgePreconditions } from '../../http/preconditions.ts';
import { HAL_MEDIA_TYPE, mediaTypeOf } from './media-type.ts';

/**
 * Answers as the route declares it: nothing is 204 where that is allowed, nulls are left out unless they are to be
 * written, and a GET has an ETag of its bytes, which a client that has them is answered 304.
 */
export function sendAnswer(
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  route: ManagementRoute,
  answer: unknown,
): FastifyReply {
  void reply.header('cache-control', 'no-cache, no-store, max-age=0, must-revalidate');
  const { status, body } = route.success;
  if (body === undefined || (answer === undefined && route.success.orEmpty))
    return reply.code(body === undefined ? status : 204).send();
  const text = JSON.stringify(answer, route.writesNulls ? undefined : leaveNullOut);
  void reply.code(status).type(mediaTypeOf(request.headers.accept) ?? HAL_MEDIA_TYPE);
  if (route.method !== 'GET') return reply.send(text);
  const etag = `"${hash('sha1', text, 'hex')}"`;
  void reply.header('etag', etag);
  const { 'if-none-match': ifNoneMatch } = request.headers;
  if (ifNoneMatch === undefined) return reply.send(text);
  const verdict = judgePreconditions({ 'if-none-match': ifNoneMatch }, { etag, lastModified: 0 });
  return verdict === 'not-modified' ? reply.code(304).removeHeader('content-type').send() : reply.send(text);
}

function leaveNullOut(_key: string, value: unknown): unknown {
  return value === null ? undefined : value;
}
