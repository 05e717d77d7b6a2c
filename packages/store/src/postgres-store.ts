import type { Kysely } from 'kysely';
import type { Pool } from 'pg';
import type { CommandMap } from './command.ts';
import { databaseNow, movedTime, ReckonedClock } from './database/database-clock.ts';
import { readerOver } from './database/kysely-database.ts';
import { openPostgres } from './database/open-postgres.ts';
import { whatFailed } from './database/store-error.ts';
import { acquireClient, PostgresConnection, type StatementNames } from './database/postgres-connection.ts';
import { EventListeners } from './outbox/event-listeners.ts';
import { PostgresNotifications } from './outbox/postgres-notifications.ts';
import { startSequencer } from './outbox/sequencer.ts';
import type { Schema } from './schema.ts';
import type { Store, StoreParts } from './store.ts';
import { PoolRunner } from './writer/pool-runner.ts';

/** The store on PostgreSQL, which any number of servers share. */
export async function openPostgresStore<M extends CommandMap>(options: StoreParts, url: string): Promise<Store<M>> {
  const { clockOffset, log } = options;
  const { commands } = (await import(options.commandsModule.href)) as { commands: M };
  const { pool, reading, names } = await openPostgres(url, {
    ...(options.maxConnections === undefined ? {} : { maxConnections: options.maxConnections }),
    onLost: (error) => log.warn(whatFailed(error), 'a connection to PostgreSQL was lost'),
  });
  const events = new EventListeners();
  const notifications = new PostgresNotifications({
    url,
    log,
    onMissed: () => {
      options.onMissed?.();
      events.wake();
    },
    onTouched: (touched) => {
      options.onCommitted?.(touched);
      if (touched.events) events.wake();
    },
    onAppended: () => sequencer.wake(),
  });
  const clock = new ReckonedClock();
  const runner = new PoolRunner<M>(commands, { pool, names, clockOffset, clock, onCommitted: notifications.tell });
  const sequencer = startSequencer({ runner, log, onSequenced: notifications.tellSequenced });
  await notifications.listen();

  const reader = poolReader(reading, names);
  const closeAll = async () => {
    await runner.close();
    await sequencer.close();
    await notifications.close();
    await Promise.all([reading.end(), pool.end()]);
  };
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= closeAll());
  return {
    dialect: 'postgres',
    reader,
    longReader: poolReader(pool, names),
    commands: runner,
    objects: options.objects,
    onEvents: events.subscribe,
    now: () => databaseNow(reader, 'postgres', clockOffset),
    clock: () => movedTime(clock.now(), clockOffset),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function poolReader(pool: Pool, names: StatementNames): Kysely<Schema> {
  return readerOver('postgres', {
    acquire: async () => new PostgresConnection(await acquireClient(pool), names),
    release: (connection) => (connection as PostgresConnection).client.release(),
  });
}
