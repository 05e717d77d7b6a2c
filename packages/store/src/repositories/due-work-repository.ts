import { sql, type Kysely } from 'kysely';
import { compiledOnce } from '../database/compiled-once.ts';
import type { Schema } from '../schema.ts';

/** What the jobs have to do by now: each is read when its turn comes. */
export type DueWork = {
  /** Attempts whose limits have passed. */
  readonly attempts: boolean;
  /** Rollouts to be made, closed or looked at. */
  readonly rollouts: boolean;
  /** Phases whose silent members are to be looked for. */
  readonly phases: boolean;
  /** Counts to be folded. */
  readonly counts: boolean;
  /** Places to be worked out anew. */
  readonly places: boolean;
  /** Rollouts that are to be led back. */
  readonly returns: boolean;
  /** Rollouts that devices join: what they come to match is heard of by events. */
  readonly joining: boolean;
};

/** All that is looked for at each tick, in one statement: there is nothing to do at most of them. */
export async function dueWork(db: Kysely<Schema>, now: number): Promise<DueWork> {
  const [row] = (await readDue(db, { now })).rows;
  if (row === undefined) throw new Error('what is due was not answered');
  return {
    attempts: Boolean(row.attempts),
    rollouts: Boolean(row.rollouts),
    phases: Boolean(row.phases),
    counts: Boolean(row.counts),
    places: Boolean(row.places),
    returns: Boolean(row.returns),
    joining: Boolean(row.joining),
  };
}

const readDue = compiledOnce((db, { now }: { readonly now: number }) =>
  db.selectNoFrom((eb) => [
    eb.exists(eb.selectFrom('attempt').select('id').where('next_at', '<=', now)).as('attempts'),
    eb.exists(eb.selectFrom('rollout').select('id').where('next_at', '<=', now)).as('rollouts'),
    eb
      .exists(
        eb
          .selectFrom('phase as p')
          .innerJoin('rollout as r', 'r.id', 'p.rollout')
          .select('p.rollout')
          .where('p.next_at', '<=', now)
          .where('p.state', '=', 'started')
          .where('r.state', '=', 'running'),
      )
      .as('phases'),
    eb.exists(eb.selectFrom('counter_delta').select('id')).as('counts'),
    eb.exists(eb.selectFrom('tenant').select('id').where('place_cursor', 'is not', null)).as('places'),
    // In the text, so that the index of these alone serves.
    eb.exists(eb.selectFrom('rollout').select('id').where('returns', '=', sql.lit('wanted'))).as('returns'),
    eb
      .exists(eb.selectFrom('rollout').select('id').where('join_at', 'is not', null).where('state', '=', 'running'))
      .as('joining'),
  ]),
);
