import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Dialect } from '../command.ts';
import type { Schema } from '../schema.ts';

/**
 * Milliseconds to add to the database's clock, in memory that threads share. It is there for who must see time pass
 * without waiting for it; a server that runs in earnest has none.
 */
export type ClockOffset = BigInt64Array<SharedArrayBuffer>;

export function createClockOffset(): ClockOffset {
  return new BigInt64Array(new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT));
}

export function advanceClock(offset: ClockOffset, milliseconds: number): void {
  Atomics.add(offset, 0, BigInt(milliseconds));
}

export function offsetMs(offset: ClockOffset | undefined): number {
  return offset === undefined ? 0 : Number(Atomics.load(offset, 0));
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
  if (dialect === 'sqlite') return Date.now() + offsetMs(offset);
  const { rows } = await sql<{ now: number }>`select ${sql.raw(POSTGRES_CLOCK)} as now`.execute(db);
  return (rows[0]?.now ?? Date.now()) + offsetMs(offset);
}
