import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createBundle, newSigningKey } from '../packages/bundles/src/index.ts';

const IMAGE_BYTES = 2 * 1024 ** 3;
const CHUNK_BYTES = 262_144;
const ROUNDS = 3;
const JOBS = ['sha256', 'inspect', 'verify'] as const;

type Run = { readonly seconds: number; readonly peakMib: number };

/**
 * Reads a bundle of 2 GiB: inspect and verify, interleaved with a plain sha256 over the same bytes, each in a process of its own. Prints MB/s
 * and the highest resident memory above idle of each, with minimum, median and maximum of the rounds; the last line is JSON.
 */
export async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-bundles-'));
  try {
    const { path, certificate } = await writeBundle(folder);
    const runs: Record<(typeof JOBS)[number], Run[]> = { sha256: [], inspect: [], verify: [] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const job of JOBS) runs[job].push(await runJob(job, path, certificate));
    }
    report(runs);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runJob(job: string, path: string, certificate: string): Promise<Run> {
  const script = join(import.meta.dirname, 'bundles-job.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, job, path, certificate]);
  return JSON.parse(stdout) as Run;
}

async function writeBundle(folder: string): Promise<{ path: string; certificate: string }> {
  const signer = await newSigningKey({ algorithm: 'ec-p256', subject: 'bench', days: 1 });
  const path = join(folder, 'large.swu');
  const image = { source: generate(IMAGE_BYTES - 1), filename: 'rootfs.img', device: '/dev/none' };
  const result = await createBundle({ version: '1', hardware: ['bench:1'], images: [image], signer, output: path });
  if (!result.created) throw new Error(result.sentence);
  const certificate = join(folder, 'cert.pem');
  await writeFile(certificate, signer.certificatePem);
  return { path, certificate };
}

async function* generate(bytes: number): AsyncGenerator<Uint8Array> {
  const block = randomBytes(CHUNK_BYTES);
  for (let left = bytes; left > 0; left -= block.length) yield left < block.length ? block.subarray(0, left) : block;
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
