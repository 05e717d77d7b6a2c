import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createReadingPool } from './postgres-connection.ts';

const KEEP_ALIVE_TIMER = '02';
/** Of the kernel's times towards programs. */
const TICKS_PER_SECOND = 100;
const [LOOKS, BETWEEN_MS] = [500, 10];

/** In how many seconds the kernel looks whether the other end of a connection of this port is still there; null: never. */
async function looksIn(port: number): Promise<number | null> {
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/\s+/));
  const own = lines.find(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16) === port);
  const [timer, ticks = ''] = own?.[5]?.split(':') ?? [];
  return timer === KEEP_ALIVE_TIMER ? Number.parseInt(ticks, 16) / TICKS_PER_SECOND : null;
}

test('a connection that stays though nothing comes is looked at before a firewall forgets it', async (t) => {
  if (process.platform !== 'linux') return t.skip('the kernel tells it in /proc');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const pool = createReadingPool(`postgresql://u@127.0.0.1:${port}/d`, { maxConnections: 1, onLost: () => undefined });
  const connecting = pool.connect().catch(() => null);
  const [socket] = (await once(server, 'connection')) as [Socket];
  // It has said who it is: its options are set, and hold once that is acknowledged.
  await once(socket, 'data');
  let seconds: number | null = null;
  for (let look = 0; look < LOOKS && seconds === null; look += 1) {
    seconds = await looksIn(socket.remotePort ?? 0);
    if (seconds === null) await sleep(BETWEEN_MS);
  }
  socket.destroy();
  await connecting;
  await pool.end();
  server.close();
  assert.ok(seconds !== null && seconds <= 60, String(seconds));
});
