import type { IncomingMessage } from 'node:http';

/** What a client may still send after it was refused, before its connection is cut: it should first read the answer. */
const DRAINED_BYTES = 64 * 1024 ** 2;

/** Lets the rest of a refused request's body pass, so that the answer arrives; but not without end. */
export function drainBody(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let drained = 0;
  request.on('data', (piece: Buffer) => {
    drained += piece.length;
    if (drained > DRAINED_BYTES) request.destroy();
  });
  request.on('error', () => request.destroy());
  request.resume();
}
