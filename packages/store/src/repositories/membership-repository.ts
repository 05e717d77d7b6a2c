import { spreadOf } from '@updraft/core';
import { sql, type Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import { chosenDevices, whole, type Choice, type Slice } from './chosen-devices.ts';
import { addToCount, type Count } from './counter-repository.ts';
import { addToTotals, type PhaseRow } from './phase-repository.ts';
import type { Schema } from '../schema.ts';
import type { RolloutRow } from './rollout-repository.ts';
import { MAX_WIRE_ID, WireIdsExhausted } from './wire-ids.ts';

/** Devices that one slice counts. */
export const DEVICES_PER_COUNT = 10_000;

/** A slice of a rollout that is being made. */
export type MemberSlice = {
  readonly rollout: RolloutRow;
  readonly choice: Choice;
  readonly slice: Slice;
};

/** Devices of a slice that the rollout is to have, by the phase whose filter names them; 0: by none. */
export async function countSlice(
  context: CommandContext,
  { rollout, choice, slice }: MemberSlice,
): Promise<ReadonlyMap<number, number>> {
  const chosen = chosenDevices(context.db, choice, { ...slice, last: rollout.last_device });
  const rows = await context.db
    .selectFrom(chosen.as('d'))
    .select((eb) => ['d.named', eb.fn.countAll<number>().as('n')])
    .groupBy('d.named')
    .execute();
  return new Map(rows.map(({ named, n }) => [Number(named), Number(n)]));
}

/** The time zones of a slice's devices; '' where one has none. */
export async function zonesOfSlice(
  context: CommandContext,
  { rollout, choice, slice }: MemberSlice,
): Promise<readonly string[]> {
  const chosen = chosenDevices(context.db, choice, { ...slice, last: rollout.last_device });
  const rows = await context.db.selectFrom(chosen.as('d')).select('d.zone').distinct().execute();
  return rows.map(({ zone }) => zone);
}

/**
 * Makes a rollout's assignments for the devices of a slice, in one set statement: those that run the release already are
 * born ended. Device k of those that no phase names goes to position (a·k + b) mod N, and the phases take the positions
 * in their order: exact sizes and a spread sample without a sort (design: 6-data 11, 19). Tells how many were made.
 */
export async function materialiseSlice(
  context: CommandContext,
  member: MemberSlice,
  phases: readonly PhaseRow[],
): Promise<number> {
  const { rollout } = member;
  const first = await holdWireIds(context, rollout.tenant);
  const placed = placedDevices(context, member, phases);
  const { numInsertedOrUpdatedRows } = await context.db
    .insertInto('assignment')
    .columns(['tenant', 'device', 'rollout', 'phase', 'number', 'state', 'reason', 'created_at', 'ended_at'])
    .expression((eb) =>
      eb
        .selectFrom(placed.as('p'))
        .select([
          whole(rollout.tenant).as('tenant'),
          'p.id as device',
          whole(rollout.id).as('rollout'),
          'p.phase',
          sql<number>`${whole(first)} - 1 + p.rank`.as('number'),
          sql`case when p.runs = 1 then 'succeeded' else 'waiting' end`.as('state'),
          sql`case when p.runs = 1 then 'already-installed' else null end`.as('reason'),
          whole(context.now).as('created_at'),
          sql`case when p.runs = 1 then ${whole(context.now)} else null end`.as('ended_at'),
        ]),
    )
    .executeTakeFirstOrThrow();
  const next = first + Number(numInsertedOrUpdatedRows);
  await takeWireIds(context, rollout.tenant, next);
  await countMembers(context, rollout.id, await madeMembers(context.db, { tenant: rollout.tenant, first, next }));
  return next - first;
}

type WireIdRange = { readonly tenant: number; readonly first: number; readonly next: number };

/** What was made under these wire ids: to ask behind the statement costs less than to carry each row out of it. */
async function madeMembers(db: Kysely<Schema>, { tenant, first, next }: WireIdRange): Promise<readonly MadeMembers[]> {
  const rows = await db
    .selectFrom('assignment')
    .select((eb) => ['phase', 'state', eb.fn.countAll<number>().as('n')])
    .where('tenant', '=', tenant)
    .where('number', '>=', first)
    .where('number', '<', next)
    .groupBy(['phase', 'state'])
    .execute();
  return rows.map(({ phase, state, n }) => ({ phase, isEnded: state === 'succeeded', n: Number(n) }));
}

/** The slice's devices with their rank in it, and the phase that each falls into. */
function placedDevices(context: CommandContext, { rollout, choice, slice }: MemberSlice, phases: readonly PhaseRow[]) {
  const isNamed = (phase: PhaseRow): boolean => choice.phases[phase.number - 1]?.size.by === 'filter';
  const named = phases.filter(isNamed);
  const before = rollout.planned - sum(named.map(({ total }) => total));
  const unnamed =
    named.length === 0
      ? sql`row_number() over (order by c.id)`
      : sql`sum(case when c.named = 0 then 1 else 0 end) over (order by c.id)`;
  const ranked = context.db
    .selectFrom(chosenDevices(context.db, choice, { ...slice, last: rollout.last_device }).as('c'))
    .select([
      'c.id',
      'c.runs',
      'c.named',
      sql<number>`row_number() over (order by c.id)`.as('rank'),
      sql<number>`${whole(before)} - 1 + ${unnamed}`.as('k'),
    ]);
  return context.db.selectFrom(ranked.as('r')).select([
    'r.id',
    'r.runs',
    'r.rank',
    phaseOf(
      rollout,
      phases.map((phase) => [phase, isNamed(phase)]),
    ).as('phase'),
  ]);
}

function phaseOf(rollout: RolloutRow, phases: readonly (readonly [PhaseRow, boolean])[]) {
  const last = sql.lit(phases.at(-1)?.[0].number ?? 1);
  const spread = phases.filter(([, isNamed]) => !isNamed).map(([phase]) => phase);
  const count = sum(spread.map(({ planned }) => planned));
  const { factor, offset } = spreadOf(count, rollout.id);
  const position = sql`((${whole(factor)} * r.k + ${whole(offset)}) % ${whole(Math.max(count, 1))})`;
  let end = 0;
  const cases = spread.map(({ number, planned }) => {
    end += planned;
    return sql`when ${position} < ${whole(end)} then ${sql.lit(number)}`;
  });
  const places = cases.length === 0 ? last : sql`case ${sql.join(cases, sql` `)} else ${last} end`;
  return sql<number>`case when r.named > 0 then r.named when r.k >= ${whole(count)} then ${last} else ${places} end`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, n) => all + n, 0);
}

type MadeMembers = { readonly phase: number; readonly isEnded: boolean; readonly n: number };

/** What was made enters the phases' totals and counts. */
async function countMembers(context: CommandContext, rollout: number, made: readonly MadeMembers[]): Promise<void> {
  if (made.every(({ n }) => n === 0)) return;
  const members = new Map<number, number>();
  for (const { phase, n } of made) members.set(phase, (members.get(phase) ?? 0) + n);
  await addToTotals(context, rollout, members);
  const counts = made.map(({ phase, isEnded, n }): Count => ({
    rollout,
    phase,
    state: isEnded ? 'succeeded' : 'waiting',
    n,
  }));
  await addToCount(context, counts);
}

/** The tenant's next wire id; its row is held until the commit. */
async function holdWireIds(context: CommandContext, tenant: number): Promise<number> {
  const row = await context.db
    .updateTable('tenant')
    .set((eb) => ({ next_action: eb.ref('next_action') }))
    .where('id', '=', tenant)
    .returning('next_action')
    .executeTakeFirstOrThrow();
  return row.next_action;
}

async function takeWireIds(context: CommandContext, tenant: number, next: number): Promise<void> {
  if (next - 1 > MAX_WIRE_ID) throw new WireIdsExhausted();
  await context.db.updateTable('tenant').set({ next_action: next }).where('id', '=', tenant).execute();
}

export type Member = { readonly device: number; readonly number: number };

/** Makes the assignments of devices that join a phase, one for each: `phase.total` grows in the same commit. */
export async function insertMembers(
  context: CommandContext,
  { rollout, phase }: { readonly rollout: Pick<RolloutRow, 'id' | 'tenant'>; readonly phase: number },
  devices: readonly number[],
): Promise<readonly Member[]> {
  const first = await holdWireIds(context, rollout.tenant);
  const members = devices.map((device, index) => ({ device, number: first + index }));
  await takeWireIds(context, rollout.tenant, first + members.length);
  for (let at = 0; at < members.length; at += MEMBERS_PER_STATEMENT) {
    const rows = members.slice(at, at + MEMBERS_PER_STATEMENT).map((member) => ({
      ...member,
      tenant: rollout.tenant,
      rollout: rollout.id,
      phase,
      state: 'waiting' as const,
      reason: null,
      attempt_id: null,
      cancel_intent: null,
      not_before: null,
      next_at: null,
      created_at: context.now,
      ended_at: null,
    }));
    await context.db.insertInto('assignment').values(rows).execute();
  }
  await countMembers(context, rollout.id, [{ phase, isEnded: false, n: members.length }]);
  return members;
}

const MEMBERS_PER_STATEMENT = 500;
