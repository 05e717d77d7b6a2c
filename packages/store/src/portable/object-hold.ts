import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import type { DatabaseLocation } from '../database/database-url.ts';
import { POSTGRES_CLOCK } from '../database/database-clock.ts';
import type { Schema } from '../schema.ts';

const PREFIX = 'object-hold:';
/** Sorts behind every name that begins with the prefix. */
const PREFIX_END = 'object-hold;';
/** A backup that dies holds the objects no longer than this. */
const HOLD_MINUTES = 10;
const RENEW_EVERY_MS = 60_000;
const BUSY_TIMEOUT_MS = 10_000;

/**
 * Keeps objects from being removed while a backup reads them, by a lease that every server on the database sees. To be
 * taken before the moment of the database is: an artifact that goes after that leaves its object until this is disposed
 * of. Renewed until then.
 */
export async function holdObjects(location: DatabaseLocation): Promise<AsyncDisposable> {
  const lease = await openLease(location, `${PREFIX}${randomUUID()}`);
  await lease.take();
  let failure: unknown = null;
  let renewing: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    renewing = lease.take().catch((error: unknown) => {
      failure ??= error;
    });
  }, RENEW_EVERY_MS);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await renewing;
      await lease.giveBack();
      if (failure !== null) throw new Error('the hold on the objects could not be renewed', { cause: failure });
    },
  };
}

/** Whether somebody reads the objects. `now` is the database's clock, epoch ms. */
export async function areObjectsHeld(db: Kysely<Schema>, now: number): Promise<boolean> {
  const held = db
    .selectFrom('lease')
    .select('name')
    .where('name', '>=', PREFIX)
    .where('name', '<', PREFIX_END)
    .where('expires_at', '>', now)
    .limit(1);
  return (await held.executeTakeFirst()) !== undefined;
}

type Lease = { readonly take: () => Promise<void>; readonly giveBack: () => Promise<void> };

async function openLease(location: DatabaseLocation, name: string): Promise<Lease> {
  if (location.dialect === 'sqlite') return openSqliteLease(location.file, name);
  // Who has the store has this file: the driver is for who needs it.
  const { connectAlone } = await import('../database/postgres-connection.ts');
  const { client, close } = await connectAlone(location.url);
  const text = `insert into lease (name, owner, expires_at) values ($1, $1, ${POSTGRES_CLOCK} + $2)
    on conflict (name) do update set expires_at = excluded.expires_at`;
  return {
    take: async () => void (await client.query(text, [name, HOLD_MINUTES * 60_000])),
    giveBack: async () => {
      await client.query('delete from lease where name = $1', [name]);
      await close();
    },
  };
}

/** A statement of its own beside the server's writer: either waits for the other's commit, some milliseconds. */
function openSqliteLease(file: string, name: string): Lease {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  database.exec('pragma synchronous = full; pragma wal_autocheckpoint = 0');
  return {
    take: async () => {
      const expiresAt = BigInt(Date.now() + HOLD_MINUTES * 60_000);
      database
        .prepare('insert or replace into lease (name, owner, expires_at) values (?, ?, ?)')
        .run(name, name, expiresAt);
    },
    giveBack: async () => {
      database.prepare('delete from lease where name = ?').run(name);
      database.close();
    },
  };
}
