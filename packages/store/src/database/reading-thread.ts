import { parentPort, workerData } from 'node:worker_threads';
import { SqliteConnection } from './sqlite-connection.ts';
import type { FromReadingThread, ReadRequest } from './reading-thread-client.ts';
import { failureOf } from '../writer/command-failure.ts';

/**
 * The reading thread: long reads run here, so that they do not stand in the way of polls. A file that cannot be opened now
 * (no more descriptors, a disk that is away) fails the read that asked, and is tried again by the next.
 */
function serve(port: NonNullable<typeof parentPort>, file: string): void {
  let connection: SqliteConnection | undefined;
  const open = () => (connection ??= new SqliteConnection(file, { reads: 'long' }));
  port.on('message', (request: ReadRequest | 'close') => {
    if (request === 'close') {
      connection?.close();
      port.close();
      return;
    }
    port.postMessage(answer(open, request));
  });
}

function answer(open: () => SqliteConnection, { id, sql, parameters }: ReadRequest): FromReadingThread {
  try {
    return { id, outcome: 'rows', rows: open().run(sql, parameters).rows };
  } catch (error) {
    return { id, outcome: 'failed', failure: failureOf(error) };
  }
}

if (parentPort === null) throw new Error('reading-thread.ts runs as a worker thread only');
serve(parentPort, workerData as string);
