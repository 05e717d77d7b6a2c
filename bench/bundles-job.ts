/** One measured job of the bundles benchmark: `bundles-job.ts JOB BUNDLE CERTIFICATE` prints seconds and peak memory above idle as JSON. */
import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { inspectBundle, verifyBundle } from '../packages/bundles/src/index.ts';

const CHUNK_BYTES = 262_144;
const SAMPLE_MILLISECONDS = 5;
const SETTLE_MILLISECONDS = 200;

const [, , job = '', path = '', certificate = ''] = process.argv;
await setTimeout(SETTLE_MILLISECONDS);
console.log(JSON.stringify(await measure(() => runJob(job))));

async function runJob(name: string): Promise<void> {
  if (name === 'sha256') return hashFile();
  if (name === 'inspect') {
    const result = await inspectBundle(path);
    if (!result.readable) throw new Error(result.sentence);
    return;
  }
  const verdict = await verifyBundle(path, { certificates: [await readFile(certificate, 'utf8')] });
  if (!verdict.good) throw new Error(verdict.sentence);
}

async function hashFile(): Promise<void> {
  const hash = createHash('sha256');
  await using file = await open(path, 'r');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
  }
  hash.digest();
}

async function measure(run: () => Promise<void>): Promise<{ readonly seconds: number; readonly peakMib: number }> {
  const idle = process.memoryUsage.rss();
  let peak = idle;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), SAMPLE_MILLISECONDS);
  const start = performance.now();
  await run();
  const seconds = (performance.now() - start) / 1000;
  clearInterval(timer);
  peak = Math.max(peak, process.memoryUsage.rss());
  return { seconds, peakMib: (peak - idle) / 1024 ** 2 };
}
