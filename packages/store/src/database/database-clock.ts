import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Dialect } from '../command.ts';
import type { Schema } from '../schema.ts';

/**
 * Milliseconds to add to the database's clock, and to what: to its time, or (1) to nothing, so that it stands still. In
 * memory that threads share. It is there for who must see time pass without waiting for it, or not pass at all; a server
 * that runs in earnest has none.
 */
export type ClockOffset = BigInt64Array<SharedArrayBuffer>;

const [ADDED_MS, STANDS] = [0, 1];

export function createClockOffset(): ClockOffset {
  return new BigInt64Array(new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT));
}

export function advanceClock(offset: ClockOffset, milliseconds: number): void {
  Atomics.add(offset, ADDED_MS, BigInt(milliseconds));
}

/** From now on the clock stands at `at` (epoch ms), however long anything takes. */
export function standClock(offset: ClockOffset, at: number): void {
  Atomics.store(offset, ADDED_MS, BigInt(at));
  Atomics.store(offset, STANDS, 1n);
}

/** What the clock says, where the database's own says `now`: both epoch ms. */
export function movedTime(now: number, offset: ClockOffset | undefined): number {
  if (offset === undefined) return now;
  const from = Atomics.load(offset, STANDS) === 1n ? 0 : now;
  return from + Number(Atomics.load(offset, ADDED_MS));
}

/** PostgreSQL's clock as this process knows it without asking: told of whenever the database has said its time. */
export class ReckonedClock {
  #aheadMs = 0;

  note(databaseNow: number): void {
    this.#aheadMs = databaseNow - Date.now();
  }

  /** Epoch ms, without a test's offset. */
  now(): number {
    return Date.now() + this.#aheadMs;
  }
}

/** PostgreSQL's clock as epoch ms; `clock_timestamp`, because `now()` stands still in a transaction. */
export const POSTGRES_CLOCK = '(extract(epoch from clock_timestamp()) * 1000)::bigint';

/** The database's clock, epoch ms: SQLite lives in this process, PostgreSQL is asked. */
export async function databaseNow(db: Kysely<Schema>, dialect: Dialect, offset?: ClockOffset): Promise<number> {
  if (dialect === 'sqlite') return movedTime(Date.now(), offset);
  const { rows } = await sql<{ now: number }>`select ${sql.raw(POSTGRES_CLOCK)} as now`.execute(db);
  return movedTime(rows[0]?.now ?? Date.now(), offset);
}
