import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { sql } from 'kysely';
import { transactionOver } from '../src/database/kysely-database.ts';
import { migrateSqlite } from '../src/database/open-sqlite.ts';
import { SqliteConnection } from '../src/database/sqlite-connection.ts';
import { judgeRows } from '../src/list/judge-rows.ts';
import { readOrder } from '../src/list/page-order.ts';
import { DEVICE_LIST } from '../src/repositories/device-list.ts';
import { aTemporaryFolder } from './temporary-folder.ts';

const ALL = { type: 'and', terms: [] } as const;

test('a row that is found twice counts twice among those looked at, so that what was cut off at a bound does not pass for all', async () => {
  await using folder = await aTemporaryFolder();
  const file = path.join(folder.path, 'rows.db');
  await migrateSqlite(file);
  const connection = new SqliteConnection(file);
  try {
    const order = readOrder(DEVICE_LIST, 'name');
    assert.ok(typeof order !== 'string');
    const { fields, id } = DEVICE_LIST;
    const db = await transactionOver('sqlite', connection);
    const list = { db, fields, id, table: 'device', tenantColumn: 'device.tenant', tenant: 1 };
    const twice = sql<{ id: number }>`select 1 as id union all select 1 union all select 2`;
    const judged = await judgeRows(list, twice, { filter: ALL, order, after: undefined, limit: 5 });
    assert.deepEqual(judged, { places: [], total: 0, looked: 3 });
  } finally {
    connection.close();
  }
});
