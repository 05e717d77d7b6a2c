import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';

/** Below it stand what servers of a machine listen on by themselves. */
const FIRST_PORT = 10_000;

/**
 * A port of 127.0.0.1 that is free, and that the system gives nobody who asks for any port: a server may let go of it and
 * come back, though many others of a run begin to listen meanwhile.
 */
export async function lastingPort(): Promise<number> {
  const [firstGiven = 0] = (await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')).split(/\s+/).map(Number);
  for (;;) {
    const port = randomInt(FIRST_PORT, firstGiven);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}
