import { z } from 'zod';
import { Problem } from './problem.ts';
import type { ProblemCode } from './problem.ts';

/** A newer server may know codes that we do not. */
const AnyProblem = Problem.extend({ code: z.string() });

/** The server understood the request and said no. `message` is its sentence for people, which says what to do next. */
export class ApiProblem extends Error {
  readonly code: ProblemCode | (string & {});
  readonly status: number;
  readonly detail: string;
  /** A finer code where there is one, such as the verdict on a bundle. */
  readonly reason: string | undefined;
  readonly errors: NonNullable<Problem['errors']>;

  constructor(problem: z.output<typeof AnyProblem>) {
    super(problem.detail);
    this.name = 'ApiProblem';
    this.code = problem.code;
    this.status = problem.status;
    this.detail = problem.detail;
    this.reason = problem.reason;
    this.errors = problem.errors ?? [];
  }
}

/**
 * Why no answer of our API came back:
 * `server-unreachable`: no connection was made, so nothing was done; `connection-lost`: it ended before the answer, so the
 * request may have been done; `certificate-not-trusted`: the server's certificate is not one we accept; `answer-unexpected`:
 * something answered, but not this API; `name-not-addressable`: a parameter that no URL can carry.
 */
export type ApiFailureCode =
  | 'server-unreachable'
  | 'connection-lost'
  | 'certificate-not-trusted'
  | 'answer-unexpected'
  | 'name-not-addressable';

/** No answer of the API: the network, or something else that listens there. */
export class ApiFailure extends Error {
  readonly code: ApiFailureCode;

  constructor(code: ApiFailureCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ApiFailure';
    this.code = code;
  }
}

/** Reads an answer that is not a success: a problem of ours, or the words of something in between (a proxy, another server). */
export async function errorOf(response: Response): Promise<ApiProblem | ApiFailure> {
  if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400))
    return new ApiFailure('answer-unexpected', redirected(response));
  const text = await response.text();
  const problem = AnyProblem.safeParse(jsonOf(text));
  if (problem.success) return new ApiProblem(problem.data);
  return new ApiFailure(
    'answer-unexpected',
    `${response.url || 'The server'} answered ${response.status} ${response.statusText}, but not as an Updraft server does; check the address.`,
  );
}

function redirected(response: Response): string {
  const target = response.headers.get('location');
  return target === null
    ? 'The server answers with a redirect; use the address that it redirects to.'
    : `The server redirects to ${target}; use that address.`;
}

/** The value of a JSON text, or undefined where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
]);
const CERTIFICATE_CODES = /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$|HOSTNAME_MISMATCH)/;

/** Sorts what `fetch` threw; `baseUrl` is shown. An abort by the caller is not ours to judge and is returned as it is. */
export function failureOf(error: unknown, baseUrl: string): Error {
  if (error instanceof Error && error.name === 'AbortError') return error;
  if (error instanceof Error && error.name === 'TimeoutError')
    return new ApiFailure('connection-lost', `${baseUrl} did not answer in time; try again.`, error);
  const code = systemCodeOf(error);
  if (CERTIFICATE_CODES.test(code)) return certificateFailure(error, baseUrl, code);
  if (NEVER_CONNECTED.has(code))
    return new ApiFailure(
      'server-unreachable',
      `${baseUrl} cannot be reached (${code}); check the address and that the server runs.`,
      error,
    );
  return new ApiFailure(
    'connection-lost',
    `The connection to ${baseUrl} was lost before the answer (${code || 'no reason given'}); try again.`,
    error,
  );
}

function certificateFailure(error: unknown, baseUrl: string, code: string): ApiFailure {
  const advice =
    code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG'
      ? 'the server does not speak TLS there; use http://'
      : 'give the certificate of its CA (--ca FILE), or correct the address';
  return new ApiFailure('certificate-not-trusted', `No trusted connection to ${baseUrl} (${code}); ${advice}.`, error);
}

/** The system's code, which fetch hides in the cause of its TypeError, and happy eyeballs in an AggregateError's first error. */
function systemCodeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; depth += 1) {
    if ('code' in at && typeof at.code === 'string' && at.code !== '') return at.code;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return '';
}
