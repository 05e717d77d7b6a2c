import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the bare server answers to every request. */
export type BareAnswer = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

/** The reference of the polls: node:http and nothing else, in a process of its own, answering always the same bytes. */
process.once('message', ({ headers, body }: BareAnswer) => {
  const bytes = Buffer.from(body);
  const server = createServer((_, response) => {
    response.writeHead(200, { ...headers, 'content-length': bytes.length });
    response.end(bytes);
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
});

// Who asked for it has gone.
process.once('disconnect', () => process.exit());
