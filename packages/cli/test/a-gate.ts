import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** A way to a server on which a request can be held. */
export type AGate = {
  readonly url: string;
  /** Requests by `METHOD path`, in the order in which they came. */
  readonly asked: readonly string[];
  /** The next answer to a path like this breaks off after so many bytes of it, and nothing ends it. Resolves when it hangs there. */
  readonly hold: (path: RegExp, afterBytes: number) => Promise<void>;
};

export async function aGate(t: TestContext, to: string): Promise<AGate> {
  const asked: string[] = [];
  let held: { readonly path: RegExp; readonly afterBytes: number; readonly hangs: () => void } | null = null;

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    asked.push(`${request.method} ${request.url}`);
    const hold = held !== null && held.path.test(request.url ?? '') ? held : null;
    if (hold !== null) held = null;
    const headers = { authorization: request.headers.authorization ?? '' };
    const answer = await fetch(to + request.url, { headers });
    const body = Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status, {
      'content-type': answer.headers.get('content-type') ?? '',
      'content-length': body.length,
    });
    if (hold === null) return void response.end(body);
    response.write(body.subarray(0, hold.afterBytes), hold.hangs);
  }

  const server = createServer((request, response) => void pass(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    hold: (path, afterBytes) =>
      new Promise((hangs) => {
        held = { path, afterBytes, hangs };
      }),
  };
}
