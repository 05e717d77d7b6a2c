import type pg from 'pg';
import { POSTGRES_CLOCK } from '../database/database-clock.ts';
import { readerOn } from '../database/kysely-database.ts';
import { asLostConnection, connectAlone, PostgresConnection, StatementNames } from '../database/postgres-connection.ts';
import type { DatabaseSource, PortableRow } from './database-source.ts';
import { ROWS_PER_SLICE } from './database-source.ts';
import type { Ask, PortableTable } from './table-catalog.ts';
import { readCatalog, readMigrationNumber } from './table-catalog.ts';

/** A moment of a PostgreSQL database: one repeatable-read transaction, its tables read through cursors. */
export async function openPostgresSource(url: string): Promise<DatabaseSource> {
  const { client, close } = await connectAlone(url);
  const ask: Ask = async (sql) => (await client.query(sql).catch(rethrowLost)).rows as never[];
  const connection = new PostgresConnection(client, new StatementNames());
  try {
    await ask('begin isolation level repeatable read read only');
    const migration = await readMigrationNumber(ask, 'postgres');
    const [clock] = await ask<{ now: number }>(`select ${POSTGRES_CLOCK} as now`);
    return {
      dialect: 'postgres',
      db: readerOn('postgres', connection),
      migration,
      tables: await readCatalog(ask, 'postgres'),
      at: clock?.now ?? 0,
      rowsOf: (table) => slicesOf(client, table),
      lastIdentity: async ({ name }) => {
        const sequence = `pg_get_serial_sequence('"${name}"', 'id')`;
        const [row] = await ask<{ last: number | null }>(`select pg_sequence_last_value(${sequence}) as last`);
        return row?.last ?? 0;
      },
      damages: () => Promise.resolve([]),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function* slicesOf(client: pg.PoolClient, table: PortableTable): AsyncIterable<readonly PortableRow[]> {
  const columns = table.columns.map((column) => `"${column}"`).join(', ');
  const fetch = { text: `fetch ${ROWS_PER_SLICE} from slices`, rowMode: 'array' } as const;
  await client.query(`declare slices no scroll cursor for select ${columns} from "${table.name}"`).catch(rethrowLost);
  for (;;) {
    const { rows } = await client.query<PortableRow[]>(fetch).catch(rethrowLost);
    if (rows.length > 0) yield rows as unknown as readonly PortableRow[];
    if (rows.length < ROWS_PER_SLICE) break;
  }
  await client.query('close slices').catch(rethrowLost);
}

function rethrowLost(error: unknown): never {
  throw asLostConnection(error);
}
