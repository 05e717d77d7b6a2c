import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { CompiledQuery } from 'kysely';
import { transactionOver } from '../src/database/kysely-database.ts';
import { migrateSqlite } from '../src/database/open-sqlite.ts';
import { SqliteConnection } from '../src/database/sqlite-connection.ts';
import { judgeSpan } from '../src/list/judge-rows.ts';
import type { LargeList } from '../src/list/find-rows.ts';
import { readOrder } from '../src/list/page-order.ts';
import { DEVICE_LIST } from '../src/repositories/device-list.ts';
import { recordingConnection } from './recording-connection.ts';
import { aTemporaryFolder } from './temporary-folder.ts';

const ALL = { type: 'and', terms: [] } as const;

for (const sort of ['name', '-name', 'displayName', '-displayName', 'createdAt', 'number'])
  test(`SQLite reads a span of the list of devices by ${sort} from one end to the other, and nothing beside it`, async () => {
    await using folder = await aTemporaryFolder();
    const file = path.join(folder.path, 'order.db');
    await migrateSqlite(file);
    const connection = new SqliteConnection(file);
    try {
      const [statement] = await spanStatements(connection, sort);
      assert.ok(statement !== undefined);
      const { rows } = connection.run<{ detail: string }>(`explain query plan ${statement.sql}`, statement.parameters);
      const [search] = rows
        .map(({ detail }) => detail)
        .filter((step) => /^SEARCH (?:device )?USING|^SEARCH device/.test(step));
      assert.match(search ?? '', />\? AND [^ ]+<\?/);
    } finally {
      connection.close();
    }
  });

async function spanStatements(connection: SqliteConnection, sort: string): Promise<readonly CompiledQuery[]> {
  const order = readOrder(DEVICE_LIST, sort);
  assert.ok(typeof order !== 'string');
  const recording = recordingConnection(connection);
  const db = await transactionOver('sqlite', recording);
  const { fields, id } = DEVICE_LIST;
  const list: LargeList = { db, fields, id, table: 'device', tenantColumn: 'device.tenant', tenant: 1 };
  const isText = order.field.type === 'text';
  const span = { after: { value: isText ? 'b' : 2, id: 2 }, last: { value: isText ? 'c' : 3, id: 3 }, rows: 10 };
  await judgeSpan(list, span, { filter: ALL, order, after: undefined, limit: 5 });
  return recording.statements;
}
