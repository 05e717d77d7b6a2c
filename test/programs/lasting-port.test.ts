import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { lastingPort } from './lasting-port.ts';

/** Enough that each of the ports that the system gives would be met. */
const LISTENERS = 300;

test('a port that lasts is given to none of those who ask for any', async (t) => {
  const ports = new Set(await Promise.all(Array.from({ length: 20 }, lastingPort)));
  const lowest = Math.min(...(await Promise.all(Array.from({ length: LISTENERS }, () => givenPort(t)))));
  for (const port of ports) assert.ok(port < lowest, `${port} is one of those that are given from ${lowest} on`);
});

async function givenPort(t: { readonly after: (letGo: () => void) => void }): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
