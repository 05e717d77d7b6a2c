import { randomUUID } from 'node:crypto';

/** A form of one file, which is written while it is read (RFC 7578). */
export function formOf(bytes: AsyncIterable<Uint8Array>): {
  readonly contentType: string;
  readonly body: ReadableStream<Uint8Array>;
} {
  const boundary = `updraft-${randomUUID()}`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: ReadableStream.from(partsOf(boundary, bytes)),
  };
}

async function* partsOf(boundary: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const head =
    'Content-Disposition: form-data; name="file"; filename="artifact"\r\nContent-Type: application/octet-stream';
  yield Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`);
  yield* bytes;
  yield Buffer.from(`\r\n--${boundary}--\r\n`);
}
