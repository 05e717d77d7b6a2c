import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

/** What a device has asked the proxy for. */
export type Fetched = {
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly status: number;
};

const MIRROR = '/mirror';
const ARTIFACT = /\/artifacts\/[^/]+$/;
const DEVICE = /\/controller\/v1\/([^/]+)\//;

/**
 * A plain proxy of a site, before a server with HTTPS. It sends who asks for an artifact on to a mirror at an address of its
 * own, and vouches for a device that fetches one without a credential: it knows them by their wires.
 */
export class SiteProxy implements AsyncDisposable {
  readonly url: string;
  readonly fetched: Fetched[] = [];
  readonly #listener: http.Server;
  readonly #agent = new https.Agent({ keepAlive: true });

  private constructor(listener: http.Server, serverUrl: string, movesArtifacts: boolean) {
    this.#listener = listener;
    this.url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    listener.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      const { url: path = '', method = '' } = request;
      const note = (status: number) => this.fetched.push({ method, path, range: request.headers.range, status });
      if (movesArtifacts && ARTIFACT.test(path) && !path.startsWith(MIRROR)) {
        note(302);
        response.writeHead(302, { location: this.url + MIRROR + path }).end();
        return;
      }
      const to = new URL(path.startsWith(MIRROR) ? path.slice(MIRROR.length) : path, serverUrl);
      const onward = https.request(to, { method, headers: vouchedHeaders(request), agent: this.#agent }, (answer) => {
        note(answer.statusCode ?? 0);
        answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers));
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    });
  }

  static async open(serverUrl: string, { movesArtifacts }: { readonly movesArtifacts: boolean }): Promise<SiteProxy> {
    const listener = http.createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new SiteProxy(listener, serverUrl, movesArtifacts);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    this.#listener.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }
}

/** The device has spoken plain HTTP; a name in the header of a proxy is the proxy's own word. */
function vouchedHeaders({ headers, url = '' }: http.IncomingMessage): http.OutgoingHttpHeaders {
  const { 'x-controller-id': _said, expect: _answered, ...sent } = headers;
  const [, device] = DEVICE.exec(url) ?? [];
  const vouched = sent.authorization === undefined && device !== undefined ? { 'x-controller-id': device } : {};
  return { ...sent, ...vouched, 'x-forwarded-proto': 'http', 'x-authority': 'site' };
}
