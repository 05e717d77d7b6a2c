import type { RolloutReason, RolloutState } from '@updraft/core';
import { sql, type Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import type { CountedState } from './counter-repository.ts';
import type { RolloutRow } from './rollout-repository.ts';

/** Rollouts that have not ended, of all tenants, and their devices. */
export type RolloutSums = {
  readonly rollouts: readonly {
    readonly kind: RolloutRow['kind'];
    readonly state: RolloutState;
    readonly reason: RolloutReason | null;
    readonly n: number;
  }[];
  /** As of the last fold. */
  readonly devices: readonly { readonly state: CountedState; readonly n: number }[];
};

/** Looks at every rollout: for the long reader. */
export async function rolloutSums(db: Kysely<Schema>): Promise<RolloutSums> {
  const rollouts = await db
    .selectFrom('rollout')
    .select(['kind', 'state', 'reason', sql<number>`count(*)`.as('n')])
    .where('ended_at', 'is', null)
    .groupBy(['kind', 'state', 'reason'])
    .execute();
  const devices = await db
    .selectFrom('counter as c')
    .innerJoin('rollout as r', 'r.id', 'c.rollout')
    .select(['c.state', sql<number>`sum(c.n)`.as('n')])
    .where('r.ended_at', 'is', null)
    .groupBy('c.state')
    .execute();
  return {
    rollouts: rollouts.map((row) => ({ ...row, n: Number(row.n) })),
    devices: devices.map(({ state, n }) => ({ state: state as CountedState, n: Number(n) })),
  };
}
