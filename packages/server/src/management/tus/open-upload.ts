import { findUpload, type UploadWithArtifact } from '@updraft/store';
import type { IncomingMessage } from 'node:http';
import type { Scope } from '../../access/scope.ts';
import { type Refusal, refusalOf } from '../../http/problems.ts';
import { settleUpload } from '../../intake/settle-upload.ts';
import type { BodyChecksum, UploadSession } from '../../intake/upload-session.ts';
import { keeperOf, type SoftwareParts } from '../software-parts.ts';
import { RECEPTION_REFUSALS, UPLOADS_FULL } from '../upload-refusals.ts';

/** Which upload, in whose name. */
export type UploadKey = { readonly scope: Scope; readonly id: string };

/** How far an upload is. With all bytes there it has become an artifact. */
export type Progress = { readonly row: UploadWithArtifact; readonly offset: number };

export type Chunk = {
  readonly request: IncomingMessage;
  readonly offset: number;
  readonly checksum: BodyChecksum | null;
  /** Bytes that the client has announced; null where it does not say. */
  readonly announced: number | null;
};

/** Appends a chunk (PATCH). Answers when its bytes are safe, and after the last one when the upload has ended. */
export async function appendChunk(
  parts: SoftwareParts,
  key: UploadKey,
  chunk: Chunk,
): Promise<Progress | Refusal | 'client-left'> {
  return withUpload(parts, key, async (row, session, newcomer) => {
    if (chunk.offset !== session.safe) return offsetRefusal(session.safe);
    if (chunk.offset + (chunk.announced ?? 0) > row.size) return beyondEnd(row);
    const { request, checksum } = chunk;
    const reception = await session.receive(request, { maxBytes: row.size, checksum, newcomer });
    if (reception === 'client-left') return reception;
    if (reception === 'too-large') return beyondEnd(row);
    return reception === 'complete' ? 'received' : RECEPTION_REFUSALS[reception];
  });
}

/** How far it is (HEAD): a client that has come back continues from here. */
export async function readProgress(parts: SoftwareParts, key: UploadKey): Promise<Progress | Refusal> {
  const progress = await withUpload(parts, key, async () => 'received');
  if (progress === 'client-left') throw new Error('nothing was received');
  return progress;
}

/** The row, unless there is nothing to go on with. */
export async function findLiveUpload(
  parts: SoftwareParts,
  { scope, id }: UploadKey,
): Promise<UploadWithArtifact | Refusal> {
  const row = await findUpload(parts.store.reader, scope.tenant, id);
  if (row === undefined) return refusalOf('not-found', {});
  if (row.expires_at <= Date.now()) {
    return { problem: 'upload-gone', detail: 'This upload has expired; begin a new one.' };
  }
  return row;
}

type Work = (
  row: UploadWithArtifact,
  session: UploadSession,
  newcomer: AbortSignal,
) => Promise<'received' | 'client-left' | Refusal>;

/**
 * Runs `work` as the only holder of an open upload, and ends the upload when its bytes are all there. The row is read
 * again inside: whoever held it before may have ended it.
 */
async function withUpload(
  parts: SoftwareParts,
  key: UploadKey,
  work: Work,
): Promise<Progress | Refusal | 'client-left'> {
  const found = await findLiveUpload(parts, key);
  if ('problem' in found || found.state !== 'receiving') return endedProgress(found);
  const held = await parts.intake.hold(key.id, async (session, newcomer) => {
    const row = await findLiveUpload(parts, key);
    if ('problem' in row || row.state !== 'receiving') return { ended: true, answer: endedProgress(row) };
    const worked = await work(row, session, newcomer);
    if (worked !== 'received') return { ended: false, answer: worked };
    if (session.safe < row.size) return { ended: false, answer: { row, offset: session.safe } };
    return settle(parts, { scope: key.scope, row }, session);
  });
  if (held === 'full') return UPLOADS_FULL;
  if (held.ended) await parts.intake.discard(key.id);
  return held.answer;
}

async function settle(
  parts: SoftwareParts,
  upload: { readonly scope: Scope; readonly row: UploadWithArtifact },
  session: UploadSession,
): Promise<{ readonly ended: boolean; readonly answer: Progress | Refusal }> {
  const kept = await settleUpload(keeperOf(parts), upload, session);
  const { scope, row } = upload;
  if (kept === 'upload-ended')
    return { ended: true, answer: endedProgress(await findLiveUpload(parts, { scope, id: row.uid })) };
  if ('problem' in kept) return { ended: kept.problem !== 'limit-reached', answer: kept };
  return { ended: true, answer: { row: { ...row, state: 'done', artifact_uid: kept.kept.id }, offset: row.size } };
}

function endedProgress(found: UploadWithArtifact | Refusal): Progress | Refusal {
  if ('problem' in found || found.state !== 'refused') {
    return 'problem' in found ? found : { row: found, offset: found.size };
  }
  const code = found.code as Refusal['problem'];
  return {
    problem: code,
    detail: 'This upload was refused when it was complete; change the file, then begin a new one.',
  };
}

function offsetRefusal(safe: number): Refusal {
  return { problem: 'upload-offset', detail: `The upload continues at ${safe}: ask with HEAD, then send from there.` };
}

function beyondEnd(row: UploadWithArtifact): Refusal {
  return { problem: 'body-too-large', detail: `The upload was announced with ${row.size} bytes; it takes no more.` };
}
