import { Worker } from 'node:worker_threads';
import type { CommandInput, CommandMap, CommandOutput, CommandRunner, Touched } from '../command.ts';
import { CommandFailed } from '../command.ts';
import type { ClockOffset } from '../database/database-clock.ts';
import { toCommandFailed } from './command-failure.ts';
import { isEmpty } from './touched-rows.ts';
import type { CommandRequest, FromWriter, ToWriter, WriterData } from './writer-protocol.ts';

/** Enough for a burst of every device of a large fleet; beyond it a caller is told to come back. */
export const MAX_WAITING_COMMANDS = 20_000;

export type WriterOptions = {
  readonly commandsModule: URL;
  readonly clockOffset: ClockOffset | undefined;
  /** Told after each commit, before the commands' callers hear. */
  readonly onCommitted: (touched: Touched) => void;
  /** Told once, when the thread is lost: nothing can be written any more. */
  readonly onFatal: (error: Error) => void;
};

type Waiting = {
  readonly name: string;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
};

/** The writer thread as its process sees it. Commands may be given before `open`; they wait. */
export class WriterClient<M extends CommandMap> implements CommandRunner<M> {
  readonly #options: WriterOptions;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #exited = Promise.withResolvers<void>();
  #outgoing: CommandRequest[] = [];
  #lastId = 0;
  #state: 'running' | 'closing' | 'lost' = 'running';

  constructor(options: WriterOptions) {
    this.#options = options;
    const { commandsModule, clockOffset } = options;
    const workerData: WriterData = { commandsModule: commandsModule.href, clockOffset };
    this.#worker = new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData, name: 'updraft-writer' });
    this.#worker.on('message', (message: FromWriter) => this.#receive(message));
    this.#worker.on('error', (error) => this.#lose(error as Error));
    this.#worker.on('exit', (code) => {
      if (this.#state !== 'closing') this.#lose(new Error(`the writer thread ended with ${code}`));
      this.#exited.resolve();
    });
    // Who never opens it has closed it.
    this.#ready.promise.catch(() => undefined);
  }

  /** Opens the database, whose schema must stand. Rejects with what the thread could not do. */
  open(file: string): Promise<void> {
    this.#post({ type: 'open', file });
    return this.#ready.promise;
  }

  run<N extends keyof M & string>(name: N, input: CommandInput<M, N>): Promise<CommandOutput<M, N>> {
    if (this.#state !== 'running') return Promise.reject(new CommandFailed(name, STATE_CODE[this.#state], undefined));
    if (this.#waiting.size >= MAX_WAITING_COMMANDS)
      return Promise.reject(new CommandFailed(name, 'limit-reached', undefined));
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      this.#waiting.set(this.#lastId, { name, resolve: resolve as Waiting['resolve'], reject });
      this.#outgoing.push({ id: this.#lastId, name, input });
      // What one turn of the caller gives goes over in one message.
      if (this.#outgoing.length === 1) queueMicrotask(() => this.#flush());
    });
  }

  /** Waits for what was given before, then ends the thread. */
  async close(): Promise<void> {
    if (this.#state === 'running') {
      this.#state = 'closing';
      this.#flush();
      this.#post({ type: 'close' });
    }
    await this.#exited.promise;
  }

  #flush(): void {
    const requests = this.#outgoing;
    this.#outgoing = [];
    if (requests.length === 0) return;
    try {
      this.#post({ type: 'commands', requests });
    } catch {
      for (const request of requests) this.#postAlone(request);
    }
  }

  /** An input that cannot cross threads fails its own command only. */
  #postAlone(request: CommandRequest): void {
    try {
      this.#post({ type: 'commands', requests: [request] });
    } catch (cause) {
      this.#settle(request.id)?.reject(new CommandFailed(request.name, 'input-not-plain', cause));
    }
  }

  #post(message: ToWriter): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWriter): void {
    if (message.type === 'ready') this.#ready.resolve();
    if (message.type === 'refused') {
      this.#state = 'closing';
      this.#ready.reject(toCommandFailed('open', message.failure).cause);
    }
    if (message.type !== 'committed') return;
    if (!isEmpty(message.touched)) this.#options.onCommitted(message.touched);
    for (const answer of message.answers) {
      const waiting = this.#settle(answer.id);
      if (answer.outcome === 'done') waiting?.resolve(answer.output);
      else waiting?.reject(toCommandFailed(waiting.name, answer.failure));
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  /** A command that was sent may or may not have been committed: its caller must look. */
  #lose(error: Error): void {
    if (this.#state === 'lost') return;
    this.#state = 'lost';
    for (const { name, reject } of this.#waiting.values()) reject(new CommandFailed(name, 'writer-lost', error));
    this.#waiting.clear();
    this.#ready.reject(error);
    this.#options.onFatal(error);
  }
}

const STATE_CODE = { closing: 'store-closed', lost: 'writer-lost' } as const;
