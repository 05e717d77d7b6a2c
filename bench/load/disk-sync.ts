import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';

const SYNC_BYTES = 4096;
const SYNC_SECONDS = 0.5;

/** How often a second this disk makes an appended page of 4 KiB durable, one after the other. */
export function syncsPerSecond(file: string): number {
  const descriptor = openSync(file, 'a');
  const page = Buffer.alloc(SYNC_BYTES, 1);
  const startedAt = performance.now();
  let syncs = 0;
  for (; performance.now() - startedAt < SYNC_SECONDS * 1000; syncs++) {
    writeSync(descriptor, page);
    fdatasyncSync(descriptor);
  }
  closeSync(descriptor);
  return syncs / SYNC_SECONDS;
}
