import type { UploadRow } from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import type { Refusal } from '../http/problems.ts';
import { type Keeper, keepArtifact, type Kept } from './keep-artifact.ts';
import type { UploadSession } from './upload-session.ts';

/**
 * Ends a resumable upload whose bytes are all there: it becomes an artifact, or its row says why not. Either is durable
 * before this resolves. The file may be removed then, except after `limit-reached`, which leaves the upload open.
 */
export async function settleUpload(
  keeper: Keeper,
  upload: { readonly scope: Scope; readonly row: UploadRow },
  session: UploadSession,
): Promise<Kept> {
  const { scope, row } = upload;
  const facts = await session.facts();
  const { uid, filename } = row;
  const kept = await keepArtifact(keeper, { scope, filename, path: session.path, facts, upload: uid, once: null });
  if (kept !== 'upload-ended' && 'problem' in kept && kept.problem !== 'limit-reached')
    await refuse(keeper, upload, kept);
  return kept;
}

async function refuse(
  { commands }: Keeper,
  { scope, row }: { readonly scope: Scope; readonly row: UploadRow },
  { problem, reason }: Refusal,
): Promise<void> {
  await commands.run('upload.refuse', { scope, id: row.uid, code: problem, reason: reason ?? null });
}
