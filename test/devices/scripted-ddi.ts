import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { ServerCertificate } from './certificates.ts';

const LOOK_AGAIN_MS = 10;
const SHOWN_BODY_CHARACTERS = 300;

export type Recorded = {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
};
export type Feedback = {
  /** Who said it; from the path. */
  readonly device: string;
  readonly id: number;
  readonly status: {
    readonly execution: string;
    readonly result: { readonly finished: string };
    readonly details: readonly string[];
  };
};
type Offer = { readonly action: number; readonly bundle: Buffer };

/**
 * The least that Debian's SWUpdate takes for a DDI server, over TLS: it records all requests and offers one bundle to each
 * device until that has reported an end. It shows that the harness works; what our own server does is shown against our own server.
 */
export class ScriptedDdi {
  readonly requests: Recorded[] = [];
  readonly url: string;
  readonly #server: Server;
  readonly #sleep: string;
  #offer: Offer | undefined;

  private constructor(server: Server, sleepText: string) {
    this.#server = server;
    this.#sleep = sleepText;
    this.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => void this.#answer(request, response));
  }

  /** `sleepText` is DDI's `HH:MM:SS` between two polls. */
  static async listen(certificate: ServerCertificate, sleepText = '00:00:01'): Promise<ScriptedDdi> {
    const [cert, key] = await Promise.all([readFile(certificate.certificateFile), readFile(certificate.keyFile)]);
    const server = createServer({ cert, key });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ScriptedDdi(server, sleepText);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  offer(action: number, bundle: Buffer): void {
    this.#offer = { action, bundle };
  }

  get feedback(): Feedback[] {
    const reports = this.requests.filter(({ path }) => path.endsWith('/feedback'));
    return reports.map(({ path, body }) => ({ ...(JSON.parse(body) as Feedback), device: deviceIn(path) }));
  }

  /** What SWUpdate says of itself, from its last PUT configData. */
  get attributes(): Record<string, string> {
    const put = this.requests.findLast(({ path }) => path.endsWith('/configData'));
    return put === undefined ? {} : (JSON.parse(put.body) as { data: Record<string, string> }).data;
  }

  /** Waits for the first report with `execution` closed. */
  async waitForEnd(timeoutMs: number): Promise<Feedback> {
    return this.waitForFeedback(({ status }) => status.execution === 'closed', timeoutMs);
  }

  async waitForFeedback(matches: (feedback: Feedback) => boolean, timeoutMs: number): Promise<Feedback> {
    return this.#waitFor(() => this.feedback.find(matches), timeoutMs);
  }

  async waitForAttributes(wanted: Record<string, string>, timeoutMs: number): Promise<void> {
    await this.#waitFor(() => (isDeepStrictEqual(this.attributes, wanted) ? wanted : undefined), timeoutMs);
  }

  /** Rejects with the requests that came instead. */
  async #waitFor<Found>(look: () => Found | undefined, timeoutMs: number): Promise<Found> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (performance.now() >= deadline)
        throw new Error(`not in ${timeoutMs} ms, only:\n${this.requests.map(oneLine).join('\n')}`);
      await sleep(LOOK_AGAIN_MS);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const body = await bodyOf(request);
    // A device that is switched off cuts what it was saying.
    if (body === undefined) return;
    this.requests.push({ method, path, authorization: headers.authorization, body });
    const offer = this.#offerFor(deviceIn(path));
    const place = placeIn(path);
    if (method === 'POST' || method === 'PUT') response.end();
    else if (place === '') json(response, this.#root(path, offer));
    else if (offer === undefined) response.writeHead(404).end();
    else if (place.startsWith('deploymentBase/')) json(response, this.#deployment(path, offer));
    else sendBundle(request, response, offer.bundle);
  }

  /** Every device gets the offer until it has closed it. */
  #offerFor(device: string): Offer | undefined {
    const ended = this.feedback.some((each) => each.device === device && each.status.execution === 'closed');
    return ended ? undefined : this.#offer;
  }

  #root(path: string, offer: Offer | undefined): unknown {
    const deployment = { href: `${this.url}${path}/deploymentBase/${offer?.action}?c=1` };
    const links = offer === undefined ? {} : { deploymentBase: deployment };
    return { config: { polling: { sleep: this.#sleep } }, _links: links };
  }

  #deployment(path: string, { action, bundle }: Offer): unknown {
    const artifact = {
      filename: 'bundle.swu',
      hashes: { sha1: createHash('sha1').update(bundle).digest('hex') },
      size: bundle.length,
      _links: { 'download-http': { href: `${this.url}${path.replace(/deploymentBase.*/, 'bundle.swu')}` } },
    };
    const chunk = { part: 'os', name: 'os', version: '1', artifacts: [artifact] };
    return { id: `${action}`, deployment: { download: 'forced', update: 'forced', chunks: [chunk] } };
  }
}

function oneLine({ method, path, body }: Recorded): string {
  return `${method} ${path} ${body.slice(0, SHOWN_BODY_CHARACTERS)}`;
}

/** Undefined when the connection ended before the body did. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  try {
    const pieces = await Array.fromAsync(request as AsyncIterable<Buffer>);
    return Buffer.concat(pieces).toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return undefined;
    throw error;
  }
}

/** "/tenant/controller/v1/device/place…" */
function deviceIn(path: string): string {
  return path.split('/')[4] ?? '';
}

function placeIn(path: string): string {
  return path.split('/').slice(5).join('/');
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** `Range: bytes=N-` is the only form that SWUpdate asks for. */
function sendBundle(request: IncomingMessage, response: ServerResponse, bundle: Buffer): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const partly = { 'content-range': `bytes ${start}-${bundle.length - 1}/${bundle.length}` };
  response.writeHead(start > 0 ? 206 : 200, { 'content-length': bundle.length - start, ...(start > 0 ? partly : {}) });
  response.end(request.method === 'HEAD' ? undefined : bundle.subarray(start));
}
