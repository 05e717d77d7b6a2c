import path from 'node:path';
import type { CommandContext, Store } from '@updraft/store';
import { transactionOver } from '../../packages/store/src/database/kysely-database.ts';
import { migrateSqlite } from '../../packages/store/src/database/open-sqlite.ts';
import { SqliteConnection } from '../../packages/store/src/database/sqlite-connection.ts';
import { WireIdBlocks } from '../../packages/store/src/repositories/wire-ids.ts';
import { PutOff } from '../../packages/store/src/writer/put-off.ts';
import { commands, type Commands } from '../../packages/server/src/use-cases/commands.ts';

/** The store in this thread, on a clock that whoever plays turns. Nothing is synced: a simulation that dies is begun anew. */
export type SimulatedStore = Disposable & {
  readonly store: Pick<Store<Commands>, 'dialect' | 'reader' | 'commands' | 'now'>;
  /** Epoch ms. */
  readonly clock: { now: number };
  readonly db: CommandContext['db'];
  /** What commands have touched since it was asked for last. */
  readonly takeTouched: () => Touched;
  /** Statements that no command has: to fill tables, and to look. */
  readonly run: <R>(sql: string, ...parameters: readonly unknown[]) => readonly R[];
};

export type Touched = { readonly devices: ReadonlySet<number>; readonly isTenant: boolean };

const COMMANDS_PER_COMMIT = 2000;
const CACHE_KIB = 256 * 1024;

export async function openSimulatedStore(folder: string, startsAt: number): Promise<SimulatedStore> {
  const file = path.join(folder, 'simulated.db');
  await migrateSqlite(file);
  const connection = new SqliteConnection(file);
  connection.database.exec(
    `pragma synchronous = off; pragma cache_size = -${CACHE_KIB}; pragma wal_autocheckpoint = 10000`,
  );
  const db = await transactionOver('sqlite', connection);
  const clock = { now: startsAt };
  const wireIds = new WireIdBlocks();
  let touched = { devices: new Set<number>(), isTenant: false };
  let uncommitted = 0;
  connection.database.exec('begin immediate');

  const touch: CommandContext['touch'] = ({ device, tenant }) => {
    if (device !== undefined) touched.devices.add(device);
    if (tenant !== undefined) touched.isTenant = true;
  };
  const runCommand = async (name: string, input: unknown): Promise<unknown> => {
    const putOff = new PutOff();
    const { last, lastForAll, afterCommit } = putOff;
    const command = commands[name as keyof Commands] as unknown as (
      context: CommandContext,
      input: unknown,
    ) => Promise<unknown>;
    const context: CommandContext = {
      db,
      dialect: 'sqlite',
      now: clock.now,
      touch,
      last,
      lastForAll,
      afterCommit,
      wireIds,
    };
    const output = await command(context, input);
    await putOff.runLast();
    putOff.runAfterCommit();
    if ((uncommitted += 1) >= COMMANDS_PER_COMMIT) {
      connection.database.exec('commit; begin immediate');
      uncommitted = 0;
    }
    return output;
  };
  return {
    store: {
      dialect: 'sqlite',
      reader: db,
      commands: { run: runCommand } as Store<Commands>['commands'],
      now: () => Promise.resolve(clock.now),
    },
    clock,
    db,
    takeTouched: () => {
      const taken = touched;
      touched = { devices: new Set(), isTenant: false };
      return taken;
    },
    run: <R>(sql: string, ...parameters: readonly unknown[]) => connection.run<R>(sql, parameters).rows,
    [Symbol.dispose]: () => {
      connection.database.exec('commit');
      connection.close();
    },
  };
}
