import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Heard = {
  readonly method: string;
  readonly path: string;
  readonly range: string | null;
  readonly body: string;
};
export type Feedback = {
  readonly id: number;
  readonly status: {
    readonly execution: string;
    readonly result: { readonly finished: string; readonly progress: { readonly cnt: number; readonly of: number } };
    readonly details: readonly string[];
  };
};

/** What the server offers to every device, and how it misbehaves. */
export type Script = {
  offered: 'nothing' | 'deployment' | 'cancel';
  update: string;
  filename: string;
  version: string;
  /** Statuses for the next answers whose path contains the key; each is used once. */
  readonly statuses: Map<string, number[]>;
  sha1: string;
};

const ACTION = 7;
const OFFER = { filename: 'gateway.swu', version: '2.0' };

/** A DDI server that does what a test writes into its script, and remembers what devices said. */
export class ScriptedServer implements AsyncDisposable {
  readonly heard: Heard[] = [];
  readonly script: Script;
  readonly url: string;
  readonly #bundle: Buffer;
  readonly #server: Server;
  /** Devices that have closed their action: it is offered to them no more. */
  readonly #ended = new Set<string>();

  private constructor(server: Server, bundle: Buffer) {
    const sha1 = createHash('sha1').update(bundle).digest('hex');
    this.script = { offered: 'deployment', update: 'forced', ...OFFER, statuses: new Map(), sha1 };
    this.#server = server;
    this.#bundle = bundle;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => void this.#answer(request, response));
  }

  static async listen(bundle = Buffer.alloc(300_000, 'updraft')): Promise<ScriptedServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ScriptedServer(server, bundle);
  }

  get feedback(): Feedback[] {
    return this.#bodies('/feedback') as Feedback[];
  }

  get attributes(): Record<string, string>[] {
    return (this.#bodies('/configData') as { data: Record<string, string> }[]).map(({ data }) => data);
  }

  /** The shape of the conversation: methods and the last words of paths, in order. */
  get conversation(): string[] {
    return this.heard.map(({ method, path }) => `${method} ${path.split('/').slice(5).join('/') || 'base'}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #bodies(ending: string): unknown[] {
    return this.heard.filter(({ path }) => path.endsWith(ending)).map(({ body }) => JSON.parse(body) as unknown);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
    this.heard.push({ method, path, range: headers.range ?? null, body });
    const key = [...this.script.statuses.keys()].find((part) => `${method} ${path}`.includes(part));
    const status = key === undefined ? undefined : this.script.statuses.get(key)?.shift();
    if (status !== undefined) response.writeHead(status).end('not now');
    else if (path.endsWith('.swu')) this.#send(request, response);
    else if (method === 'GET') response.end(JSON.stringify(this.#resource(path)));
    else this.#take(path, body, response);
  }

  #take(path: string, body: string, response: ServerResponse): void {
    if (path.endsWith('/feedback') && (JSON.parse(body) as Feedback).status.execution === 'closed')
      this.#ended.add(deviceOf(path));
    response.end();
  }

  #resource(path: string): unknown {
    const device = `${this.url}${path.split('/').slice(0, 5).join('/')}`;
    if (path.includes('/deploymentBase/')) return this.#deployment(device);
    if (path.includes('/cancelAction/')) return { id: '8', cancelAction: { stopId: `${ACTION}` } };
    const links = {
      nothing: {},
      deployment: { deploymentBase: { href: `${device}/deploymentBase/${ACTION}?c=-1` } },
      cancel: { cancelAction: { href: `${device}/cancelAction/8` } },
    }[this.#ended.has(deviceOf(path)) ? 'nothing' : this.script.offered];
    return { config: { polling: { sleep: '00:00:10' } }, _links: links };
  }

  #deployment(device: string): unknown {
    const { filename, version, sha1, update } = this.script;
    const artifact = {
      filename,
      size: this.#bundle.length,
      hashes: { sha1 },
      _links: { 'download-http': { href: `${device}/${filename}` } },
    };
    const chunk = { part: 'os', name: 'os', version, artifacts: [artifact] };
    return { id: `${ACTION}`, deployment: { download: 'forced', update, chunks: [chunk] } };
  }

  #send(request: IncomingMessage, response: ServerResponse): void {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = { 'content-range': `bytes ${start}-${this.#bundle.length - 1}/${this.#bundle.length}` };
    const length = { 'content-length': this.#bundle.length - start };
    response.writeHead(start > 0 ? 206 : 200, { ...length, ...(start > 0 ? range : {}) });
    response.end(request.method === 'HEAD' ? undefined : this.#bundle.subarray(start));
  }
}

function deviceOf(path: string): string {
  return path.split('/')[4] ?? '';
}
