import { stat } from 'node:fs/promises';
import path from 'node:path';
import { ApiFailure, ApiProblem } from '@updraft/protocols';
import type { CallAnswer } from '@updraft/protocols';
import { CliError, usageError } from '../cli-error.ts';
import { readingError } from '../local-file.ts';
import { uploadProgress } from '../progress/upload-progress.ts';
import type { UploadProgress } from '../progress/upload-progress.ts';
import type { Session } from '../session.ts';
import { unfinishedUploads } from './unfinished-uploads.ts';
import type { UnfinishedUpload } from './unfinished-uploads.ts';
import { sendByTus } from './tus-upload.ts';

type ArtifactRow = CallAnswer<'artifacts.show'>;
type UploadRow = CallAnswer<'uploads.show'>;

const CHECK_PAUSE_MILLISECONDS = 250;

/** Uploads a file, waits until the server has checked it, and returns the artifact that it became. */
export async function uploadArtifact(session: Session, file: string, name?: string): Promise<ArtifactRow> {
  const filename = name ?? path.basename(file);
  await checkFile(file);
  const { api, shell, print } = session;
  const unfinished = await unfinishedUploads(shell, { file, server: api.baseUrl, filename });
  const progress = uploadProgress(filename, shell, print);
  try {
    const url =
      (await uploadedBefore(session, unfinished)) ??
      (await sendByTus({ session, file, filename, unfinished, progress }));
    const artifact = await awaitVerdict(session, url, progress);
    await unfinished.forget();
    return await api.call('artifacts.show', { params: { id: artifact } });
  } catch (error) {
    if (isFinal(error)) await unfinished.forget();
    if (shell.signal.aborted)
      throw new CliError(
        'interrupted',
        'interrupted',
        'Interrupted; the same command goes on where it stopped.',
        error,
      );
    throw error;
  } finally {
    progress.end();
  }
}

async function checkFile(file: string): Promise<void> {
  const facts = await stat(file).catch((error: unknown) => {
    throw readingError(file, error);
  });
  if (!facts.isFile()) throw usageError('file-not-readable', `${file} is not a regular file.`);
}

/** An earlier run may have sent everything and ended before the answer came. What cannot go on is forgotten: it begins anew. */
async function uploadedBefore(session: Session, unfinished: UnfinishedUpload): Promise<string | null> {
  if (unfinished.url === null) return null;
  const upload = await showUpload(session, unfinished.url);
  if (upload?.state === 'receiving') return null;
  if (upload?.state === 'done' || upload?.state === 'checking') return unfinished.url;
  await unfinished.forget();
  return null;
}

async function showUpload({ api }: Session, url: string): Promise<UploadRow | null> {
  try {
    return await api.call('uploads.show', { params: { id: url.split('/').at(-1) ?? '' } });
  } catch (error) {
    if (error instanceof ApiProblem && [400, 404, 410].includes(error.status)) return null;
    throw error;
  }
}

/** All bytes are there: the server says what they are. */
async function awaitVerdict(session: Session, url: string, progress: UploadProgress): Promise<string> {
  for (;;) {
    const upload = await showUpload(session, url);
    if (upload?.state === 'done' && upload.artifact !== null) return upload.artifact;
    if (upload?.state === 'refused')
      throw new CliError('refused', upload.code ?? 'upload-refused', `The server refused ${upload.filename}.`);
    if (upload?.state !== 'checking')
      throw new ApiFailure('answer-unexpected', 'The server misses bytes that were sent; run the same command again.');
    progress.say('the server is checking it …');
    await session.shell.sleep(CHECK_PAUSE_MILLISECONDS, session.shell.signal);
  }
}

/** The file itself was refused: sending it again would change nothing. */
function isFinal(error: unknown): boolean {
  return (
    (error instanceof ApiProblem && (error.status === 413 || error.status === 422)) ||
    (error instanceof CliError && error.exit === 'refused')
  );
}
