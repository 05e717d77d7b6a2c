import { createHash, type Hash } from 'node:crypto';
import { BundleError, type BundleProblem, problem, refuse } from '../bundle-problem.ts';
import type { CpioFormat } from '../cpio/header.ts';
import { type CpioMember, type CpioSink, createCpioReader } from '../cpio/reader.ts';
import type { Compression } from '../description/entry.ts';
import { parseDescription } from '../description/parse-description.ts';
import { declaredPlans } from '../description/selections.ts';
import { LIMITS } from '../limits.ts';
import { type BundleReport, DESCRIPTION_NAME, type MemberFacts, SIGNATURE_NAME } from './bundle-report.ts';
import { createDecodeCheck, type DecodeCheck, type DecodeVerdict } from './decode-check.ts';
import { isSafeName } from './member-name.ts';

/** Reads a bundle in one pass, also while it is still being uploaded. */
export interface BundleReader {
  /** Takes the next bytes; they may be reused once the promise is fulfilled. Never rejects for what the bytes are. */
  push(chunk: Uint8Array): Promise<void>;
  /** The bytes have ended. */
  end(): Promise<BundleReport>;
}

const MAGIC_BYTES = 6;

/** Kept in memory: the description, the signature, one hash and one decoder. */
export function createBundleReader(): BundleReader {
  const pass = createPass();
  const cpio = createCpioReader(pass.sink);
  let broken: BundleProblem | undefined;
  let bytes = 0;
  let magic = '';

  function attempt(step: () => void): void {
    try {
      if (broken === undefined) step();
    } catch (error) {
      if (!(error instanceof BundleError)) throw error;
      broken = error.problem;
    }
  }

  return {
    async push(chunk) {
      bytes += chunk.length;
      if (magic.length < MAGIC_BYTES) magic += Buffer.from(chunk.subarray(0, MAGIC_BYTES)).toString('latin1');
      attempt(() => cpio.push(chunk));
      await pass.settle();
    },
    async end() {
      attempt(() => cpio.finish());
      await pass.settle();
      if (!/^07070[12]/.test(magic)) broken = problem('not-a-bundle');
      return pass.report({ bytes, broken });
    },
  };
}

/** Feeds a reader from a stream. */
export async function readBundle(source: AsyncIterable<Uint8Array>): Promise<BundleReport> {
  const reader = createBundleReader();
  for await (const chunk of source) await reader.push(chunk);
  return reader.end();
}

type Pass = {
  readonly sink: CpioSink;
  /** Waits until the decoder has taken what the sink was given. */
  readonly settle: () => Promise<void>;
  readonly report: (end: { readonly bytes: number; readonly broken: BundleProblem | undefined }) => BundleReport;
};

type Open = { readonly hash: Hash; readonly kept: Uint8Array[] | undefined; readonly decoder: DecodeCheck | undefined };

function createPass(): Pass {
  const members: MemberFacts[] = [];
  const names = new Set<string>();
  const kept = new Map<string, Buffer>();
  let compressions: ReadonlyMap<string, Compression> = new Map();
  let open: Open | undefined;
  let format: CpioFormat | null = null;
  let work: Promise<void> = Promise.resolve();

  function begin(member: CpioMember): void {
    checkMember(member, names);
    names.add(member.name);
    format ??= member.format;
    const compression = compressions.get(member.name);
    open = {
      hash: createHash('sha256'),
      kept: member.name === DESCRIPTION_NAME || member.name === SIGNATURE_NAME ? [] : undefined,
      decoder: compression === undefined ? undefined : createDecodeCheck(compression),
    };
  }

  function data(chunk: Uint8Array): void {
    open?.hash.update(chunk);
    open?.kept?.push(Uint8Array.from(chunk));
    const decoder = open?.decoder;
    if (decoder !== undefined) work = work.then(() => decoder.write(chunk));
  }

  function end({ name, offset, size }: CpioMember): void {
    if (open === undefined) throw new Error('the end of a member that did not begin');
    const { decoder, hash } = open;
    const facts: { -readonly [K in keyof MemberFacts]: MemberFacts[K] } = {
      name,
      offset,
      size,
      sha256: hash.digest('hex'),
      decode: null,
    };
    members.push(facts);
    if (open.kept !== undefined) kept.set(name, Buffer.concat(open.kept));
    if (decoder !== undefined)
      work = work.then(() => decoder.end()).then((verdict: DecodeVerdict) => void (facts.decode = verdict));
    if (name === DESCRIPTION_NAME) compressions = compressionsIn(kept.get(name) ?? Buffer.alloc(0));
    open = undefined;
  }

  return {
    sink: { begin, data, end },
    settle: () => work,
    report: ({ bytes, broken }) => ({
      kind: names.has(DESCRIPTION_NAME) ? 'swu' : 'other',
      bytes,
      format,
      problem: broken ?? headProblem([...names]),
      members,
      description: kept.get(DESCRIPTION_NAME) ?? null,
      signature: kept.get(SIGNATURE_NAME) ?? null,
    }),
  };
}

function checkMember({ name, size }: CpioMember, names: ReadonlySet<string>): void {
  if (!isSafeName(name)) throw refuse('name-unsafe', { member: name });
  if (names.has(name)) throw refuse('duplicate-member', { member: name });
  const detail = `${size} bytes`;
  if (name === DESCRIPTION_NAME && size > LIMITS.descriptionBytes)
    throw refuse('description-too-large', { member: name, detail });
  if (name === SIGNATURE_NAME && size > LIMITS.signatureBytes)
    throw refuse('signature-too-large', { member: name, detail });
}

/** Which members are to be decoded while they pass. A description that cannot be read says so when it is verified. */
function compressionsIn(description: Uint8Array): ReadonlyMap<string, Compression> {
  const compressions = new Map<string, Compression>();
  try {
    for (const plan of declaredPlans(parseDescription(description))) {
      for (const entry of [...plan.images, ...plan.scripts, ...plan.bootScripts]) {
        if (entry.compressed !== null && !entry.encrypted) compressions.set(entry.filename, entry.compressed);
      }
    }
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    compressions.clear();
  }
  return compressions;
}

/** That the two members at the archive's head are missing or elsewhere is known only at its end. */
function headProblem(names: readonly string[]): BundleProblem | null {
  const description = names.indexOf(DESCRIPTION_NAME);
  if (description !== 0) return problem(description < 0 ? 'description-missing' : 'description-not-first');
  const signature = names.indexOf(SIGNATURE_NAME);
  if (signature !== 1) return problem(signature < 0 ? 'signature-missing' : 'signature-not-second');
  return null;
}
