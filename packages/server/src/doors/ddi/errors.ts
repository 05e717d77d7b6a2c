import { ddiError, type DdiErrorCode } from '@updraft/protocols';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { DdiReply, DdiRequest } from './exchange.ts';

/** hawkBit's error body. */
export function sendDdiError<R extends DdiReply>(reply: R, code: DdiErrorCode): R {
  const { status, body } = ddiError(code);
  return reply.code(status).type('application/json').send(JSON.stringify(body));
}

export function sendEmpty<R extends DdiReply>(reply: R, status: number): R {
  return reply.code(status).header('content-length', 0).send();
}

/**
 * What failed while a file was asked for ends in a dropped connection: clients resume that, and would take the body of
 * an error status for the update.
 */
export function cutThrown(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  request.log.error({ err: error }, 'a download failed before its first byte');
  reply.hijack();
  reply.raw.destroy();
}

/** Codes of the store that say "later" or "no room", with their status; clients try again at their next poll. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  'storage-full': 507,
  'limit-reached': 503,
  'store-closed': 503,
  'database-unreachable': 503,
  FST_ERR_CTP_BODY_TOO_LARGE: 413,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 415,
  FST_ERR_CTP_EMPTY_TYPE: 415,
};

/** Whatever was thrown: a surprise shows nothing of its inside. */
export function sendDdiThrown(error: FastifyError, request: Pick<DdiRequest, 'log'>, reply: DdiReply): DdiReply {
  const status = Object.hasOwn(STATUS_OF_CODE, error.code) ? STATUS_OF_CODE[error.code] : error.statusCode;
  if (status === undefined || status === 500) request.log.error({ err: error }, 'device request failed');
  else request.log.info({ code: error.code }, 'device request refused');
  return sendEmpty(reply, status ?? 500);
}
