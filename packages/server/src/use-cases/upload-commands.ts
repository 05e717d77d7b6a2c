import {
  appendEvent,
  type CommandContext,
  countOpenUploads,
  deleteExpiredUploads,
  deleteUpload,
  endUpload,
  insertUpload,
  lockTenant,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { type UploadView, uploadView } from './artifact-view.ts';

/** Uploads of a tenant that are begun and not complete; each may hold as many bytes on disk as its file has. */
export const MAX_OPEN_UPLOADS = 100;
const UPLOADS_PER_SWEEP = 100;

type NewUpload = {
  readonly scope: Scope;
  readonly filename: string;
  /** Bytes. */
  readonly size: number;
  readonly keptMs: number;
};
type UploadCreated =
  | { readonly outcome: 'created'; readonly upload: UploadView }
  | { readonly outcome: 'refused'; readonly code: 'limit-reached' };

export const uploadCommands = {
  'upload.create': createUpload,
  'upload.refuse': refuseUpload,
  'upload.delete': (context: CommandContext, { scope, id }: { readonly scope: Scope; readonly id: string }) =>
    deleteUpload(context, scope.tenant, id),
  'upload.sweep': (context: CommandContext, _input: null) => deleteExpiredUploads(context, UPLOADS_PER_SWEEP),
};

async function createUpload(
  context: CommandContext,
  { scope, filename, size, keptMs }: NewUpload,
): Promise<UploadCreated> {
  await lockTenant(context, scope.tenant);
  if ((await countOpenUploads(context.db, scope.tenant)) >= MAX_OPEN_UPLOADS) {
    return { outcome: 'refused', code: 'limit-reached' };
  }
  const expires_at = context.now + keptMs;
  const row = await insertUpload(context, {
    tenant: scope.tenant,
    filename,
    size,
    created_by: scope.actor,
    expires_at,
  });
  return { outcome: 'created', upload: uploadView({ ...row, artifact_uid: null }, 0) };
}

/** The file was complete and is no artifact: the code says why. False where another request has ended the upload. */
async function refuseUpload(
  context: CommandContext,
  {
    scope,
    id,
    code,
    reason,
  }: { readonly scope: Scope; readonly id: string; readonly code: string; readonly reason: string | null },
): Promise<boolean> {
  await lockTenant(context, scope.tenant);
  const ended = await endUpload(context, { tenant: scope.tenant, uid: id }, { code });
  if (ended) {
    await appendEvent(context, {
      tenant: scope.tenant,
      name: 'upload.refused',
      actor: scope.actor,
      subject: { kind: 'upload', id },
      data: { code, reason },
    });
  }
  return ended;
}
