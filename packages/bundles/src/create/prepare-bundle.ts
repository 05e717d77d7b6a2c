import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BundleError, type BundleProblem, problem, refuse } from '../bundle-problem.ts';
import { verifySignature } from '../cms/verify-signature.ts';
import { readCertificatesPem } from '../cms/certificate.ts';
import type { CpioFormat } from '../cpio/header.ts';
import { type CpioWriteMember, memoryMember, writeCpio } from '../cpio/writer.ts';
import { DESCRIPTION_NAME, SIGNATURE_NAME } from '../report/bundle-report.ts';
import { LIMITS } from '../limits.ts';
import { writeFileAtomically } from './atomic-file.ts';
import type { BundleInput, MemberInput } from './bundle-input.ts';
import { describeBundle, type Described } from './describe.ts';
import { formatDescription } from './description-text.ts';
import { readStaged, stageMember, type StagedMember } from './stage-member.ts';

/** A prepared bundle lies in a folder: the description to be signed, the list of members, and those that had to be made. */
const LIST_NAME = 'prepared.json';

type Prepared = { readonly format: CpioFormat; readonly members: readonly StagedMember[] };

export type PrepareResult =
  | {
      readonly prepared: true;
      readonly folder: string;
      readonly descriptionPath: string;
      readonly description: Uint8Array;
    }
  | ({ readonly prepared: false } & BundleProblem);

export type FinishResult =
  | { readonly created: true; readonly path: string; readonly bytes: number }
  | ({ readonly created: false } & BundleProblem);

/**
 * First half of making a bundle whose key is elsewhere: writes `sw-description`, which is to be signed there
 * (`openssl cms -sign -binary -nosmimecap -outform DER`), and what `finishBundle` needs, into `folder`. Plain files are not copied and must
 * stay as they are until then.
 */
export async function prepareBundle(input: BundleInput, folder: string): Promise<PrepareResult> {
  try {
    await mkdir(folder, { recursive: true });
    const description = await prepare(input, folder);
    return { prepared: true, folder, descriptionPath: join(folder, DESCRIPTION_NAME), description };
  } catch (error) {
    return { prepared: false, ...problemOf(error) };
  }
}

/** Second half: checks a DER signature against the certificates that devices will trust, and puts it in. The folder can be reused. */
export async function finishBundle(wish: {
  readonly folder: string;
  readonly signature: Uint8Array;
  readonly certificates: readonly string[];
  readonly output: string;
  readonly now?: Date;
}): Promise<FinishResult> {
  try {
    const description = await readPrepared(wish.folder, DESCRIPTION_NAME);
    const trusted = await readCertificatesPem(wish.certificates);
    const reason = await verifySignature(
      { description, signature: wish.signature },
      { trusted, now: wish.now ?? new Date() },
    );
    if (reason !== null) return { created: false, ...reason };
    return await writeBundle(wish.folder, wish.signature, wish.output);
  } catch (error) {
    return { created: false, ...problemOf(error) };
  }
}

/** Writes a prepared bundle with a signature that is known to be good. Throws BundleErrors. */
export async function writeBundle(folder: string, signature: Uint8Array, output: string): Promise<FinishResult> {
  const description = await readPrepared(folder, DESCRIPTION_NAME);
  const { format, members } = JSON.parse((await readPrepared(folder, LIST_NAME)).toString('utf8')) as Prepared;
  const head = [memoryMember(DESCRIPTION_NAME, description), memoryMember(SIGNATURE_NAME, signature)];
  const stored = members.map((member): CpioWriteMember => ({
    ...member,
    name: member.filename,
    content: () => readStaged(member),
  }));
  const bytes = await writeFileAtomically(output, writeCpio(format, [...head, ...stored]));
  return { created: true, path: output, bytes };
}

/** The answer to what went wrong; what is no problem of bundles goes on as an exception. */
export function problemOf(error: unknown): BundleProblem {
  if (error instanceof BundleError) return error.problem;
  if (error instanceof Error && 'syscall' in error) return problem('output-unwritable', { detail: error.message });
  throw error;
}

async function prepare(input: BundleInput, folder: string): Promise<Buffer> {
  const members = {
    images: await stageAll(input.images ?? [], folder),
    files: await stageAll(input.files ?? [], folder),
    scripts: await stageAll(input.scripts ?? [], folder),
  };
  const all = Object.values(members)
    .flat()
    .map(({ staged }) => staged);
  const twice = all.find((one, index) => all.findIndex((other) => other.filename === one.filename) !== index);
  if (twice !== undefined) throw refuse('duplicate-member', { member: twice.filename });
  const hasBootenv = [input, ...(input.selections ?? [])].some(({ bootenv }) => (bootenv ?? []).length > 0);
  if (all.length === 0 && !hasBootenv) throw refuse('nothing-to-install');
  const description = Buffer.from(formatDescription(describeBundle(input, members)));
  if (description.length > LIMITS.descriptionBytes) throw refuse('description-too-large');
  const list: Prepared = { format: input.format ?? 'crc', members: all };
  await writeFileAtomically(join(folder, LIST_NAME), pieces(Buffer.from(JSON.stringify(list))));
  await writeFileAtomically(join(folder, DESCRIPTION_NAME), pieces(description));
  return description;
}

async function stageAll(inputs: readonly MemberInput[], folder: string): Promise<Described[]> {
  const described: Described[] = [];
  for (const input of inputs) described.push({ input, staged: await stageMember(input, folder) });
  return described;
}

async function readPrepared(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, name));
  } catch (error) {
    throw new BundleError(problem('input-unreadable', { member: name, detail: String(error) }), error);
  }
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Removes what a preparation left behind. */
export async function discardPrepared(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
