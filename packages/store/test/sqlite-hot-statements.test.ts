import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { CompiledQuery } from 'kysely';
import type { CommandContext } from '../src/command.ts';
import { transactionOver } from '../src/database/kysely-database.ts';
import { migrateSqlite } from '../src/database/open-sqlite.ts';
import { SqliteConnection } from '../src/database/sqlite-connection.ts';
import { addHotFixture } from './hot-fixture.ts';
import type { HotStatement } from './hot-statements.ts';
import { WireIdBlocks } from '../src/repositories/wire-ids.ts';
import { hotStatements } from './hot-statements.ts';
import { recordingConnection } from './recording-connection.ts';
import { aTemporaryFolder } from './temporary-folder.ts';

for (const hot of hotStatements)
  test(`SQLite finds the rows by indexes: ${hot.name}`, async () => {
    await using folder = await aTemporaryFolder();
    const file = path.join(folder.path, 'hot.db');
    await migrateSqlite(file);
    const connection = new SqliteConnection(file);
    try {
      const statements = await recorded(connection, hot);
      assert.ok(statements.length > 0, 'it ran no statement');
      for (const statement of statements) assert.deepEqual(badSteps(connection, statement, hot), [], statement.sql);
    } finally {
      connection.close();
    }
  });

async function recorded(connection: SqliteConnection, hot: HotStatement): Promise<readonly CompiledQuery[]> {
  const nothing = () => undefined;
  const put = { touch: nothing, last: nothing, lastForAll: nothing, afterCommit: nothing, wireIds: new WireIdBlocks() };
  const context = { dialect: 'sqlite', now: Date.now(), ...put } as const;
  await addHotFixture({ ...context, db: await transactionOver('sqlite', connection) } satisfies CommandContext);
  const recording = recordingConnection(connection);
  await hot.run({ ...context, db: await transactionOver('sqlite', recording) });
  return recording.statements;
}

/** Steps of the plan that look at every row, or sort what no index gives in order. The planner has no statistics. */
function badSteps(connection: SqliteConnection, { sql, parameters }: CompiledQuery, hot: HotStatement): string[] {
  const plan = connection.run<{ detail: string }>(`explain query plan ${sql}`, parameters).rows;
  const steps = plan.map(({ detail }) => detail);
  return steps.filter((step) => {
    if (step.includes('TEMP B-TREE')) return hot.sortsFew === undefined;
    const scanned = /^SCAN (\S+)/.exec(step)?.[1];
    if (scanned === undefined || scanned === 'CONSTANT' || scanned === 'json_each') return false;
    // What a subquery has given was looked for by its own steps.
    const isSubquery = steps.some((each) => each === `CO-ROUTINE ${scanned}` || each === `MATERIALIZE ${scanned}`);
    return !isSubquery && ![hot.walks ?? []].flat().some((index) => step.endsWith(index));
  });
}
