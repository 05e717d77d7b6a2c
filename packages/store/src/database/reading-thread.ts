import { parentPort, workerData } from 'node:worker_threads';
import { SqliteConnection } from './sqlite-connection.ts';
import type { FromReadingThread, ReadRequest } from './reading-thread-client.ts';
import { failureOf } from '../writer/command-failure.ts';

/** The reading thread: long reads run here, so that they do not stand in the way of polls. */
function serve(port: NonNullable<typeof parentPort>, file: string): void {
  const connection = new SqliteConnection(file, { readOnly: true });
  port.on('message', (request: ReadRequest | 'close') => {
    if (request === 'close') {
      connection.close();
      port.close();
      return;
    }
    port.postMessage(answer(connection, request));
  });
}

function answer(connection: SqliteConnection, { id, sql, parameters }: ReadRequest): FromReadingThread {
  try {
    return { id, outcome: 'rows', rows: connection.run(sql, parameters).rows };
  } catch (error) {
    return { id, outcome: 'failed', failure: failureOf(error) };
  }
}

if (parentPort === null) throw new Error('reading-thread.ts runs as a worker thread only');
serve(parentPort, workerData as string);
