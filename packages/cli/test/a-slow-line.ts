import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A line to a server that can be cut, and that counts what goes up. */
export type SlowLine = {
  readonly url: string;
  /** Bytes sent towards the server since the last call. */
  takeSent(): number;
  /** Lets so many more bytes up, and then none: whoever sends waits. */
  allow(bytes: number): void;
  /** Resolves when the allowance is used up. */
  readonly stuck: () => Promise<void>;
  /** Cuts every connection that is open; new ones are taken, without a limit. */
  cut(): void;
};

/** A TCP relay to `target` that holds what goes up beyond its allowance. */
export async function aSlowLine(t: TestContext, target: string): Promise<SlowLine> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let [sent, allowed] = [0, Number.POSITIVE_INFINITY];
  let waiting = Promise.withResolvers<void>();
  const relay = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      socket.on('error', () => socket.destroy());
    }
    far.pipe(near);
    near.on('close', () => far.destroy());
    near.on('data', (piece: Buffer) => {
      const part = piece.subarray(0, Math.min(piece.length, allowed));
      sent += part.length;
      allowed -= part.length;
      if (part.length > 0 && !far.write(part)) {
        near.pause();
        far.once('drain', () => near.resume());
      }
      if (allowed > 0) return;
      near.pause();
      waiting.resolve();
    });
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    allowed = Number.POSITIVE_INFINITY;
    waiting = Promise.withResolvers<void>();
    for (const socket of open) socket.destroy();
  };
  t.after(() => {
    relay.close();
    cut();
  });
  return {
    url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    takeSent: () => {
      const before = sent;
      sent = 0;
      return before;
    },
    allow: (bytes) => {
      allowed = bytes;
    },
    stuck: async () => waiting.promise,
    cut,
  };
}
