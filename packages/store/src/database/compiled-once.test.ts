import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kysely } from 'kysely';
import { compiledOnce } from './compiled-once.ts';
import { transactionOver } from './kysely-database.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import type { Schema } from '../schema.ts';

type Lease = { readonly name: string; readonly owner: string; readonly until: number };

/** A database of its own with a table of leases. */
async function aDatabase(): Promise<Kysely<Schema>> {
  const connection = new SqliteConnection(':memory:');
  connection.run('create table lease (name text, owner text, expires_at integer) strict', []);
  return transactionOver('sqlite', connection);
}

function statements() {
  const built = { count: 0 };
  const insert = compiledOnce((db, { until, name, owner }: Lease) => {
    built.count += 1;
    return db.insertInto('lease').values({ name, owner, expires_at: until });
  });
  const find = compiledOnce((db, { name, owner }: Omit<Lease, 'until'>) =>
    db
      .selectFrom('lease')
      .select(['name', 'expires_at as until'])
      .where((eb) => eb.or([eb('owner', '=', owner), eb('name', '=', name), eb('owner', '=', name)]))
      .where('expires_at', '>', 1)
      .orderBy('name'),
  );
  return { built, insert, find };
}

test('a statement is put together once for a connection, and runs with the values of each run', async () => {
  const db = await aDatabase();
  const { built, insert, find } = statements();
  for (const [name, owner, until] of [
    ['a', 'x', 1],
    ['b', 'x', 2],
    ['c', 'y', 3],
  ] as const)
    await insert(db, { name, owner, until });
  assert.equal(built.count, 1);
  const { rows } = await find(db, { name: 'y', owner: 'x' });
  assert.deepEqual(rows, [
    { name: 'b', until: 2 },
    { name: 'c', until: 3 },
  ]);
});

test('each connection has its own, and tells how many rows it changed', async () => {
  const { built, insert } = statements();
  for (const db of [await aDatabase(), await aDatabase()]) {
    const { numAffectedRows } = await insert(db, { name: 'a', owner: 'x', until: 1 });
    assert.equal(numAffectedRows, 1n);
  }
  assert.equal(built.count, 2);
});
