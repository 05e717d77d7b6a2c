import type { Transaction } from 'kysely';
import type { WireIdBlocks } from './repositories/wire-ids.ts';
import type { Schema } from './schema.ts';

export type Dialect = 'sqlite' | 'postgres';

/** What a transaction changed that others remember: told after the commit, before the command's caller hears. */
export type Touched = {
  readonly devices: readonly number[];
  /** Devices that said that they go on: what may be told to them is new, who they are is not. Left out: none. */
  readonly heard?: readonly number[];
  readonly tenants: readonly number[];
  readonly events: boolean;
};

/**
 * What a command writes through. It exists only inside a transaction; on SQLite many commands share one commit, each in
 * a savepoint of its own.
 */
export type CommandContext = {
  readonly db: Transaction<Schema>;
  readonly dialect: Dialect;
  /** The database's clock at the start of the command, epoch ms. */
  readonly now: number;
  /** Notes changed rows for the caches of polls. */
  readonly touch: (what: Partial<{ device: number; heard: number; tenant: number; events: true }>) => void;
  /**
   * Puts work off to the end of the transaction, in the order of `key`: what takes a row that many others wait for.
   */
  readonly last: (key: string, work: () => Promise<void>) => void;
  /** As `last`, once for all items of a key: `work` of the first takes them. */
  readonly lastForAll: <T>(key: string, item: T, work: (items: readonly T[]) => Promise<void>) => void;
  /** Puts off what only a commit makes true. */
  readonly afterCommit: (act: () => void) => void;
  /** Wire ids that this process has leased; SQLite's one writer needs none. */
  readonly wireIds: WireIdBlocks;
};

/** A use-case that writes: plain data in, plain data out. It may run again when the database asks for it. */
export type Command<Input, Output> = (context: CommandContext, input: Input) => Promise<Output>;

export type CommandMap = Readonly<Record<string, Command<never, unknown>>>;
export type CommandInput<M extends CommandMap, N extends keyof M> = Parameters<M[N]>[1];
export type CommandOutput<M extends CommandMap, N extends keyof M> = Awaited<ReturnType<M[N]>>;

/** Runs commands one after the other on SQLite's writer thread, or on a pool of PostgreSQL connections. */
export interface CommandRunner<M extends CommandMap> {
  /** Resolves after the commit is durable. Rejects with {@link CommandFailed} when the command threw. */
  run<N extends keyof M & string>(name: N, input: CommandInput<M, N>): Promise<CommandOutput<M, N>>;
}

export class CommandFailed extends Error {
  readonly code: string;
  constructor(command: string, code: string, cause: unknown) {
    super(`the command "${command}" failed: ${code}`, { cause });
    this.name = 'CommandFailed';
    this.code = code;
  }
}
