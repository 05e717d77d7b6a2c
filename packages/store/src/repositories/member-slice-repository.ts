import type { AssignmentState } from '@updraft/core';
import type { Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import { compiledOnce } from '../database/compiled-once.ts';
import type { Schema } from '../schema.ts';
import { addToCount } from './counter-repository.ts';
import type { PhaseRow } from './phase-repository.ts';

/** Members that one slice looks at. */
export const MEMBERS_PER_SLICE = 1000;
/** Members of a slice that are decided one by one in core; the slice ends behind the last of them. */
export const DECIDED_PER_SLICE = 100;

export type SliceMember = {
  readonly id: number;
  readonly device: number;
  readonly phase: number;
  readonly state: AssignmentState;
  readonly isOpen: boolean;
  readonly isBorn: boolean;
  readonly hasBegun: boolean;
  /** From when on this hardware is a member. */
  readonly joinedAt: number;
  /** When its device was last in contact. */
  readonly contactAt: number | null;
};

/** The next members of a rollout after the device `after`, by device. */
export async function nextMembers(db: Kysely<Schema>, rollout: number, after: number): Promise<readonly SliceMember[]> {
  const rows = await db
    .selectFrom('assignment as a')
    .leftJoin('attempt as t', 't.id', 'a.attempt_id')
    .leftJoin('contact as c', 'c.device', 'a.device')
    .leftJoin('device as d', 'd.id', 'a.device')
    .select(['a.id', 'a.device', 'a.phase', 'a.state', 'a.created_at', 'a.ended_at', 'a.attempt_id'])
    .select(['t.begun_at', 'c.at', 'd.replaced_at'])
    .where('a.rollout', '=', rollout)
    .where('a.device', '>', after)
    .orderBy('a.device')
    .limit(MEMBERS_PER_SLICE)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    device: row.device,
    phase: row.phase,
    state: row.state,
    isOpen: row.ended_at === null,
    isBorn: row.attempt_id !== null,
    hasBegun: row.begun_at !== null,
    joinedAt: Math.max(row.created_at, row.replaced_at ?? 0),
    contactAt: row.at,
  }));
}

/** States of an open assignment that no attempt is born for, or not yet again. */
const UNBORN_STATES = ['waiting', 'backing-off'] as const;

/**
 * Ends, as canceled, those of these members that no attempt is born for: the bulk twin of core's
 * `withdrawn-by-operator` from `waiting` and `backing-off`. Tells how many; `isAll`: none came further since it was read.
 */
export async function cancelUnborn(
  context: CommandContext,
  rollout: number,
  { members, reason }: { readonly members: readonly SliceMember[]; readonly reason: 'phase-skipped' | null },
): Promise<{ readonly closed: number; readonly isAll: boolean }> {
  const unborn = members.filter(({ isOpen, isBorn }) => isOpen && !isBorn);
  let [wanted, closed] = [0, 0];
  for (const state of UNBORN_STATES) {
    const ids = unborn.filter((member) => member.state === state).map(({ id }) => id);
    wanted += ids.length;
    if (ids.length > 0) closed += await cancelWhere(context, { rollout, ids, state, reason });
  }
  return { closed, isAll: closed === wanted };
}

type Canceled = {
  readonly rollout: number;
  readonly ids: readonly number[];
  readonly state: (typeof UNBORN_STATES)[number];
  readonly reason: string | null;
};

async function cancelWhere(context: CommandContext, { rollout, ids, state, reason }: Canceled): Promise<number> {
  const ended = await context.db
    .updateTable('assignment')
    .set((eb) => ({
      state: 'canceled',
      reason,
      message: null,
      not_before: null,
      ended_at: context.now,
      revision: eb('revision', '+', 1),
    }))
    .where('id', 'in', ids)
    .where('state', '=', state)
    .returning(['id', 'device', 'phase'])
    .execute();
  if (ended.length === 0) return 0;
  await hideAsCurrent(context, ended);
  const counts = [...Map.groupBy(ended, ({ phase }) => phase)].flatMap(([phase, { length: n }]) => [
    { rollout, phase, state, n: -n },
    { rollout, phase, state: 'canceled' as const, n },
  ]);
  await addToCount(context, counts);
  return ended.length;
}

/** Until their next contact, lists show of these devices the oldest that is still open. */
async function hideAsCurrent(
  { db }: CommandContext,
  ended: readonly { readonly id: number; readonly device: number }[],
): Promise<void> {
  await db
    .updateTable('device')
    .set({ assignment_id: null })
    .where(
      'id',
      'in',
      ended.map(({ device }) => device),
    )
    .where(
      'assignment_id',
      'in',
      ended.map(({ id }) => id),
    )
    .execute();
}

export type DuePhase = {
  readonly rollout: number;
  readonly tenant: number;
  readonly policy: string;
};

/** The started phase of a running rollout whose silent members are to be looked for first; undefined: none yet. */
export async function duePhase(db: Kysely<Schema>, now: number): Promise<DuePhase | undefined> {
  return (await readDue(db, { now })).rows[0];
}

const readDue = compiledOnce((db, { now }: { readonly now: number }) =>
  db
    .selectFrom('phase as p')
    .innerJoin('rollout as r', 'r.id', 'p.rollout')
    .select(['p.rollout', 'r.tenant', 'r.policy'])
    .where('p.next_at', '<=', now)
    .where('p.state', '=', 'started')
    .where('r.state', '=', 'running')
    .orderBy('p.next_at')
    .limit(1),
);

/** Says when a phase's silent members are looked for again; null: never, as all have begun or ended. */
export async function setPhaseDue(
  { db }: CommandContext,
  phase: Pick<PhaseRow, 'rollout' | 'number'>,
  nextAt: number | null,
): Promise<void> {
  await db
    .updateTable('phase')
    .set({ next_at: nextAt })
    .where('rollout', '=', phase.rollout)
    .where('number', '=', phase.number)
    .execute();
}
