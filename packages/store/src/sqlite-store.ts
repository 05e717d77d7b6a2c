import type { CommandMap, Touched } from './command.ts';
import { lockDataDir } from './database/data-dir-lock.ts';
import { databaseNow, movedTime } from './database/database-clock.ts';
import { readerOn } from './database/kysely-database.ts';
import { migrateSqlite } from './database/open-sqlite.ts';
import { ReadingThread } from './database/reading-thread-client.ts';
import { SqliteConnection } from './database/sqlite-connection.ts';
import { EventListeners } from './outbox/event-listeners.ts';
import type { Store, StoreParts } from './store.ts';
import { WriterClient } from './writer/writer-client.ts';

/** The store in one SQLite file: a writer thread, a connection for reading here, and a thread for long reads. */
export async function openSqliteStore<M extends CommandMap>(options: StoreParts, file: string): Promise<Store<M>> {
  const lock = lockDataDir(options.dataDir);
  const events = new EventListeners();
  const onCommitted = (touched: Touched) => {
    options.onCommitted?.(touched);
    if (touched.events) events.wake();
  };
  const { commandsModule, clockOffset, onFatal } = options;
  const writer = new WriterClient<M>({ commandsModule, clockOffset, onCommitted, onFatal });
  try {
    // The thread imports its commands meanwhile.
    await migrateSqlite(file);
    await writer.open(file);
  } catch (error) {
    await writer.close();
    lock[Symbol.dispose]();
    throw error;
  }
  const connection = new SqliteConnection(file, { reads: 'hot' });
  const reader = readerOn('sqlite', connection);
  const readingThread = new ReadingThread(file, onFatal);
  const longReader = readerOn('sqlite', readingThread);
  const closeAll = async () => {
    await writer.close();
    await readingThread.close();
    connection.close();
    lock[Symbol.dispose]();
  };
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= closeAll());
  return {
    dialect: 'sqlite',
    reader,
    longReader,
    commands: writer,
    objects: options.objects,
    onEvents: events.subscribe,
    now: () => databaseNow(reader, 'sqlite', clockOffset),
    clock: () => movedTime(Date.now(), clockOffset),
    close,
    [Symbol.asyncDispose]: close,
  };
}
