import { parseFilter } from '@updraft/core';
import { sql, type Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';
import { filterSql } from '../list/filter-sql.ts';
import { addToCount } from './counter-repository.ts';
import { DEVICE_LIST, selectDevices } from './device-repository.ts';
import { ONLY_PHASE, type RolloutRow } from './rollout-repository.ts';

/** hawkBit's clients read action ids as int32. */
export const MAX_WIRE_ID = 2 ** 31 - 1;

/** Devices that one slice looks at; a slice is one command, between which others run. */
export const DEVICES_PER_SLICE = 2000;

/** A tenant has used up its wire ids. */
export class WireIdsExhausted extends Error {
  readonly code = 'limit-reached';
  constructor() {
    super(`a tenant has ${MAX_WIRE_ID} wire ids and has used them all`);
    this.name = 'WireIdsExhausted';
  }
}

export type Slice = { readonly after: number; readonly upTo: number | null };

/** The next devices of a tenant after `after`: up to which id they go, or null where these are the last. */
export async function sliceOfDevices(db: Kysely<Schema>, tenant: number, after: number): Promise<Slice> {
  const last = await db
    .selectFrom('device')
    .select('id')
    .where('tenant', '=', tenant)
    .where('id', '>', after)
    .orderBy('id')
    .offset(DEVICES_PER_SLICE - 1)
    .limit(1)
    .executeTakeFirst();
  return { after, upTo: last?.id ?? null };
}

/**
 * Makes a rollout's assignments for the devices of a slice that match its filter, in one set statement: those that run the
 * release already are born ended (design: 6-data 11, 19). Tells how many were made.
 */
export async function materialiseSlice(context: CommandContext, rollout: RolloutRow, slice: Slice): Promise<number> {
  const first = await holdWireIds(context, rollout.tenant);
  const { now } = context;
  const runs = sql<boolean>`device.running_release_id = ${rollout.release}`;
  const made = await context.db
    .insertInto('assignment')
    .columns(['tenant', 'device', 'rollout', 'phase', 'number', 'state', 'reason', 'created_at', 'ended_at'])
    .expression((eb) => {
      const chosen = eb
        .selectFrom('device')
        .select((e) => [
          'device.tenant',
          'device.id',
          whole(rollout.id).as('rollout'),
          whole(ONLY_PHASE).as('phase'),
          sql<number>`cast(${first} as bigint) - 1 + row_number() over (order by device.id)`.as('number'),
          e.case().when(runs).then(sql.lit('succeeded')).else(sql.lit('waiting')).end().as('state'),
          e.case().when(runs).then(sql.lit('already-installed')).else(null).end().as('reason'),
          whole(now).as('created_at'),
          e.case().when(runs).then(whole(now)).else(null).end().as('ended_at'),
        ])
        .where('device.tenant', '=', rollout.tenant)
        .where('device.id', '>', slice.after);
      const bounded = slice.upTo === null ? chosen : chosen.where('device.id', '<=', slice.upTo);
      const matching = matchingDevices(context.db, rollout, slice);
      return matching === null ? bounded : bounded.where('device.id', 'in', matching);
    })
    .returning('state')
    .execute();
  await takeWireIds(context, rollout.tenant, first + made.length);
  await count(context, rollout.id, {
    all: made.length,
    ended: made.filter(({ state }) => state === 'succeeded').length,
  });
  return made.length;
}

/** The devices of a slice that a rollout's filter names; null where it names all. */
function matchingDevices(db: Kysely<Schema>, rollout: RolloutRow, slice: Slice) {
  const parsed = parseFilter(rollout.filter, DEVICE_LIST.fields);
  if (parsed.outcome === 'refused') throw new Error(`rollout ${rollout.id} has a filter that cannot be read`);
  if (parsed.filter.type === 'and' && parsed.filter.terms.length === 0) return null;
  const matching = selectDevices(db)
    .clearSelect()
    .select('device.id')
    .where('device.tenant', '=', rollout.tenant)
    .where('device.id', '>', slice.after)
    .where(filterSql(parsed.filter, DEVICE_LIST.fields));
  return slice.upTo === null ? matching : matching.where('device.id', '<=', slice.upTo);
}

function whole(value: number) {
  return sql<number>`cast(${value} as bigint)`;
}

async function count(
  context: CommandContext,
  rollout: number,
  made: { readonly all: number; readonly ended: number },
): Promise<void> {
  await context.db
    .updateTable('phase')
    .set((eb) => ({ total: eb('total', '+', made.all), revision: eb('revision', '+', 1) }))
    .where('rollout', '=', rollout)
    .where('number', '=', ONLY_PHASE)
    .execute();
  await addToCount(context, [
    { rollout, phase: ONLY_PHASE, state: 'waiting', n: made.all - made.ended },
    { rollout, phase: ONLY_PHASE, state: 'succeeded', n: made.ended },
  ]);
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

/** Makes the assignments of a direct rollout, one for each device. */
export async function insertMembers(
  context: CommandContext,
  rollout: RolloutRow,
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
      phase: ONLY_PHASE,
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
  await count(context, rollout.id, { all: members.length, ended: 0 });
  return members;
}

const MEMBERS_PER_STATEMENT = 500;
