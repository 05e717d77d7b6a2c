import { PROBLEM_STATUS, type Problem, type ProblemCode } from '@updraft/protocols';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES } from './node-http.ts';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** An expected refusal, as handlers return it. */
export type Refusal = {
  readonly problem: ProblemCode;
  /** What is wrong with this request, and what to do next. */
  readonly detail: string;
  /** A finer code, such as the verdict on a bundle. */
  readonly reason?: string | undefined;
  readonly errors?: readonly FieldError[] | undefined;
  /** With `events-gone`. */
  readonly oldestPosition?: number | undefined;
};
export type FieldError = { readonly path: string; readonly message: string };

/** Answers a refusal as RFC 9457 problem details. */
export function sendProblem(reply: FastifyReply, refusal: Refusal): FastifyReply {
  const status = PROBLEM_STATUS[refusal.problem];
  const body: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code: refusal.problem,
    detail: refusal.detail,
    ...(refusal.reason === undefined ? {} : { reason: refusal.reason }),
    ...(refusal.oldestPosition === undefined ? {} : { oldestPosition: refusal.oldestPosition }),
    ...(refusal.errors === undefined ? {} : { errors: [...refusal.errors] }),
  };
  return reply.code(status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(body));
}

/** Codes that every operation may answer, with what to do next. */
const COMMON_DETAILS = {
  'not-found': 'There is no such thing here; look at the list for what there is.',
  'precondition-failed': 'It was changed since you read it; read it again, then repeat the change with the new ETag.',
  'idempotency-key-reused': 'This Idempotency-Key came with another request before; use a new key for a new request.',
} as const satisfies Partial<Record<ProblemCode, string>>;
type CommonCode = keyof typeof COMMON_DETAILS;

/** A command's refusal in words: the common codes are known here, the others a handler explains. */
export function refusalOf<C extends ProblemCode>(
  code: C,
  details: Readonly<Record<Exclude<C, CommonCode>, string>> & Partial<Record<CommonCode, string>>,
): Refusal {
  const known: Partial<Record<ProblemCode, string>> = { ...COMMON_DETAILS, ...details };
  return { problem: code, detail: known[code] ?? code };
}

/** Turns whatever was thrown into a problem; a surprise shows its request id and nothing of its inside. */
export function sendThrown(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = refusalOfFramework(error) ?? refusalOfCode(error);
  if (refusal !== null) {
    request.log.info({ code: refusal.problem, err: { message: error.message } }, 'request refused');
    return sendProblem(reply, refusal);
  }
  request.log.error({ err: error }, 'request failed');
  return sendProblem(reply, {
    problem: 'internal-error',
    detail: `Something went wrong inside the server; its log tells more under the request id ${request.id}.`,
  });
}

/** Fastify's own errors, by their frozen codes. */
function refusalOfFramework(error: FastifyError): Refusal | null {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return { problem: 'body-too-large', detail: 'The body is larger than this operation takes.' };
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return { problem: 'media-type-unsupported', detail: 'Send the body as application/json.' };
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return { problem: 'body-invalid', detail: 'The body is not JSON.' };
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return { problem: 'header-invalid', detail: 'The body is not as long as Content-Length says.' };
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return { problem: 'route-unknown', detail: 'The path is not a well-formed address.' };
    default:
      return error.statusCode === 400 ? { problem: 'body-invalid', detail: 'The request is malformed.' } : null;
  }
}

/** Errors of the store and of other parts carry codes of which some are answers to the client. */
const ANSWERABLE_CODES: Readonly<Record<string, Refusal>> = {
  'storage-full': {
    problem: 'storage-full',
    detail: 'The disk of the server is full; free some space, then try again.',
  },
  'not-ready': { problem: 'not-ready', detail: 'The server is not ready; try again in a moment.' },
};

function refusalOfCode(error: { readonly code?: unknown }): Refusal | null {
  return typeof error.code === 'string' && Object.hasOwn(ANSWERABLE_CODES, error.code)
    ? (ANSWERABLE_CODES[error.code] ?? null)
    : null;
}
