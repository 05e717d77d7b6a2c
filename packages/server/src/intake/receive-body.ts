import type { Following } from './inspector.ts';
import { INTAKE_LIMITS } from './intake-limits.ts';
import { StorageFull, type UploadFile } from './upload-file.ts';

/** How the reading of a body ended. What was received before is safe on disk, except after `storage-full`. */
export type Reception = 'complete' | 'too-large' | 'client-left' | 'storage-full';

/** Bytes that arrive: a request's body, or the file in a form. */
export interface BodySource {
  iterator(options?: { destroyOnReturn?: boolean }): AsyncIterator<Buffer>;
  /** Cuts off what is still to come. */
  destroy(): void;
}

export type ReceiveOptions = {
  /** The file may not become larger. */
  readonly maxBytes: number;
  /** Follows what is written; null where the bytes may still be taken back. */
  readonly following: Following | null;
};

/**
 * Appends a request's body to the file and makes it safe. No faster than the disk and the inspector take it: memory holds
 * one piece of the network. Where the disk is full, what this body brought is taken back.
 */
export async function receiveBody(request: BodySource, file: UploadFile, options: ReceiveOptions): Promise<Reception> {
  const start = file.safe;
  try {
    const reception = await appendPieces(request, file, options);
    const size = await file.sync();
    options.following?.grow(size);
    return reception;
  } catch (error) {
    if (!(error instanceof StorageFull)) throw error;
    await file.cut(start);
    return 'storage-full';
  }
}

async function appendPieces(
  request: BodySource,
  file: UploadFile,
  { maxBytes, following }: ReceiveOptions,
): Promise<Reception> {
  const pieces = request.iterator({ destroyOnReturn: false });
  let position = file.safe;
  let told = position;
  try {
    for (;;) {
      const next = await nextPiece(pieces);
      if (next === 'end') return 'complete';
      if (next === 'client-left') return 'client-left';
      if (position + next.length > maxBytes) return 'too-large';
      await file.write(next, position);
      position += next.length;
      if (position - file.safe >= INTAKE_LIMITS.unsafeBytes) await file.sync();
      if (following !== null && position - told >= INTAKE_LIMITS.bufferBytes) {
        following.grow(position);
        told = position;
        await following.near(INTAKE_LIMITS.unhashedBytes);
      }
    }
  } finally {
    await pieces.return?.();
  }
}

/** Whatever ends a request early, a reset, a timeout or our own abort, is the same to us: its client may come back. */
async function nextPiece(pieces: AsyncIterator<Buffer>): Promise<Buffer | 'end' | 'client-left'> {
  try {
    const { done, value } = await pieces.next();
    return done ? 'end' : value;
  } catch (error) {
    if (error instanceof Error) return 'client-left';
    throw error;
  }
}
