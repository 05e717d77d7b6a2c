import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBundle, inspectBundle, newSigningKey, verifyBundle } from '../packages/bundles/src/index.ts';

const GIBIBYTE = 1024 ** 3;
const IMAGE_BYTES = 2 * GIBIBYTE;
const CHUNK_BYTES = 262_144;
const ROUNDS = 3;
const SAMPLE_MILLISECONDS = 5;

type Run = { readonly seconds: number; readonly peakMib: number };

/**
 * Reads a bundle of 2 GiB: inspect and verify, interleaved with a plain sha256 over the same bytes. Prints MB/s and the highest resident
 * memory above idle of each, with minimum, median and maximum of the rounds; the last line is JSON.
 */
export async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-bundles-'));
  try {
    const { path, certificate } = await writeBundle(folder);
    // One round warms up: loading the parser for signatures is not what is measured.
    const jobs = {
      sha256: () => plainHash(path),
      inspect: () => inspectBundle(path),
      verify: () => verifyBundle(path, { certificates: [certificate] }),
    };
    for (const job of Object.values(jobs)) await job();
    const runs: Record<keyof typeof jobs, Run[]> = { sha256: [], inspect: [], verify: [] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of ['sha256', 'inspect', 'verify'] as const) runs[name].push(await measure(jobs[name]));
    }
    report(runs);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeBundle(folder: string): Promise<{ path: string; certificate: string }> {
  const signer = await newSigningKey({ algorithm: 'ec-p256', subject: 'bench', days: 1 });
  const path = join(folder, 'large.swu');
  const image = { source: generate(IMAGE_BYTES - 1), filename: 'rootfs.img', device: '/dev/none' };
  const result = await createBundle({ version: '1', hardware: ['bench:1'], images: [image], signer, output: path });
  if (!result.created) throw new Error(result.sentence);
  await writeFile(join(folder, 'cert.pem'), signer.certificatePem);
  return { path, certificate: signer.certificatePem };
}

async function* generate(bytes: number): AsyncGenerator<Uint8Array> {
  const block = randomBytes(CHUNK_BYTES);
  for (let left = bytes; left > 0; left -= block.length) yield left < block.length ? block.subarray(0, left) : block;
}

async function plainHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: CHUNK_BYTES })) hash.update(piece as Uint8Array);
  return hash.digest('hex');
}

async function measure(job: () => Promise<unknown>): Promise<Run> {
  const idle = process.memoryUsage.rss();
  let peak = idle;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), SAMPLE_MILLISECONDS);
  const start = performance.now();
  await job();
  const seconds = (performance.now() - start) / 1000;
  clearInterval(timer);
  return { seconds, peakMib: (peak - idle) / 1024 ** 2 };
}

function report(runs: Record<string, readonly Run[]>): void {
  const rows = Object.entries(runs).map(([name, list]) => {
    const speed = spread(list.map(({ seconds }) => IMAGE_BYTES / 1e6 / seconds));
    return { name, megabytesPerSecond: speed, mibAboveIdle: spread(list.map(({ peakMib }) => peakMib)) };
  });
  const reference = rows.find(({ name }) => name === 'sha256')?.megabytesPerSecond.median ?? 1;
  for (const { name, megabytesPerSecond: speed, mibAboveIdle: memory } of rows) {
    console.log(
      `${name.padEnd(8)} MB/s ${line(speed)}   MiB above idle ${line(memory)}   ratio to sha256 ${(speed.median / reference).toFixed(2)}`,
    );
  }
  const ratios = Object.fromEntries(
    rows.map(({ name, megabytesPerSecond }) => [name, round(megabytesPerSecond.median / reference)]),
  );
  console.log(JSON.stringify({ bench: 'bundles', bytes: IMAGE_BYTES, rounds: ROUNDS, rows, ratioToSha256: ratios }));
}

type Spread = { readonly minimum: number; readonly median: number; readonly maximum: number };

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b).map(round);
  return { minimum: sorted[0] ?? 0, median: sorted[Math.floor(sorted.length / 2)] ?? 0, maximum: sorted.at(-1) ?? 0 };
}

function line({ minimum, median, maximum }: Spread): string {
  return `${minimum} / ${median} / ${maximum}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
