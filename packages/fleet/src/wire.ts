import * as http from 'node:http';
import * as https from 'node:https';
import { performance } from 'node:perf_hooks';
import type { RequestKind, Statistics } from './statistics.ts';

/** Longest JSON answer that a device reads. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Downloads at the same time; the others wait for their turn. Each has a socket, and 10 000 would need as many files. */
const MAX_DOWNLOAD_SOCKETS = 1000;

/** What each client sends with every DDI request, SWUpdate also with those that carry no body; `charsets` is its own invention. */
const DDI_HEADERS = {
  swupdate: {
    'user-agent': 'libcurl-agent/1.0',
    'content-type': 'application/json',
    accept: 'application/json',
    charsets: 'utf-8',
  },
  'rauc-hawkbit-updater': {
    'user-agent': 'rauc-hawkbit-c-agent/1.0',
    'content-type': 'application/json;charset=UTF-8',
    accept: 'application/hal+json',
  },
} as const satisfies Record<string, http.OutgoingHttpHeaders>;
export type ClientName = keyof typeof DDI_HEADERS;

export type WireOptions = {
  /** Certificate authority that an `https:` server is checked with, PEM; the system's where it is not given. */
  readonly ca?: string;
  /** Sockets that all devices share for what is not a download, kept alive. */
  readonly maxSockets: number;
};

export type Call = {
  readonly kind: RequestKind;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly url: string;
  readonly authorization: string | null;
  readonly client: ClientName;
  readonly body?: string;
  /** First byte that is wanted, where the request resumes a download. */
  readonly from?: number;
};

/** `status` 0: nobody answered, and `cause` says why. */
export type Answer = { readonly status: number; readonly text: string; readonly cause?: Error };
export type Opened =
  | { readonly outcome: 'answered'; readonly status: number; readonly body: http.IncomingMessage }
  | { readonly outcome: 'unanswered'; readonly cause: Error };

/** The connections of a fleet: kept alive and shared, downloads apart, so that a slow one holds up nobody's poll. */
export class Wire implements Disposable {
  readonly #options: WireOptions;
  readonly #statistics: Statistics;
  readonly #agents = new Map<string, http.Agent>();

  constructor(options: WireOptions, statistics: Statistics) {
    this.#options = options;
    this.#statistics = statistics;
  }

  /** Makes the call and reads its whole answer. */
  async ask(call: Call): Promise<Answer> {
    const opened = await this.open(call);
    if (opened.outcome === 'unanswered') return { status: 0, text: '', cause: opened.cause };
    const read = await textOf(opened.body);
    return read instanceof Error ? { status: 0, text: '', cause: read } : { status: opened.status, text: read };
  }

  /** Makes the call and gives the body as it comes; whoever does not read it to its end destroys it. */
  async open(call: Call): Promise<Opened> {
    const startedAt = performance.now();
    const opened = await this.#send(call, true);
    const status = opened.outcome === 'answered' ? opened.status : 'unanswered';
    this.#statistics.answered(call.kind, status, performance.now() - startedAt);
    return opened;
  }

  [Symbol.dispose](): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  #send(call: Call, mayRetry: boolean): Promise<Opened> {
    const secure = call.url.startsWith('https:');
    const { promise, resolve } = Promise.withResolvers<Opened>();
    const request = (secure ? https : http).request(call.url, {
      method: call.method,
      headers: headersOf(call),
      agent: this.#agent(secure, call.kind === 'artifact'),
    });
    request.on('response', (body) => {
      // A server may answer before it said "continue"; the body still follows, for the connection to be usable again.
      if (!request.writableEnded) request.end(call.body);
      resolve({ outcome: 'answered', status: body.statusCode ?? 0, body });
    });
    request.on('error', (cause) => {
      // The server may close a kept socket in the moment in which we use it; libcurl tries a new one, and so do we.
      if (mayRetry && request.reusedSocket && 'code' in cause && cause.code === 'ECONNRESET')
        resolve(this.#send(call, false));
      else resolve({ outcome: 'unanswered', cause });
    });
    if (call.method === 'PUT') request.on('continue', () => request.end(call.body));
    else request.end(call.body);
    return promise;
  }

  #agent(secure: boolean, isDownload: boolean): http.Agent {
    const name = `${secure} ${isDownload}`;
    const known = this.#agents.get(name);
    if (known !== undefined) return known;
    const { ca, maxSockets } = this.#options;
    const options = { keepAlive: true, maxSockets: isDownload ? MAX_DOWNLOAD_SOCKETS : maxSockets };
    const agent = secure
      ? new https.Agent({ ...options, ...(ca === undefined ? {} : { ca }) })
      : new http.Agent(options);
    this.#agents.set(name, agent);
    return agent;
  }
}

/** libcurl asks for a `100 Continue` before each PUT, and for `application/octet-stream` where it fetches an artifact. */
function headersOf(call: Call): http.OutgoingHttpHeaders {
  const isArtifact = call.kind === 'artifact' || call.kind === 'head';
  return {
    ...DDI_HEADERS[call.client],
    ...(isArtifact ? { accept: 'application/octet-stream' } : {}),
    ...(call.authorization === null ? {} : { authorization: call.authorization }),
    ...(call.body === undefined ? {} : { 'content-length': Buffer.byteLength(call.body) }),
    ...(call.method === 'PUT' ? { expect: '100-continue' } : {}),
    ...(call.from === undefined ? {} : { range: `bytes=${call.from}-` }),
  };
}

async function textOf(body: http.IncomingMessage): Promise<string | Error> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > MAX_ANSWER_BYTES) return new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
      pieces.push(piece);
    }
  } catch (cause) {
    return new Error('the connection was cut inside an answer', { cause });
  }
  return Buffer.concat(pieces).toString();
}
