import {
  appendEvent,
  type CommandContext,
  deleteArtifact,
  endUpload,
  findArtifact,
  findUpload,
  insertArtifact,
  isArtifactHeld,
  lockTenant,
  type NewArtifactRow,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { type ArtifactView, artifactView } from './artifact-view.ts';
import { once } from './once.ts';
import { readSigningTrust } from './signing-trust.ts';

export type NewArtifact = Omit<NewArtifactRow, 'tenant' | 'created_by'>;

type AddArtifact = {
  readonly scope: Scope;
  readonly artifact: NewArtifact;
  /** The basis of the trust that the bundle was judged by. */
  readonly trust: string;
  /** The upload that it ends, if it came by one. */
  readonly upload: string | null;
};
export type ArtifactAdded =
  | { readonly outcome: 'added'; readonly artifact: ArtifactView }
  /** `judgement-stale`: judge again. `upload-ended`: another request has ended the upload. */
  | { readonly outcome: 'refused'; readonly code: 'judgement-stale' | 'upload-ended' };

export type ArtifactDeleted =
  | { readonly outcome: 'deleted'; readonly sha256: string }
  | { readonly outcome: 'refused'; readonly code: 'not-found' | 'artifact-in-use' };

/** What belongs to the software of a tenant is changed by one command at a time: each first locks the tenant. */
export const artifactCommands = {
  'artifact.add': once(addArtifact),
  'artifact.delete': removeArtifact,
};

async function addArtifact(context: CommandContext, input: AddArtifact): Promise<ArtifactAdded> {
  const { scope, artifact, upload } = input;
  await lockTenant(context, scope.tenant);
  const { basis } = await readSigningTrust(context.db, scope.tenant);
  if (basis !== input.trust) return { outcome: 'refused', code: 'judgement-stale' };
  if (upload !== null && !(await isUploadOpen(context, scope, upload))) {
    return { outcome: 'refused', code: 'upload-ended' };
  }
  const row = await insertArtifact(context, { ...artifact, tenant: scope.tenant, created_by: scope.actor });
  if (upload !== null) await endUpload(context, { tenant: scope.tenant, uid: upload }, { artifact: row.id });
  const { filename, size, sha256, kind, signature, reason } = row;
  const data = { filename, size, sha256, kind, signature, reason };
  await appendEvent(context, {
    ...by(scope),
    name: 'artifact.created',
    subject: { kind: 'artifact', id: row.uid },
    data,
  });
  return { outcome: 'added', artifact: artifactView(row) };
}

async function isUploadOpen(context: CommandContext, scope: Scope, uid: string): Promise<boolean> {
  return (await findUpload(context.db, scope.tenant, uid))?.state === 'receiving';
}

async function removeArtifact(
  context: CommandContext,
  { scope, id }: { readonly scope: Scope; readonly id: string },
): Promise<ArtifactDeleted> {
  await lockTenant(context, scope.tenant);
  const row = await findArtifact(context.db, scope.tenant, id);
  if (row === undefined) return { outcome: 'refused', code: 'not-found' };
  if (await isArtifactHeld(context.db, row.id)) return { outcome: 'refused', code: 'artifact-in-use' };
  await deleteArtifact(context, row.id);
  const data = { filename: row.filename, sha256: row.sha256 };
  await appendEvent(context, {
    ...by(scope),
    name: 'artifact.deleted',
    subject: { kind: 'artifact', id: row.uid },
    data,
  });
  return { outcome: 'deleted', sha256: row.sha256 };
}

function by(scope: Scope) {
  return { tenant: scope.tenant, actor: scope.actor };
}
