import { hash } from 'node:crypto';
import { CBOR, ddiMediaTypeFor, encodeCbor } from '@updraft/protocols';
import { sendEmpty } from './errors.ts';
import type { DdiExchange, DdiReply } from './exchange.ts';
import type { JsonAnswer } from './known-answers.ts';

/** Strong, of the body's bytes, as hawkBit's clients compare it. */
export function jsonEtag(body: string): string {
  return `"${hash('sha1', body, 'hex')}"`;
}

/** Answers a GET with JSON, or its CBOR: 304 where the client has it, 406 where its Accept names nothing that we have. */
export function sendJson(exchange: DdiExchange, answer: JsonAnswer): DdiReply {
  const { request, reply } = exchange;
  const mediaType = ddiMediaTypeFor(request.headers.accept);
  if (mediaType === null) return sendEmpty(reply, 406);
  const isCbor = mediaType === CBOR;
  const etag = isCbor ? `${answer.etag.slice(0, -1)}.cbor"` : answer.etag;
  reply.header('etag', etag).header('cache-control', 'no-cache, no-store');
  if (namesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send();
  return reply.type(mediaType).send(isCbor ? Buffer.from(encodeCbor(JSON.parse(answer.body))) : answer.body);
}

/** The same, of a value. */
export function sendValue(exchange: DdiExchange, value: object): DdiReply {
  const body = JSON.stringify(value);
  return sendJson(exchange, { body, etag: jsonEtag(body) });
}

/** Weak comparison (RFC 9110 §13.1.2). */
function namesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((item) => item.trim() === '*' || item.trim().replace(/^W\//, '') === etag);
}
