import { sql, type Kysely, type RawBuilder } from 'kysely';
import { compiledOnce } from '../database/compiled-once.ts';
import type { Schema } from '../schema.ts';
import type { RolloutRow } from './rollout-repository.ts';

export type LinkedRollout = Pick<RolloutRow, 'parent' | 'relation' | 'previous_release'>;

/**
 * What a linked rollout asks of each `device` beside its filter, by one row of its parent; null where it asks nothing. A
 * retry takes those that failed in its parent, also where they were to be tried again when it was stopped; a return those that took its parent's release, still run it, and ran the
 * one that it leads back to.
 */
export function linkedMembers({ parent, relation, previous_release }: LinkedRollout): RawBuilder<boolean> | null {
  if (parent === null) return null;
  switch (relation) {
    case 'retry':
      return sql<boolean>`exists (select 1 from assignment as m
        where m.rollout = ${parent} and m.device = device.id and ${HAS_FAILED})`;
    case 'return':
      return sql<boolean>`exists (select 1 from assignment as m where m.rollout = ${parent} and m.device = device.id
          and m.state = 'succeeded' and m.from_release = ${previous_release})
        and device.running_release_id = (select o.release from rollout as o where o.id = ${parent})`;
    case 'clone':
    case null:
      return null;
  }
}

const HAS_FAILED = sql<boolean>`(m.state = 'failed' or (m.state = 'canceled' and m.erred = 1))`;

/** Whether a retry of a rollout would have anybody. Looks at all of its members where none has. */
export async function hasFailedMember(db: Kysely<Schema>, rollout: number): Promise<boolean> {
  const row = await db
    .selectFrom('assignment as m')
    .select('m.id')
    .where('m.rollout', '=', rollout)
    .where(HAS_FAILED)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export type Link = Pick<RolloutRow, 'uid' | 'name' | 'relation' | 'state' | 'parent' | 'deleted'>;

/** The rollouts that were made from some, the oldest first. */
export async function linksOf(db: Kysely<Schema>, parents: readonly number[]): Promise<readonly Link[]> {
  if (parents.length === 0) return [];
  return db
    .selectFrom('rollout')
    .select(['uid', 'name', 'relation', 'state', 'parent', 'deleted'])
    .where('parent', 'in', parents)
    .orderBy('id')
    .execute();
}

/** When a rollout ended; null: it has not, undefined: it is not there any more. */
export async function rolloutEndedAt(db: Kysely<Schema>, id: number): Promise<number | null | undefined> {
  const row = await db.selectFrom('rollout').select('ended_at').where('id', '=', id).executeTakeFirst();
  return row?.ended_at;
}

/** Uids of rollouts by their ids. */
export async function rolloutUids(
  db: Kysely<Schema>,
  rollouts: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (rollouts.length === 0) return new Map();
  const rows = await db.selectFrom('rollout').select(['id', 'uid']).where('id', 'in', rollouts).execute();
  return new Map(rows.map(({ id, uid }) => [id, uid]));
}

/** Rollouts whose crossed threshold asks for a return. */
export async function wantedReturns(
  db: Kysely<Schema>,
): Promise<readonly Pick<RolloutRow, 'id' | 'tenant' | 'release'>[]> {
  return (await readWanted(db, {})).rows;
}

const WANTED_RETURNS = 5;

const readWanted = compiledOnce((db) =>
  db
    .selectFrom('rollout')
    .select(['id', 'tenant', 'release'])
    // In the text, so that the index of these alone serves.
    .where('returns', '=', sql.lit('wanted'))
    .orderBy('id')
    .limit(WANTED_RETURNS),
);
