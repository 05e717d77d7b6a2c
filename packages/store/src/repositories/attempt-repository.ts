import { nextDue, type AssignmentAggregate, type Attempt } from '@updraft/core';
import { sql, type Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import { compiledOnce } from '../database/compiled-once.ts';
import type { Schema } from '../schema.ts';
import type { StoredAssignment } from './assignment-repository.ts';
import { nextWireId } from './wire-ids.ts';

/** The row of an attempt, and its wire id. */
export type SavedAttempt = { readonly id: number; readonly number: number };

/**
 * Writes the attempt that `decide` made: a row is born, or changed. A first attempt bears the assignment's
 * own wire id, every other one of its own (design: 6-data 1).
 */
export async function saveAttempt(
  context: CommandContext,
  stored: StoredAssignment,
  after: AssignmentAggregate,
): Promise<SavedAttempt | null> {
  const { attempt } = after;
  if (attempt === null) return null;
  const columns = columnsOf(attempt, nextDue(after, attempt)?.at ?? null);
  if (stored.attemptId === null) {
    const { attempts } = after.assignment;
    const [born] = (
      await insert(context.db, {
        ...columns,
        tenant: stored.tenant,
        assignment: stored.id,
        device: stored.device,
        number: attempts === 1 ? stored.number : await nextWireId(context, stored.tenant),
        ordinal: attempts,
      })
    ).rows;
    if (born === undefined) throw new Error(`no attempt of assignment ${stored.id} is born`);
    return born;
  }
  const heard = heardOnly(stored, after);
  if (heard !== null) await writeHeard(context.db, heard);
  else
    await WRITE[attempt.state === 'downloaded' || attempt.state === 'installing' ? attempt.state : 'otherwise'](
      context.db,
      { ...columns, id: stored.attemptId, state_at: attempt.stateAt },
    );
  return { id: stored.attemptId, number: stored.attemptNumber ?? stored.number };
}

function columnsOf(attempt: Attempt, nextAt: number | null) {
  return {
    state: attempt.state,
    state_at: attempt.stateAt,
    canceled_from: attempt.canceledFrom,
    consent: attempt.consent,
    asks_again_at: attempt.asksAgainAt,
    evidence: attempt.evidence.join(','),
    offered_at: attempt.offeredAt,
    install_offered_at: attempt.installOfferedAt,
    begun_at: attempt.begunAt,
    cancel_refused_at: attempt.cancelRefusedAt,
    refused_at: attempt.refusedAt,
    refusal: attempt.refusal,
    refusals: attempt.refusals,
    heard_at: attempt.heardAt,
    next_at: attempt.endedAt === null ? nextAt : null,
    ended_at: attempt.endedAt,
    reason: attempt.reason,
    message: attempt.message,
    pace_held: attempt.paceHeld ? 1 : 0,
    slot_before: attempt.slotBefore,
    boot_id_before: attempt.bootIdBefore,
  } as const;
}

type Columns = ReturnType<typeof columnsOf>;

/** Of an attempt of which nothing but the moment of its word is new. */
export type Heard = { readonly id: number; readonly heardAt: number | null; readonly nextAt: number | null };

/** What is to be written where a device only goes on, as most reports say; null: more is new. */
export function heardOnly({ attemptId, aggregate }: StoredAssignment, after: AssignmentAggregate): Heard | null {
  const { attempt: was } = aggregate;
  const { attempt } = after;
  if (attemptId === null || was === null || attempt === null) return null;
  const columns = columnsOf(attempt, nextDue(after, attempt)?.at ?? null);
  const before = columnsOf(was, null);
  const names = Object.keys(columns) as (keyof Columns)[];
  const isOnly = names.every((name) => name === 'heard_at' || name === 'next_at' || before[name] === columns[name]);
  return isOnly ? { id: attemptId, heardAt: columns.heard_at, nextAt: columns.next_at } : null;
}

/** Writes that the devices of all these attempts, each once, go on. */
export async function saveHeard({ db, dialect }: CommandContext, heard: readonly Heard[]): Promise<void> {
  if (dialect === 'sqlite') {
    await writeListedHeard(db, { list: JSON.stringify(heard.map((one) => [one.id, one.heardAt, one.nextAt])) });
    return;
  }
  await writeAllHeard(db, {
    ids: heard.map(({ id }) => id),
    heardAt: heard.map((one) => one.heardAt),
    nextAt: heard.map((one) => one.nextAt),
  });
}

type AllHeard = {
  readonly ids: readonly number[];
  readonly heardAt: readonly (number | null)[];
  readonly nextAt: readonly (number | null)[];
};

const writeAllHeard = compiledOnce((db, { ids, heardAt, nextAt }: AllHeard) => ({
  compile: () =>
    sql`
    update attempt set heard_at = u.heard_at, next_at = u.next_at, revision = attempt.revision + 1
    from unnest(${ids}::bigint[], ${heardAt}::bigint[], ${nextAt}::bigint[]) as u (id, heard_at, next_at)
    where attempt.id = u.id`.compile(db),
}));

const writeListedHeard = compiledOnce((db, { list }: { readonly list: string }) => ({
  compile: () =>
    sql`
    update attempt set heard_at = json_each.value ->> 1, next_at = json_each.value ->> 2, revision = attempt.revision + 1
    from json_each(${list}) where attempt.id = json_each.value ->> 0`.compile(db),
}));

/** SQLite writes each index anew that bears a column which is set, also to what it was. */
const writeHeard = compiledOnce((db, { id, heardAt, nextAt }: Heard) =>
  db
    .updateTable('attempt')
    .set((eb) => ({ heard_at: heardAt, next_at: nextAt, revision: eb('revision', '+', 1) }))
    .where('id', '=', id),
);

type BornAttempt = Columns & {
  readonly [C in 'tenant' | 'assignment' | 'device' | 'number' | 'ordinal']: number;
};

const insert = compiledOnce((db, row: BornAttempt) =>
  db
    .insertInto('attempt')
    .values({
      ...valuesOf(row),
      tenant: row.tenant,
      assignment: row.assignment,
      device: row.device,
      number: row.number,
      ordinal: row.ordinal,
    })
    .returning(['id', 'number']),
);

type WrittenAttempt = Columns & { readonly id: number };

/** When an attempt entered two of its states is written beside it: the history of stages is made from that. */
const WRITE = {
  downloaded: compiledOnce((db, row: WrittenAttempt) => update(db, row).set({ downloaded_at: row.state_at })),
  installing: compiledOnce((db, row: WrittenAttempt) => update(db, row).set({ installing_at: row.state_at })),
  otherwise: compiledOnce((db, row: WrittenAttempt) => update(db, row)),
};

function update(db: Kysely<Schema>, row: WrittenAttempt) {
  return db
    .updateTable('attempt')
    .set((eb) => ({ ...valuesOf(row), revision: eb('revision', '+', 1) }))
    .where('id', '=', row.id);
}

/** Named one by one: a statement that is put together once has no keys of its own to spread. */
function valuesOf(row: Columns): Columns {
  return {
    state: row.state,
    state_at: row.state_at,
    canceled_from: row.canceled_from,
    consent: row.consent,
    asks_again_at: row.asks_again_at,
    evidence: row.evidence,
    offered_at: row.offered_at,
    install_offered_at: row.install_offered_at,
    begun_at: row.begun_at,
    cancel_refused_at: row.cancel_refused_at,
    refused_at: row.refused_at,
    refusal: row.refusal,
    refusals: row.refusals,
    heard_at: row.heard_at,
    next_at: row.next_at,
    ended_at: row.ended_at,
    reason: row.reason,
    message: row.message,
    pace_held: row.pace_held,
    slot_before: row.slot_before,
    boot_id_before: row.boot_id_before,
  };
}

/** Says when an attempt is looked at again, where a limit that fell due had not passed after all. */
export async function postponeAttempt(context: CommandContext, id: number, nextAt: number | null): Promise<void> {
  await context.db.updateTable('attempt').set({ next_at: nextAt }).where('id', '=', id).execute();
}

export type DueAttempt = {
  readonly id: number;
  readonly tenant: number;
  readonly assignment: number;
  readonly device: number;
};

export const DUE_ATTEMPTS = 100;

/** Attempts whose time has come, the oldest first, at most {@link DUE_ATTEMPTS}. */
export async function dueAttempts(db: Kysely<Schema>, now: number): Promise<readonly DueAttempt[]> {
  return (await readDue(db, { now })).rows;
}

const readDue = compiledOnce((db, { now }: { readonly now: number }) =>
  db
    .selectFrom('attempt')
    .select(['id', 'tenant', 'assignment', 'device'])
    .where('next_at', '<=', now)
    .orderBy('next_at')
    .limit(DUE_ATTEMPTS),
);

/** Whether an attempt of another assignment of the device was offered after `offeredAt`. */
export async function wasOfferedSince(
  db: Kysely<Schema>,
  device: number,
  than: { readonly assignment: number; readonly offeredAt: number },
): Promise<boolean> {
  return (await readOfferedSince(db, { device, ...than })).rows.length > 0;
}

type OfferedSince = { readonly device: number; readonly assignment: number; readonly offeredAt: number };

const readOfferedSince = compiledOnce((db, { device, assignment, offeredAt }: OfferedSince) =>
  db
    .selectFrom('assignment as a')
    .innerJoin('attempt as t', 't.assignment', 'a.id')
    .select('t.id')
    .where('a.device', '=', device)
    .where('a.id', '!=', assignment)
    .where('t.offered_at', '>', offeredAt)
    .limit(1),
);
