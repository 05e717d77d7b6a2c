import path from 'node:path';
import { stat } from 'node:fs/promises';
import { ApiFailure } from '@updraft/protocols';
import type { Artifact } from '@updraft/protocols';
import type { z } from 'zod';
import { CliError, usageError } from '../cli-error.ts';
import { readingError } from '../local-file.ts';
import { uploadProgress } from '../progress/upload-progress.ts';
import type { UploadProgress } from '../progress/upload-progress.ts';
import type { Session } from '../session.ts';
import { sendByTus } from './tus-upload.ts';

export type ArtifactRow = z.output<typeof Artifact>;

const CHECK_PAUSE_MILLISECONDS = 250;

/** Uploads a file, waits until the server has checked it, and returns the artifact that it became. */
export async function uploadArtifact(session: Session, file: string, name?: string): Promise<ArtifactRow> {
  const filename = name ?? path.basename(file);
  await checkFile(file);
  const { api, shell, print } = session;
  const progress = uploadProgress(filename, shell, print);
  try {
    const { url, forget } = await sendByTus({
      file,
      filename,
      server: api.baseUrl,
      authorization: session.authorization,
      progress,
      shell,
    });
    const artifact = await awaitVerdict(session, url, { progress, forget });
    return await api.call('artifacts.show', { params: { id: artifact } });
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

type Waiting = { readonly progress: UploadProgress; readonly forget: () => Promise<void> };

/** All bytes are there: the server says what they are. A refused upload is forgotten, since sending it again changes nothing. */
async function awaitVerdict({ api, shell }: Session, url: string, { progress, forget }: Waiting): Promise<string> {
  const id = url.split('/').at(-1) ?? '';
  for (;;) {
    const upload = await api.call('uploads.show', { params: { id } });
    if (upload.state === 'done' && upload.artifact !== null) {
      await forget();
      return upload.artifact;
    }
    if (upload.state === 'refused') {
      await forget();
      throw new CliError(
        'refused',
        upload.code ?? 'upload-refused',
        `The server refused ${upload.filename}: ${upload.code ?? 'no reason was given'}.`,
      );
    }
    if (upload.state === 'receiving')
      throw new ApiFailure('answer-unexpected', 'The server misses bytes that were sent; run the same command again.');
    progress.say('the server is checking it …');
    await shell.sleep(CHECK_PAUSE_MILLISECONDS, shell.signal);
  }
}
