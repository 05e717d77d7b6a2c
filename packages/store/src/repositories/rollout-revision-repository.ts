import type { Kysely, Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { ListDeclaration } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';
import type { RolloutRow } from './rollout-repository.ts';

export type RevisionRow = Selectable<Schema['rollout_revision']>;

type RevisionMade = Omit<RevisionRow, 'at' | 'change' | 'moved_to'> & {
  readonly change: object;
  /** Left out: its state stays. */
  readonly moved_to?: RevisionRow['moved_to'];
};

/** Keeps what somebody changed of a rollout, under the revision that it made. */
export async function insertRevision(
  { db, now }: CommandContext,
  { change, moved_to = null, ...made }: RevisionMade,
): Promise<void> {
  await db
    .insertInto('rollout_revision')
    .values({ ...made, moved_to, at: now, change: JSON.stringify(change) })
    .execute();
}

/** The users behind the changes of a rollout. */
export async function revisionMakers(db: Kysely<Schema>, rollout: number): Promise<readonly string[]> {
  const rows = await db.selectFrom('rollout_revision').select('maker').where('rollout', '=', rollout).execute();
  return rows.map(({ maker }) => maker);
}

/** The newest revision by which a person moved the rollout from one state to another; undefined: nobody has. */
export async function lastMoveOf(db: Kysely<Schema>, rollout: number): Promise<RevisionRow | undefined> {
  return db
    .selectFrom('rollout_revision')
    .selectAll()
    .where('rollout', '=', rollout)
    .where('moved_to', 'is not', null)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export const REVISION_LIST: ListDeclaration = {
  fields: {
    revision: { type: 'number', column: 'rollout_revision.revision', sortable: true },
    at: { type: 'instant', column: 'rollout_revision.at' },
    actor: { type: 'exact', column: 'rollout_revision.actor' },
  },
  id: 'rollout_revision.revision',
  defaultSort: '-revision',
};

export function selectRevisions(db: Kysely<Schema>, rollout: number) {
  return db
    .selectFrom('rollout_revision')
    .selectAll('rollout_revision')
    .where('rollout_revision.rollout', '=', rollout);
}

/** Whether another rollout that people made has the name. */
export async function isRolloutNameTaken(
  db: Kysely<Schema>,
  rollout: Pick<RolloutRow, 'id' | 'tenant' | 'kind'>,
  nameFold: string,
): Promise<boolean> {
  if (rollout.kind !== 'rollout') return false;
  const row = await db
    .selectFrom('rollout')
    .select('id')
    .where('tenant', '=', rollout.tenant)
    .where('name_fold', '=', nameFold)
    .where('kind', '=', 'rollout')
    .where('id', '!=', rollout.id)
    .executeTakeFirst();
  return row !== undefined;
}
