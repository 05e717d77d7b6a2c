import { failureOf, jsonOf } from '@updraft/protocols';
import { MANAGEMENT_PREFIX, ManagementError, MAX_LIMIT, SourcePage } from '@updraft/protocols/hawkbit-management';
import { CliError } from '../cli-error.ts';
import { boundedText } from './bounded-text.ts';

const ANSWER_TIMEOUT_MILLISECONDS = 60_000;
/** Of one answer in JSON: a page of 500 rows has some hundred KiB. */
const ANSWER_MAX_BYTES = 64 * 1024 * 1024;
/** Pages of one list, so that a server that always says "more" comes to an end. */
const MAX_PAGES = 100_000;
const RETRY_PAUSES_MILLISECONDS = [500, 2_000, 8_000];
/** A server that asks for more patience than this is in trouble. */
const RETRY_AFTER_MAX_SECONDS = 60;

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
type Query = Readonly<Record<string, string>>;

/**
 * hawkBit's Management API as a client. The source of an import and its target speak it alike. Rejects with ManagementRefusal
 * (the server said no), CliError or ApiFailure (nothing can go on).
 */
export interface ManagementClient {
  readonly baseUrl: string;
  /** Every row of a list, page by page. A bare array is a list of one page. */
  list(path: string, query?: Query): AsyncGenerator<unknown, void>;
  /** Undefined where the server has nothing to show (204). */
  show(path: string, query?: Query): Promise<unknown>;
  /** What it answers, undefined without a body. Asked again only where the server says that it has done nothing. */
  send(method: Method, path: string, body?: unknown): Promise<unknown>;
  /** The raw answer, whose status is a success; the caller's signal bounds its time. */
  open(path: string, init: RequestInit): Promise<Response>;
}

/** A refusal that concerns one request: the others may go on. */
export class ManagementRefusal extends Error {
  readonly status: number;
  /** hawkBit's errorCode without its prefix; empty where the answer has none. */
  readonly key: string;

  constructor(status: number, key: string, message: string) {
    super(message);
    this.name = 'ManagementRefusal';
    this.status = status;
    this.key = key;
  }
}

export type ManagementClientOptions = {
  readonly baseUrl: string;
  readonly authorization: string;
  readonly fetch: typeof globalThis.fetch;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** What a refused credential means: 401. */
  readonly denied: () => CliError;
};

export function managementClient(options: ManagementClientOptions): ManagementClient {
  const { baseUrl } = options;

  async function open(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', options.authorization);
    const url = baseUrl + MANAGEMENT_PREFIX + path;
    const response = await settled(options.fetch(url, { redirect: 'manual', ...init, headers }), baseUrl);
    if (response.ok) return response;
    throw await refusalOf(response, options);
  }

  async function json(method: Method, path: string, body?: unknown): Promise<unknown> {
    const response = await open(path, {
      method,
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MILLISECONDS),
    });
    const text = await settled(boundedText(response, ANSWER_MAX_BYTES), baseUrl);
    if (text === '') return undefined;
    const answer = jsonOf(text);
    if (answer === undefined) throw unexpected(`${baseUrl} answered ${method} ${path} with something else than JSON.`);
    return answer;
  }

  const patient = (method: Method, path: string, body?: unknown) =>
    repeated(() => json(method, path, body), { isSafe: method === 'GET', sleep: options.sleep });
  const show = (path: string, query: Query = {}) => patient('GET', path + queryText(query));
  return { baseUrl, open, show, send: patient, list: (path, query) => rowsOf(show, path, query ?? {}) };
}

function queryText(query: Query): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? '' : `?${text}`;
}

async function* rowsOf(show: ManagementClient['show'], path: string, query: Query): AsyncGenerator<unknown, void> {
  let offset = 0;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const answer = await show(path, { ...query, offset: String(offset), limit: String(MAX_LIMIT) });
    if (answer === undefined) return;
    const page = SourcePage.safeParse(Array.isArray(answer) ? { content: answer } : answer);
    if (!page.success) throw unexpected(`The answer to GET ${path} is no list; check the address.`);
    const { content, total } = page.data;
    yield* content;
    offset += content.length;
    if (content.length === 0 || Array.isArray(answer) || offset >= (total ?? Number.POSITIVE_INFINITY)) return;
  }
  throw unexpected(`The list at ${path} does not end.`);
}

type Repeating = { readonly isSafe: boolean; readonly sleep: (milliseconds: number) => Promise<void> };

async function repeated<T>(work: () => Promise<T>, { isSafe, sleep }: Repeating): Promise<T> {
  for (const pause of RETRY_PAUSES_MILLISECONDS) {
    try {
      return await work();
    } catch (error) {
      const wait = pauseAfter(error, isSafe, pause);
      if (wait === null) throw error;
      await sleep(wait);
    }
  }
  return work();
}

/** A server that has too much to do has done nothing; what was lost or failed may be read again, not written. */
function pauseAfter(error: unknown, isSafe: boolean, pause: number): number | null {
  if (error instanceof ServerTrouble && (isSafe || error.hasDoneNothing))
    return Math.max(pause, error.retryAfterSeconds * 1000);
  return isSafe && error instanceof Error && 'code' in error && error.code === 'connection-lost' ? pause : null;
}

/** A passing trouble of the server itself. */
class ServerTrouble extends CliError {
  readonly hasDoneNothing: boolean;
  readonly retryAfterSeconds: number;

  constructor(response: Response, baseUrl: string) {
    const { status } = response;
    super(
      'unreachable',
      'server-in-trouble',
      `${baseUrl} answers ${status}; the same command goes on where it stopped.`,
    );
    this.hasDoneNothing = status === 429 || status === 503;
    const asked = Number(response.headers.get('retry-after') ?? '0');
    this.retryAfterSeconds = Number.isFinite(asked) ? Math.min(Math.max(asked, 0), RETRY_AFTER_MAX_SECONDS) : 0;
  }
}

async function refusalOf(response: Response, { baseUrl, denied }: ManagementClientOptions): Promise<Error> {
  const { status } = response;
  const text = await settled(boundedText(response, ANSWER_MAX_BYTES), baseUrl);
  if (status === 401) return denied();
  if (status >= 300 && status < 400)
    return unexpected(`${baseUrl} redirects to ${response.headers.get('location') ?? 'nowhere'}; use that address.`);
  const told = ManagementError.safeParse(jsonOf(text));
  const key = told.success ? told.data.errorCode.replace(/^hawkbit\.server\.error\./, '') : '';
  // Quotas are refusals under 429, too; only "too many requests" passes.
  const isQuota = key.startsWith('quota.');
  if (status >= 500 || (status === 429 && !isQuota)) return new ServerTrouble(response, baseUrl);
  return new ManagementRefusal(status, key, told.success ? told.data.message : `The server answered ${status}.`);
}

function unexpected(message: string): CliError {
  return new CliError('unreachable', 'answer-unexpected', message);
}

async function settled<T>(work: Promise<T>, baseUrl: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw failureOf(error, baseUrl);
  }
}
