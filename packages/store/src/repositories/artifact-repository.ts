import { fold } from '@updraft/core';
import type { Kysely, Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { ListDeclaration } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';
import { newUid } from '../uid.ts';

/** Without `inspection`: that may be a megabyte, and only who asks for it reads it. */
export type ArtifactRow = Omit<Selectable<Schema['artifact']>, 'inspection'>;
export type NewArtifactRow = Pick<
  Selectable<Schema['artifact']>,
  | 'tenant'
  | 'filename'
  | 'size'
  | 'sha256'
  | 'sha1'
  | 'md5'
  | 'kind'
  | 'signature'
  | 'reason'
  | 'signers'
  | 'inspection'
  | 'created_by'
>;

export const ARTIFACT_COLUMNS = [
  'artifact.id',
  'artifact.uid',
  'artifact.tenant',
  'artifact.filename',
  'artifact.filename_fold',
  'artifact.size',
  'artifact.sha256',
  'artifact.sha1',
  'artifact.md5',
  'artifact.kind',
  'artifact.signature',
  'artifact.reason',
  'artifact.signers',
  'artifact.created_at',
  'artifact.created_by',
] as const;

export const ARTIFACT_LIST: ListDeclaration = {
  fields: {
    filename: { type: 'text', column: 'artifact.filename_fold', sortable: true },
    createdAt: { type: 'instant', column: 'artifact.created_at', sortable: true },
    size: { type: 'number', column: 'artifact.size' },
    sha256: { type: 'exact', column: 'artifact.sha256' },
    sha1: { type: 'exact', column: 'artifact.sha1' },
    md5: { type: 'exact', column: 'artifact.md5' },
    kind: { type: 'word', words: ['swu', 'other'], column: 'artifact.kind' },
    signature: { type: 'word', words: ['verified', 'unverified', 'unsigned'], column: 'artifact.signature' },
    reason: { type: 'exact', column: 'artifact.reason' },
    createdBy: { type: 'exact', column: 'artifact.created_by' },
  },
  id: 'artifact.id',
  defaultSort: '-createdAt',
};

export function selectArtifacts(db: Kysely<Schema>, tenant: number) {
  return db.selectFrom('artifact').select(ARTIFACT_COLUMNS).where('artifact.tenant', '=', tenant);
}

export async function findArtifact(db: Kysely<Schema>, tenant: number, uid: string): Promise<ArtifactRow | undefined> {
  return db
    .selectFrom('artifact')
    .select(ARTIFACT_COLUMNS)
    .where('tenant', '=', tenant)
    .where('uid', '=', uid)
    .executeTakeFirst();
}

export async function findArtifactInspection(
  db: Kysely<Schema>,
  tenant: number,
  uid: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('artifact')
    .select('inspection')
    .where('tenant', '=', tenant)
    .where('uid', '=', uid)
    .executeTakeFirst();
  return row?.inspection;
}

export async function insertArtifact(context: CommandContext, artifact: NewArtifactRow): Promise<ArtifactRow> {
  return context.db
    .insertInto('artifact')
    .values({
      ...artifact,
      uid: newUid(context.now),
      filename_fold: fold(artifact.filename),
      created_at: context.now,
    })
    .returning(ARTIFACT_COLUMNS)
    .executeTakeFirstOrThrow();
}

/** Notes what judging a bundle again has found. */
export async function markArtifactSignature(
  context: CommandContext,
  artifact: number,
  mark: Pick<ArtifactRow, 'signature' | 'reason'>,
) {
  await context.db.updateTable('artifact').set(mark).where('id', '=', artifact).execute();
}

/** What all artifacts of a tenant have together, each for itself where two have the same content; `upTo`: this one and those added before it. */
export async function storedBytes(db: Kysely<Schema>, tenant: number, upTo?: string): Promise<number> {
  const sum = db
    .selectFrom('artifact')
    .select((eb) => eb.fn.coalesce(eb.fn.sum<number>('size'), eb.val(0)).as('bytes'))
    .where('tenant', '=', tenant);
  const last = (uid: string) => db.selectFrom('artifact').select('id').where('uid', '=', uid);
  const asked = upTo === undefined ? sum : sum.where('id', '<=', last(upTo));
  return Number((await asked.executeTakeFirstOrThrow()).bytes);
}

export async function isArtifactHeld(db: Kysely<Schema>, artifact: number): Promise<boolean> {
  const holder = db.selectFrom('component_artifact').select('component').where('artifact', '=', artifact).limit(1);
  return (await holder.executeTakeFirst()) !== undefined;
}

export async function deleteArtifact(context: CommandContext, artifact: number) {
  await context.db.deleteFrom('artifact').where('id', '=', artifact).execute();
}

/** Whether some artifact of the tenant has this content: its object is then needed. */
export async function isContentNeeded(db: Kysely<Schema>, tenant: number, sha256: string): Promise<boolean> {
  const artifact = db
    .selectFrom('artifact')
    .select('id')
    .where('tenant', '=', tenant)
    .where('sha256', '=', sha256)
    .limit(1);
  return (await artifact.executeTakeFirst()) !== undefined;
}
