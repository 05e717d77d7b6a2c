import { open } from 'node:fs/promises';
import { type BundleProblem, problem } from './bundle-problem.ts';
import { readBundle } from './report/bundle-reader.ts';
import type { BundleReport } from './report/bundle-report.ts';
import { type Inspection, inspectReport } from './report/inspection.ts';
import { type BundleVerdict, verifyReport, type VerifyOptions } from './report/verify-report.ts';

/** A bundle: the path of a file, or its bytes as a stream. */
export type BundleSource = string | AsyncIterable<Uint8Array>;

export type InspectResult =
  | { readonly readable: true; readonly inspection: Inspection }
  | ({ readonly readable: false } & BundleProblem);

/** Tells what a bundle holds. Not readable is only what is no bundle at all; a damaged one is told of as far as it goes. */
export async function inspectBundle(source: BundleSource): Promise<InspectResult> {
  const report = await read(source);
  if ('code' in report) return { readable: false, ...report };
  if (report.kind === 'other') return { readable: false, ...(report.problem ?? problem('not-a-bundle')) };
  return { readable: true, inspection: await inspectReport(report) };
}

/** Says whether Debian's SWUpdate would accept a bundle with these certificates: good, or bad with a code and one sentence. */
export async function verifyBundle(source: BundleSource, options: VerifyOptions): Promise<BundleVerdict> {
  const report = await read(source);
  return 'code' in report ? { good: false, ...report } : verifyReport(report, options);
}

/** Pieces of this size keep memory flat and hash at full speed. */
const CHUNK_BYTES = 262_144;

async function read(source: BundleSource): Promise<BundleReport | BundleProblem> {
  if (typeof source !== 'string') return readBundle(source);
  try {
    return await readBundle(readFileInPlace(source));
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    return problem('input-unreadable', { detail: error.message });
  }
}

/** The bytes of a file through one buffer, which each piece reuses: whoever reads must be done with a piece before asking for the next. */
async function* readFileInPlace(path: string): AsyncGenerator<Uint8Array> {
  await using file = await open(path, 'r');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
