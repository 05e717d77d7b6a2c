import type { Transaction } from 'kysely';
import type { Command, CommandContext, CommandMap, Touched } from '../command.ts';
import type { ClockOffset } from '../database/database-clock.ts';
import { databaseNow } from '../database/database-clock.ts';
import type { SqliteConnection } from '../database/sqlite-connection.ts';
import { sequenceEvents } from '../outbox/sequence-events.ts';
import type { WireIdBlocks } from '../repositories/wire-ids.ts';
import type { Schema } from '../schema.ts';
import { failureOf } from './command-failure.ts';
import { PutOff } from './put-off.ts';
import { TouchedRows } from './touched-rows.ts';
import type { CommandAnswer, CommandRequest } from './writer-protocol.ts';

const MAX_COMMANDS_PER_COMMIT = 256;
const MAX_COMMIT_MILLISECONDS = 10;

export type Batch = { readonly answers: readonly CommandAnswer[]; readonly touched: Touched };

export type BatchTools = {
  readonly connection: SqliteConnection;
  readonly transaction: Transaction<Schema>;
  readonly commands: CommandMap;
  readonly clockOffset: ClockOffset | undefined;
  readonly wireIds: WireIdBlocks;
};

/**
 * Runs waiting commands, each in a savepoint, and commits them together; `take` gives the next one. A commit takes at
 * most {@link MAX_COMMANDS_PER_COMMIT} and begins no other after {@link MAX_COMMIT_MILLISECONDS}. Where SQLite gives the
 * whole transaction up (disk full, I/O error), each of its commands runs again in a commit of its own, so that one
 * command's error does not become another's.
 */
export async function runBatch(tools: BatchTools, take: () => CommandRequest | undefined): Promise<Batch> {
  const requests: CommandRequest[] = [];
  const startedAt = performance.now();
  const next = () => {
    if (requests.length >= MAX_COMMANDS_PER_COMMIT) return undefined;
    if (requests.length > 0 && performance.now() - startedAt > MAX_COMMIT_MILLISECONDS) return undefined;
    const request = take();
    if (request !== undefined) requests.push(request);
    return request;
  };
  const first = next();
  if (first === undefined) return { answers: [], touched: new TouchedRows().take() };
  const together = await commit(tools, first, next);
  if (together.outcome === 'committed') return together.batch;
  return apart(tools, requests, together.error);
}

type Commit = { outcome: 'committed'; batch: Batch } | { outcome: 'lost'; error: unknown };

async function commit(
  tools: BatchTools,
  first: CommandRequest,
  next: () => CommandRequest | undefined,
): Promise<Commit> {
  const { database } = tools.connection;
  const all = { touched: new TouchedRows(), putOff: new PutOff() };
  const { touched } = all;
  const answers: CommandAnswer[] = [];
  try {
    database.exec('begin immediate');
    for (let request: CommandRequest | undefined = first; request !== undefined; request = next())
      answers.push(await runInSavepoint(tools, request, all));
    // The only writer's commits are in the order of its ids: events get their positions in the same commit.
    if (touched.events) await sequenceEvents(tools.transaction);
    database.exec('commit');
    all.putOff.runAfterCommit();
    return { outcome: 'committed', batch: { answers, touched: touched.take() } };
  } catch (error) {
    if (database.isTransaction) database.exec('rollback');
    return { outcome: 'lost', error };
  }
}

async function apart(tools: BatchTools, requests: readonly CommandRequest[], error: unknown): Promise<Batch> {
  const [only, ...others] = requests;
  if (only !== undefined && others.length === 0) return { answers: [failed(only, error)], touched: nothing() };
  const touched = new TouchedRows();
  const answers: CommandAnswer[] = [];
  for (const request of requests) {
    const alone = await commit(tools, request, () => undefined);
    if (alone.outcome === 'lost') answers.push(failed(request, alone.error));
    else {
      answers.push(...alone.batch.answers);
      touched.add(alone.batch.touched);
    }
  }
  return { answers, touched: touched.take() };
}

/** Throws where the transaction is gone; an error of the command itself becomes its answer. */
async function runInSavepoint(
  tools: BatchTools,
  request: CommandRequest,
  all: { readonly touched: TouchedRows; readonly putOff: PutOff },
): Promise<CommandAnswer> {
  const { database } = tools.connection;
  const [touched, putOff] = [new TouchedRows(), new PutOff()];
  database.exec('savepoint command');
  try {
    const now = await databaseNow(tools.transaction, 'sqlite', tools.clockOffset);
    const { touch } = touched;
    const { last, lastForAll, afterCommit } = putOff;
    const { transaction: db, wireIds } = tools;
    const context: CommandContext = { db, dialect: 'sqlite', now, touch, last, lastForAll, afterCommit, wireIds };
    const output = await commandOf(tools.commands, request.name)(context, request.input);
    await putOff.runLast();
    database.exec('release command');
    all.touched.add(touched.take());
    all.putOff.add(putOff);
    return { id: request.id, outcome: 'done', output };
  } catch (error) {
    if (!database.isTransaction) throw error;
    database.exec('rollback to command; release command');
    return failed(request, error);
  }
}

/** The command of that name. Throws `command-unknown`. */
export function commandOf(commands: CommandMap, name: string): Command<unknown, unknown> {
  if (Object.hasOwn(commands, name)) return commands[name] as unknown as Command<unknown, unknown>;
  throw Object.assign(new Error(`there is no command "${name}"`), { code: 'command-unknown' });
}

function failed(request: CommandRequest, error: unknown): CommandAnswer {
  return { id: request.id, outcome: 'failed', failure: failureOf(error) };
}

function nothing(): Touched {
  return new TouchedRows().take();
}
