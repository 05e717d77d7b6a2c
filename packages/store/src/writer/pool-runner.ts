import { setTimeout as sleep } from 'node:timers/promises';
import type { Transaction } from 'kysely';
import type pg from 'pg';
import type { CommandContext, CommandInput, CommandMap, CommandOutput, CommandRunner, Touched } from '../command.ts';
import { CommandFailed } from '../command.ts';
import type { ClockOffset, ReckonedClock } from '../database/database-clock.ts';
import { movedTime, POSTGRES_CLOCK } from '../database/database-clock.ts';
import { transactionOver } from '../database/kysely-database.ts';
import { acquireClient, asLostConnection, PostgresConnection } from '../database/postgres-connection.ts';
import type { StatementNames } from '../database/postgres-connection.ts';
import { failureCode, nativeCode } from '../database/store-error.ts';
import { WireIdBlocks } from '../repositories/wire-ids.ts';
import type { Schema } from '../schema.ts';
import { commandOf } from './command-batch.ts';
import { PutOff } from './put-off.ts';
import { TouchedRows } from './touched-rows.ts';
import { MAX_WAITING_COMMANDS } from './writer-client.ts';

const MAX_COMMAND_RUNS = 8;
const FIRST_BACK_OFF_MS = 4;
const BEGIN = `begin isolation level read committed; select ${POSTGRES_CLOCK} as now`;
/** serialization_failure, deadlock_detected, and races that the command declared. */
const RETRIED: ReadonlySet<unknown> = new Set(['40001', '40P01', 'unique-race', 'pace-race']);

export type PoolRunnerOptions = {
  readonly pool: pg.Pool;
  readonly names: StatementNames;
  readonly clockOffset: ClockOffset | undefined;
  /** Learns the database's time with each command. */
  readonly clock: ReckonedClock;
  readonly onCommitted: (touched: Touched) => void;
};

/** Runs commands on PostgreSQL, each in a transaction of its own on a connection of the pool. */
export class PoolRunner<M extends CommandMap> implements CommandRunner<M> {
  readonly #commands: M;
  readonly #options: PoolRunnerOptions;
  readonly #transactions = new WeakMap<pg.PoolClient, Promise<Transaction<Schema>>>();
  readonly #wireIds = new WireIdBlocks();
  #running = new Set<Promise<unknown>>();
  #closing = false;

  constructor(commands: M, options: PoolRunnerOptions) {
    this.#commands = commands;
    this.#options = options;
  }

  run<N extends keyof M & string>(name: N, input: CommandInput<M, N>): Promise<CommandOutput<M, N>> {
    const code = this.#closing ? 'store-closed' : this.#running.size >= MAX_WAITING_COMMANDS ? 'limit-reached' : null;
    if (code !== null) return Promise.reject(new CommandFailed(name, code, undefined));
    const work = async (context: CommandContext) =>
      (await commandOf(this.#commands, name)(context, input)) as CommandOutput<M, N>;
    const running = this.transact(work).catch((error: unknown) => {
      throw new CommandFailed(name, failureCode(error), error);
    });
    this.#running.add(running);
    const forget = () => this.#running.delete(running);
    running.then(forget, forget);
    return running;
  }

  /** Runs `work` in a transaction, again where the database asks for it. What it touched is told after the commit. */
  async transact<T>(work: (context: CommandContext) => Promise<T>): Promise<T> {
    for (let run = 1; ; run += 1) {
      const touched = new TouchedRows();
      try {
        const output = await this.#once(work, touched);
        this.#options.onCommitted(touched.take());
        return output;
      } catch (error) {
        if (run >= MAX_COMMAND_RUNS || !RETRIED.has(nativeCode(error))) throw error;
        // Random, so that two that met do not meet again.
        await sleep(FIRST_BACK_OFF_MS * 2 ** (run - 1) * (0.5 + Math.random()));
      }
    }
  }

  /** Waits for what runs; the pool is its owner's. */
  async close(): Promise<void> {
    this.#closing = true;
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  async #once<T>(work: (context: CommandContext) => Promise<T>, touched: TouchedRows): Promise<T> {
    const { client, now } = await this.#begin();
    const putOff = new PutOff();
    const { last, lastForAll, afterCommit } = putOff;
    let lost: Error | undefined;
    try {
      const db = await this.#transactionOf(client);
      const output = await work({
        db,
        dialect: 'postgres',
        now: movedTime(now, this.#options.clockOffset),
        touch: touched.touch,
        last,
        lastForAll,
        afterCommit,
        wireIds: this.#wireIds,
      });
      await putOff.runLast();
      await commit(client);
      putOff.runAfterCommit();
      return output;
    } catch (error) {
      await client.query('rollback').catch((cause: Error) => {
        lost = cause;
      });
      throw lost === undefined ? error : asLostConnection(error);
    } finally {
      client.release(lost);
    }
  }

  /**
   * A connection with a transaction begun, and the database's clock, in one round trip. A connection that died in the
   * pool shows here, before anything was done: then another one is tried.
   */
  async #begin(): Promise<{ client: pg.PoolClient; now: number }> {
    for (let attempt = 0; ; attempt += 1) {
      const client = await acquireClient(this.#options.pool);
      try {
        const results = (await client.query(BEGIN)) as unknown as readonly pg.QueryResult<{ now: number }>[];
        const now = results[1]?.rows[0]?.now ?? Date.now();
        this.#options.clock.note(now);
        return { client, now };
      } catch (error) {
        client.release(error as Error);
        if (attempt > this.#options.pool.options.max) throw asLostConnection(error);
      }
    }
  }

  #transactionOf(client: pg.PoolClient): Promise<Transaction<Schema>> {
    const known = this.#transactions.get(client);
    if (known !== undefined) return known;
    const fresh = transactionOver('postgres', new PostgresConnection(client, this.#options.names));
    this.#transactions.set(client, fresh);
    return fresh;
  }
}

/** A command that swallowed a statement's error would commit nothing: PostgreSQL answers such a COMMIT with ROLLBACK. */
async function commit(client: pg.PoolClient): Promise<void> {
  const { command } = await client.query('commit');
  if (command !== 'COMMIT')
    throw Object.assign(new Error('a statement failed before the commit'), { code: 'transaction-aborted' });
}
