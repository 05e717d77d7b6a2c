import type { Kysely, Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';
import { newUid } from '../uid.ts';

export type UploadRow = Selectable<Schema['upload']>;
/** With the uid of the artifact that it became. */
export type UploadWithArtifact = UploadRow & { readonly artifact_uid: string | null };

export async function findUpload(
  db: Kysely<Schema>,
  tenant: number,
  uid: string,
): Promise<UploadWithArtifact | undefined> {
  return db
    .selectFrom('upload')
    .leftJoin('artifact', 'artifact.id', 'upload.artifact')
    .selectAll('upload')
    .select('artifact.uid as artifact_uid')
    .where('upload.tenant', '=', tenant)
    .where('upload.uid', '=', uid)
    .executeTakeFirst();
}

export async function insertUpload(
  context: CommandContext,
  upload: Pick<UploadRow, 'tenant' | 'filename' | 'size' | 'created_by' | 'expires_at'>,
): Promise<UploadRow> {
  return context.db
    .insertInto('upload')
    .values({
      ...upload,
      uid: newUid(context.now),
      state: 'receiving',
      artifact: null,
      code: null,
      created_at: context.now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** How many uploads of the tenant are not complete. */
export async function countOpenUploads(db: Kysely<Schema>, tenant: number): Promise<number> {
  const row = await db
    .selectFrom('upload')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('tenant', '=', tenant)
    .where('state', '=', 'receiving')
    .executeTakeFirstOrThrow();
  return row.n;
}

/** Ends an upload that is still open; false where another request has ended it. */
export async function endUpload(
  context: CommandContext,
  upload: { readonly tenant: number; readonly uid: string },
  end: { readonly artifact: number } | { readonly code: string },
): Promise<boolean> {
  const change =
    'artifact' in end
      ? { state: 'done' as const, artifact: end.artifact }
      : { state: 'refused' as const, code: end.code };
  const row = await context.db
    .updateTable('upload')
    .set(change)
    .where('tenant', '=', upload.tenant)
    .where('uid', '=', upload.uid)
    .where('state', '=', 'receiving')
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function deleteUpload(context: CommandContext, tenant: number, uid: string): Promise<boolean> {
  const row = await context.db
    .deleteFrom('upload')
    .where('tenant', '=', tenant)
    .where('uid', '=', uid)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Removes at most `limit` uploads that have expired; tells their uids. */
export async function deleteExpiredUploads(context: CommandContext, limit: number): Promise<readonly string[]> {
  const expired = context.db.selectFrom('upload').select('id').where('expires_at', '<=', context.now).limit(limit);
  const ids = (await expired.execute()).map(({ id }) => id);
  if (ids.length === 0) return [];
  const rows = await context.db.deleteFrom('upload').where('id', 'in', ids).returning('uid').execute();
  return rows.map(({ uid }) => uid);
}

/** Of these uids, those whose upload is still being received: their files are needed. */
export async function openUploadsAmong(db: Kysely<Schema>, uids: readonly string[]): Promise<ReadonlySet<string>> {
  if (uids.length === 0) return new Set();
  const rows = await db
    .selectFrom('upload')
    .select('uid')
    .where('uid', 'in', uids)
    .where('state', '=', 'receiving')
    .execute();
  return new Set(rows.map(({ uid }) => uid));
}
