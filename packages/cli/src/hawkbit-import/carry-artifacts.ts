import { SourceArtifact, type SourceArtifact as Artifact } from '@updraft/protocols/hawkbit-management';
import { CliError } from '../cli-error.ts';
import { openArtifact } from './artifact-bytes.ts';
import { formOf } from './artifact-form.ts';
import type { Described } from './carry-metadata.ts';
import { type ImportRun, sourceRows, targetRows } from './import-run.ts';
import type { Left } from './import-report.ts';
import { ManagementRefusal } from './management-client.ts';

const BUSY_PAUSES_MILLISECONDS = [1_000, 5_000, 15_000];
const WRONG_HASH = /^artifact\.uploadFailed\.checksum\./;

/**
 * The files of a module, from one server to the other without a stop on this machine: this server counts the hashes while it
 * receives, and refuses what is not what the source says that it is.
 */
export async function carryArtifacts(run: ImportRun, module: Described): Promise<void> {
  const known = module.here.isNew ? new Map<string, Artifact>() : await filesAt(run, module.to);
  const list = { kind: 'artifacts', path: `${module.from}/artifacts`, query: { representation: 'full' } } as const;
  for await (const artifact of sourceRows(run, list, SourceArtifact)) {
    run.progress.seen('artifacts');
    const name = `${module.name} ${artifact.providedFilename}`;
    const before = known.get(artifact.providedFilename);
    if (before === undefined) await carry(run, module, { artifact, name });
    else if (isSame(artifact, before)) run.report.there('artifacts');
    else run.report.left({ kind: 'artifacts', name, code: 'name-taken' });
  }
}

async function filesAt(run: ImportRun, to: string): Promise<ReadonlyMap<string, Artifact>> {
  const files = new Map<string, Artifact>();
  for await (const file of targetRows(run, `${to}/artifacts`, SourceArtifact)) files.set(file.providedFilename, file);
  return files;
}

const HASHES = ['sha256', 'sha1', 'md5'] as const;

/** By every hash that both know. */
function isSame(one: Artifact, other: Artifact): boolean {
  return HASHES.every((hash) => one.hashes[hash] === '' || one.hashes[hash].toLowerCase() === other.hashes[hash]);
}

type File = { readonly artifact: Artifact; readonly name: string };

async function carry(run: ImportRun, module: Described, { artifact, name }: File): Promise<void> {
  const left = run.isDry ? null : await transfer(run, module, artifact);
  if (left === null) run.report.carried('artifacts');
  else run.report.left({ kind: 'artifacts', name, ...left });
}

type WhyLeft = Omit<Left, 'kind' | 'name'>;

/** Null: it is here. A server that takes no file at the moment is asked again. */
async function transfer(run: ImportRun, module: Described, artifact: Artifact): Promise<WhyLeft | null> {
  for (const pause of BUSY_PAUSES_MILLISECONDS) {
    try {
      return await transferOnce(run, module, artifact);
    } catch (error) {
      if (!(error instanceof CliError) || error.code !== 'server-in-trouble') throw error;
      await run.sleep(pause);
    }
  }
  return transferOnce(run, module, artifact);
}

async function transferOnce(run: ImportRun, { from, to }: Described, artifact: Artifact): Promise<WhyLeft | null> {
  const path = `${from}/artifacts/${artifact.id}/download`;
  const { source, sleep, progress } = run;
  const download = { source, path, size: artifact.size, sleep, moved: (bytes: number) => progress.moved(bytes) };
  const opened = await openArtifact(download).catch((error: unknown) => {
    if (error instanceof ManagementRefusal) return error;
    throw error;
  });
  return opened instanceof ManagementRefusal
    ? unreadable(opened)
    : sendOn(run, `${to}/artifacts`, { artifact, bytes: opened });
}

function unreadable({ status, key, message }: ManagementRefusal): WhyLeft {
  const code =
    status === 404 || status === 410 ? 'artifact-gone' : status === 403 ? 'source-forbidden' : 'source-refused';
  return { code, message, ...(key === '' ? {} : { reason: key }) };
}

type Sending = { readonly artifact: Artifact; readonly bytes: AsyncIterable<Uint8Array> };

async function sendOn({ target }: ImportRun, path: string, { artifact, bytes }: Sending): Promise<WhyLeft | null> {
  const watched = watch(bytes);
  const { contentType, body } = formOf(watched.bytes);
  const query = new URLSearchParams({ filename: artifact.providedFilename });
  for (const hash of HASHES) if (artifact.hashes[hash] !== '') query.set(`${hash}sum`, artifact.hashes[hash]);
  try {
    const init = { method: 'POST', headers: { 'content-type': contentType }, body, duplex: 'half' } as const;
    const answer = await target.open(`${path}?${query.toString()}`, init);
    await answer.body?.cancel();
    return null;
  } catch (error) {
    // What broke the upload off tells more than that it is broken off.
    if (watched.error() !== null) throw watched.error();
    if (!(error instanceof ManagementRefusal)) throw error;
    const { key, message } = error;
    if (WRONG_HASH.test(key)) return { code: 'artifact-wrong', reason: key, message };
    return { code: key === 'repo.entityAlreadyExists' ? 'name-taken' : 'refused', reason: key, message };
  }
}

/** The same bytes; `error` is what they ended with. */
function watch(bytes: AsyncIterable<Uint8Array>): {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly error: () => unknown;
} {
  let failure: unknown = null;
  async function* seen(): AsyncGenerator<Uint8Array, void> {
    try {
      yield* bytes;
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  return { bytes: seen(), error: () => failure };
}
