import { Worker } from 'node:worker_threads';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import type { CommandFailure } from '../writer/command-failure.ts';
import { toError } from '../writer/command-failure.ts';
import { StoreError } from './store-error.ts';

export type ReadRequest = { readonly id: number; readonly sql: string; readonly parameters: readonly unknown[] };
export type FromReadingThread =
  | { readonly id: number; readonly outcome: 'rows'; readonly rows: unknown[] }
  | { readonly id: number; readonly outcome: 'failed'; readonly failure: CommandFailure };

const MAX_WAITING_READS = 1000;

type Waiting = { readonly resolve: (rows: unknown[]) => void; readonly reject: (error: Error) => void };

/** Kysely's view of a thread that reads; the thread starts with the first read. */
export class ReadingThread implements DatabaseConnection {
  readonly #file: string;
  readonly #onFatal: (error: Error) => void;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #exited: Promise<void> = Promise.resolve();
  #lastId = 0;
  #closing = false;

  constructor(file: string, onFatal: (error: Error) => void) {
    this.#file = file;
    this.#onFatal = onFatal;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#closing) throw new StoreError('store-closed', 'the store is closed');
    if (this.#waiting.size >= MAX_WAITING_READS)
      throw new StoreError('limit-reached', `more than ${MAX_WAITING_READS} long reads wait`);
    this.#worker ??= this.#start();
    const id = (this.#lastId += 1);
    const rows = await new Promise<unknown[]>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker?.postMessage({ id, sql, parameters } satisfies ReadRequest);
    });
    return { rows: rows as R[] };
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('read page by page: a stream would hold the reading thread as long as its reader likes');
  }

  /** Waits for what was asked before. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#worker?.postMessage('close');
    await this.#exited;
  }

  #start(): Worker {
    const worker = new Worker(new URL('./reading-thread.ts', import.meta.url), {
      workerData: this.#file,
      name: 'updraft-reader',
    });
    worker.on('message', (message: FromReadingThread) => {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.outcome === 'rows') waiting?.resolve(message.rows);
      else waiting?.reject(toError(message.failure));
    });
    worker.on('error', (error) => this.#lose(error as Error));
    this.#exited = new Promise((resolve) => worker.on('exit', () => resolve()));
    return worker;
  }

  #lose(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#onFatal(error);
  }
}
