import { fold, ONE_PHASE, type PhaseSpec } from '@updraft/core';
import { sql, type Kysely, type Selectable, type Updateable } from 'kysely';
import type { CommandContext } from '../command.ts';
import { compiledOnce } from '../database/compiled-once.ts';
import { parsedOnce } from '../database/parsed-once.ts';
import type { Schema } from '../schema.ts';
import { whole } from './chosen-devices.ts';

export type PhaseRow = Selectable<Schema['phase']>;
export type PhaseChange = Updateable<
  Pick<PhaseRow, 'state' | 'planned' | 'total' | 'spec' | 'started_at' | 'reached_at' | 'crossed_at' | 'cursor'>
> & { readonly next_at?: number | null };

/** What a phase's `spec` column holds. */
export const phaseSpecOf = parsedOnce<PhaseSpec>((json) => ({
  ...ONE_PHASE,
  ...(JSON.parse(json) as Partial<PhaseSpec>),
}));

/** The phases of a new rollout, numbered from 1. */
export async function insertPhases(
  { db }: CommandContext,
  rollout: number,
  phases: readonly PhaseSpec[],
): Promise<void> {
  const rows = phases.map((spec, index) => ({ rollout, ...newPhase(spec, index + 1) }));
  await db.insertInto('phase').values(rows).execute();
}

/** One more phase, which waits, behind all others. The caller holds the rollout's row. */
export async function addPhase(
  { db }: CommandContext,
  { rollout, number }: Pick<PhaseRow, 'rollout' | 'number'>,
  spec: PhaseSpec,
): Promise<PhaseRow> {
  return db
    .insertInto('phase')
    .values({ rollout, ...newPhase(spec, number) })
    .returningAll()
    .executeTakeFirstOrThrow();
}

function newPhase(spec: PhaseSpec, number: number) {
  return {
    number,
    state: 'waiting' as const,
    total: 0,
    spec: JSON.stringify(spec),
    name_fold: fold(spec.name),
    asks_consent: asksConsentOf(spec),
    started_at: null,
    reached_at: null,
    crossed_at: null,
    cursor: null,
    next_at: null,
  };
}

function asksConsentOf({ asksConsent = null }: PhaseSpec): 0 | 1 | null {
  if (asksConsent === null) return null;
  return asksConsent ? 1 : 0;
}

/** In the order of their numbers, rollout by rollout. */
export async function phasesOf(db: Kysely<Schema>, rollouts: readonly number[]): Promise<readonly PhaseRow[]> {
  if (rollouts.length === 0) return [];
  return db
    .selectFrom('phase')
    .selectAll()
    .where('rollout', 'in', rollouts)
    .orderBy('rollout')
    .orderBy('number')
    .execute();
}

/** Changes a phase of a rollout whose row the caller holds. */
export async function changePhase(
  { db }: CommandContext,
  phase: Pick<PhaseRow, 'rollout' | 'number'>,
  change: PhaseChange,
): Promise<void> {
  await db
    .updateTable('phase')
    .set((eb) => ({ ...change, revision: eb('revision', '+', 1) }))
    .where('rollout', '=', phase.rollout)
    .where('number', '=', phase.number)
    .execute();
}

/** Starts a phase; `nextAt` is when its silent members are first looked for. */
export async function startPhase(
  context: CommandContext,
  phase: Pick<PhaseRow, 'rollout' | 'number'>,
  nextAt: number,
): Promise<void> {
  await changePhase(context, phase, { state: 'started', started_at: context.now, next_at: nextAt });
}

/** Members that joined phases, or were made for them, by the phase's number; at least one. */
export async function addToTotals(
  { db }: CommandContext,
  rollout: number,
  members: ReadonlyMap<number, number>,
): Promise<void> {
  const cases = [...members].map(([number, n]) => sql`when ${sql.lit(number)} then ${whole(n)}`);
  await db
    .updateTable('phase')
    .set((eb) => ({
      total: sql<number>`total + case number ${sql.join(cases, sql` `)} else 0 end`,
      revision: eb('revision', '+', 1),
    }))
    .where('rollout', '=', rollout)
    .where('number', 'in', [...members.keys()])
    .execute();
}

/** Counts a member that erred (or, below zero, recovered) and tells the phase's row, held until the commit. */
export async function countErredMember(
  { db }: CommandContext,
  member: { readonly rollout: number; readonly phase: number; readonly by: number },
): Promise<PhaseRow> {
  const [row] = (await writeErred(db, member)).rows;
  if (row === undefined) throw new Error(`no phase ${member.phase} of rollout ${member.rollout}`);
  return row;
}

const writeErred = compiledOnce((db, member: Parameters<typeof countErredMember>[1]) =>
  db
    .updateTable('phase')
    .set((eb) => ({ erred: eb('erred', '+', member.by) }))
    .where('rollout', '=', member.rollout)
    .where('number', '=', member.phase)
    .returningAll(),
);
