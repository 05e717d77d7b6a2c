import http from 'node:http';

/** A request as it goes out. `path` and header values hold Latin-1 only: node:http sends nothing else. */
export type WireRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
};

export type WireAnswer = {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** No more than the wire keeps. */
  readonly text: string;
};

/** So long an answer may take, however slow the machine is. */
const LIMIT_MS = 60_000;

export interface Wire extends AsyncDisposable {
  /** Throws where the connection breaks before the answer is whole. */
  send(request: WireRequest): Promise<WireAnswer>;
}

export type WireLimits = {
  readonly connections: number;
  /** Of an answer so much is kept; the rest is read and forgotten. */
  readonly keptBytes: number;
};

/** Connections that stay open, as a fleet's and a script's do. */
export function openWire(url: string, { connections, keptBytes }: WireLimits): Wire {
  const { hostname, port } = new URL(url);
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  return {
    send: ({ method, path, headers, body }) =>
      exchange({ hostname, port, agent, method, path, headers: { ...lengthOf(body), ...headers } }, body, keptBytes),
    [Symbol.asyncDispose]: async () => agent.destroy(),
  };
}

function lengthOf(body: Buffer | null): Readonly<Record<string, string>> {
  return body === null ? {} : { 'content-length': String(body.length) };
}

function exchange(options: http.RequestOptions, body: Buffer | null, keptBytes: number): Promise<WireAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<WireAnswer>();
  const request = http.request(options);
  request.on('error', reject);
  request.setTimeout(LIMIT_MS, () => request.destroy(new Error(`no answer in ${LIMIT_MS} ms`)));
  request.on('response', (response) => {
    const { statusCode: status = 0, headers } = response;
    const pieces: Buffer[] = [];
    let kept = 0;
    const done = () => resolve({ status, headers, text: Buffer.concat(pieces).toString() });
    response.on('error', reject);
    // A stream of events has no end.
    if (headers['content-type']?.startsWith('text/event-stream') === true) {
      done();
      response.destroy();
      return;
    }
    response.on('data', (piece: Buffer) => {
      if (kept < keptBytes) pieces.push(piece);
      kept += piece.length;
    });
    response.on('end', done);
  });
  request.end(body ?? undefined);
  return promise;
}
