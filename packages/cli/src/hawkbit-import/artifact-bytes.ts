import { CliError } from '../cli-error.ts';
import { ManagementRefusal, type ManagementClient } from './management-client.ts';

/** A connection that moves no byte for so long is broken, although nobody said so. */
const STALLED_AFTER_MILLISECONDS = 60_000;
/** How often one file goes on with a range after a cut. */
const MAX_CUTS = 5;
const CUT_PAUSE_MILLISECONDS = 1_000;

export type Download = {
  readonly source: ManagementClient;
  readonly path: string;
  /** Null: the source does not say how many bytes there are. */
  readonly size: number | null;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly moved: (bytes: number) => void;
};

/**
 * Opens a file of the source and returns its bytes, which go on where a cut connection stopped. Rejects with
 * ManagementRefusal where the source does not give it at all; the bytes end with a CliError where they cannot go on.
 */
export async function openArtifact(download: Download): Promise<AsyncGenerator<Uint8Array, void>> {
  return piecesOf(download, await openFrom(download, 0));
}

type Opened = { readonly pieces: AsyncIterator<Uint8Array>; readonly giveUp: AbortController };

async function openFrom({ source, path }: Download, at: number): Promise<Opened> {
  const giveUp = new AbortController();
  const range: Readonly<Record<string, string>> = at === 0 ? {} : { range: `bytes=${at}-` };
  // What is counted and compared are the bytes themselves, never a compressed form of them.
  const headers = { accept: '*/*', 'accept-encoding': 'identity', ...range };
  const response = await inTime(source.open(path, { headers, signal: giveUp.signal }), giveUp);
  if (at > 0 && response.status !== 206) throw cutOff(path);
  const body: AsyncIterable<Uint8Array> = response.body ?? ReadableStream.from([]);
  return { pieces: body[Symbol.asyncIterator](), giveUp };
}

async function* piecesOf(download: Download, first: Opened): AsyncGenerator<Uint8Array, void> {
  let opened = first;
  let at = 0;
  for (let cuts = 0; ; cuts += 1) {
    for (;;) {
      const piece = await nextPiece(opened);
      if (piece === 'cut') break;
      if (piece === 'end' && at >= (download.size ?? 0)) return;
      if (piece === 'end') break;
      at += piece.length;
      download.moved(piece.length);
      yield piece;
    }
    if (cuts >= MAX_CUTS) throw cutOff(download.path);
    await download.sleep(CUT_PAUSE_MILLISECONDS);
    opened = await reopened(download, at);
  }
}

async function nextPiece({ pieces, giveUp }: Opened): Promise<Uint8Array | 'end' | 'cut'> {
  try {
    const { done, value } = await inTime(pieces.next(), giveUp);
    return done === true ? 'end' : value;
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError' && !giveUp.signal.aborted) throw error;
    return 'cut';
  }
}

async function reopened(download: Download, at: number): Promise<Opened> {
  try {
    return await openFrom(download, at);
  } catch (error) {
    if (error instanceof ManagementRefusal) throw cutOff(download.path, error);
    throw error;
  }
}

function cutOff(path: string, cause?: unknown): CliError {
  const message = `The source broke ${path} off and does not go on with it; the same command begins this file anew.`;
  return new CliError('unreachable', 'artifact-cut-off', message, cause);
}

/** Time counts while something is waited for, not while the other side takes what came. */
async function inTime<T>(work: Promise<T>, giveUp: AbortController): Promise<T> {
  const timer = setTimeout(() => giveUp.abort(), STALLED_AFTER_MILLISECONDS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
