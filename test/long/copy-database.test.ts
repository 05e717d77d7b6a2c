import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { filtersLoad } from '../../bench/filters-fixture.ts';
import { copyToPostgres } from '../../packages/server/src/upkeep/copy-to-postgres.ts';
import { migrateSqlite } from '../../packages/store/src/database/open-sqlite.ts';
import { postgresMaker } from '../../packages/store/test/postgres-maker.ts';
import { postgresQuestion } from '../../packages/store/test/postgres-question.ts';

// The database goes after the tests that ask it.
const { cluster, end } = postgresMaker();
after(end);

const DEVICES = 100_000;
const REPORTS = 500_000;
const LIMITS = { timeout: 600_000 };

/** A fleet with its attributes, metadata, tags, assignments and half a million reports. */
async function aFleetOnDisk(dataDir: string): Promise<void> {
  const file = path.join(dataDir, 'updraft.db');
  await migrateSqlite(file);
  const database = new DatabaseSync(file);
  for (const statement of filtersLoad(DEVICES, Date.now()).statements) database.exec(statement);
  database.exec(`with recursive n (i) as (select 1 union all select i + 1 from n where i < ${REPORTS})
    insert into report (attempt, at, kind, details) select 1 + i % 50, i, 'noted', '["report ' || i || '"]' from n`);
  database.close();
}

test('a server with 100 000 devices moves to PostgreSQL, every table as long as it was', LIMITS, async (t) => {
  const to = await (await cluster(t))?.createDatabase();
  if (to === undefined) return;
  const dataDir = await mkdtemp(path.join(tmpdir(), 'updraft-copy-'));
  t.after(() => rm(dataDir, { recursive: true }));
  await aFleetOnDisk(dataDir);
  const begun = performance.now();
  const rows = await copyToPostgres({ dataDir, from: 'sqlite:', to }, () => undefined);
  const total = [...rows.values()].reduce((sum, n) => sum + n, 0);
  t.diagnostic(`${DEVICES} devices, ${total} rows in ${((performance.now() - begun) / 1000).toFixed(1)} s`);

  const ask = await postgresQuestion(t, to);
  assert.deepEqual([rows.get('device'), rows.get('report')], [DEVICES, REPORTS]);
  for (const [table, copied] of rows) assert.equal(await ask(`select count(*) from "${table}"`), copied, table);
});
