import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { type BundleReport, createBundleReader } from '@updraft/bundles';
import { INTAKE_LIMITS } from './intake-limits.ts';

export type FileFacts = {
  readonly size: number;
  readonly sha256: string;
  readonly sha1: string;
  readonly md5: string;
  readonly report: BundleReport;
};

/** Reads a file once, from its first byte, while another thread is still appending to it. */
export interface FileFollower {
  /** The file may be read up to `to`; never less than told before. */
  grow(to: number): void;
  /** The file is complete at `size` bytes. Rejects when reading failed. */
  finish(size: number): Promise<FileFacts>;
  close(): Promise<void>;
}

/**
 * One pass: sha256 names the object, sha1 and md5 go to devices (DDI `hashes`), the reader says what a bundle holds.
 * Memory: one buffer and what the reader keeps. `listener` hears how far it is, or that it cannot go on.
 */
export function followFile(
  path: string,
  listener: { readonly consumed: (offset: number) => void; readonly broken: () => void },
): FileFollower {
  const handle = open(path, 'r');
  const hashes = { sha256: createHash('sha256'), sha1: createHash('sha1'), md5: createHash('md5') };
  const reader = createBundleReader();
  const buffer = Buffer.allocUnsafeSlow(INTAKE_LIMITS.bufferBytes);
  let limit = 0;
  let consumed = 0;
  let closed = false;
  let running: Promise<void> | null = null;

  async function catchUp(): Promise<void> {
    const file = await handle;
    while (consumed < limit && !closed) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, limit - consumed), consumed);
      if (bytesRead === 0)
        throw new Error(`the file ends at ${consumed}, before the ${limit} bytes it is said to have`);
      const bytes = buffer.subarray(0, bytesRead);
      for (const hash of Object.values(hashes)) hash.update(bytes);
      await reader.push(bytes);
      consumed += bytesRead;
      listener.consumed(consumed);
    }
  }

  /** At most one pass runs; after one failed every later one fails too, so that `finish` tells it. */
  function run(): Promise<void> {
    running = (running ?? Promise.resolve()).then(catchUp);
    running.catch(listener.broken);
    return running;
  }

  return {
    grow(to) {
      limit = Math.max(limit, to);
      void run();
    },
    async finish(size) {
      limit = size;
      await run();
      const report = await reader.end();
      const { sha256, sha1, md5 } = hashes;
      return { size, sha256: sha256.digest('hex'), sha1: sha1.digest('hex'), md5: md5.digest('hex'), report };
    },
    async close() {
      closed = true;
      await Promise.allSettled([running]);
      const [opened] = await Promise.allSettled([handle]);
      if (opened.status === 'fulfilled') await opened.value.close();
    },
  };
}
