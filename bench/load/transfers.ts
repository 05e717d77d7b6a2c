import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import * as http from 'node:http';
import { Pace } from './paced.ts';

/** What the transfer process is asked to do, at `bytesPerSecond`. */
export type Transfer =
  | {
      readonly kind: 'upload';
      readonly url: string;
      readonly authorization: string;
      readonly bytes: number;
      readonly bytesPerSecond: number;
    }
  | {
      readonly kind: 'download';
      readonly url: string;
      readonly authorization: string;
      readonly bytesPerSecond: number;
    };
export type TransferResult = {
  readonly kind: Transfer['kind'];
  readonly status: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly answer: string;
};

const PIECE_BYTES = 256 * 1024;

/** Uploads and downloads in a process of their own, so that they share no event loop with the load generator. */
process.on('message', (transfers: readonly Transfer[]) => {
  void Promise.all(transfers.map((one) => (one.kind === 'upload' ? upload(one) : download(one)))).then((results) =>
    process.send?.(results),
  );
});

async function upload(transfer: Extract<Transfer, { kind: 'upload' }>): Promise<TransferResult> {
  const { url, authorization, bytes, bytesPerSecond } = transfer;
  const headers = { authorization, 'content-type': 'application/octet-stream', 'content-length': bytes };
  const request = http.request(url, { method: 'POST', headers });
  const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
  const pace = new Pace(bytesPerSecond);
  const piece = randomFillSync(Buffer.alloc(PIECE_BYTES));
  while (pace.bytes < bytes) {
    const length = Math.min(PIECE_BYTES, bytes - pace.bytes);
    // Each piece is another one, so that no store can know it already.
    const next = Buffer.from(piece.subarray(0, length));
    next.writeUInt32BE(pace.bytes / PIECE_BYTES);
    if (!request.write(next)) await once(request, 'drain');
    await pace.pass(length);
  }
  request.end();
  const [response] = await answered;
  const answer = Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>)).toString();
  return { kind: 'upload', status: response.statusCode ?? 0, bytes, seconds: pace.seconds, answer };
}

async function download(transfer: Extract<Transfer, { kind: 'download' }>): Promise<TransferResult> {
  const request = http.request(transfer.url, { headers: { authorization: transfer.authorization } }).end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const pace = new Pace(transfer.bytesPerSecond);
  for await (const piece of response as AsyncIterable<Buffer>) await pace.pass(piece.length);
  return { kind: 'download', status: response.statusCode ?? 0, bytes: pace.bytes, seconds: pace.seconds, answer: '' };
}
