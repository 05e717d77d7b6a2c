import { managementError, type ManagementErrorKey } from '@updraft/protocols/hawkbit-management';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { ManagementRefusal } from './handler.ts';
import { mediaTypeOf } from './media-type.ts';

/** hawkBit's error body, in the media type that the client takes. */
export function sendRefusal(request: FastifyRequest, reply: FastifyReply, refusal: ManagementRefusal): FastifyReply {
  const { status, body } = managementError(refusal.error, refusal.message);
  return reply
    .code(status)
    .type(mediaTypeOf(request.headers.accept) ?? 'application/json')
    .send(JSON.stringify(body));
}

/** Turns whatever was thrown into an error body; a surprise shows its request id and nothing of its inside. */
export function sendManagementThrown(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = hasLeft(error, request) ? BROKEN_OFF : refusalOf(error);
  if (known === null) request.log.error({ err: error }, 'management request failed');
  else request.log.info({ code: error.code }, 'management request refused');
  const message = `Something went wrong inside the server; its log tells more under the request id ${request.id}.`;
  return sendRefusal(request, reply, known ?? { error: 'internal', message });
}

/** Nobody is there to be told; it is no fault of ours either. */
const BROKEN_OFF: ManagementRefusal = { error: 'rest.body.notReadable', message: 'The request broke off.' };

/** Also one whose request was whole: what is not read of it by then is gone. */
function hasLeft({ code }: FastifyError, { raw }: FastifyRequest): boolean {
  return code === 'ECONNRESET' && raw.destroyed;
}

const REFUSALS: Readonly<Record<string, readonly [ManagementErrorKey, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['rest.bodyTooLarge', 'The body is larger than this operation takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['rest.mediaTypeNotSupported', 'Send the body as application/json.'],
  FST_ERR_CTP_EMPTY_TYPE: ['rest.mediaTypeNotSupported', 'Send the body as application/json.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['rest.body.notReadable', 'The given request body is not well formed'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['rest.body.notReadable', 'The given request body is not well formed'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['rest.body.notReadable', 'The body is not as long as Content-Length says.'],
  FST_ERR_BAD_URL: ['rest.notFound', 'The path is not a well-formed address.'],
  FST_ERR_MAX_PARAM_LENGTH: ['rest.notFound', 'The path is not a well-formed address.'],
  'storage-full': ['storageFull', 'The disk of the server is full; free some space, then try again.'],
  'not-ready': ['notReady', 'The server is not ready; try again in a moment.'],
  'store-closed': ['notReady', 'The server is not ready; try again in a moment.'],
  'database-unreachable': ['notReady', 'The server is not ready; try again in a moment.'],
};

function refusalOf({ code, statusCode }: FastifyError): ManagementRefusal | null {
  const [error, message] = Object.hasOwn(REFUSALS, code ?? '') ? (REFUSALS[code] ?? []) : [];
  if (error !== undefined && message !== undefined) return { error, message };
  return statusCode === 400 ? { error: 'rest.body.notReadable', message: 'The request is malformed.' } : null;
}
