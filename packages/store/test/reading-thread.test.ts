import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { CompiledQuery } from 'kysely';
import { ReadingThread } from '../src/database/reading-thread-client.ts';
import { SqliteConnection } from '../src/database/sqlite-connection.ts';
import { aTemporaryFolder } from './temporary-folder.ts';

test('a database that cannot be opened fails the read that asks for it, and the next one finds it', async () => {
  await using folder = await aTemporaryFolder();
  const file = path.join(folder.path, 'updraft.db');
  const reader = new ReadingThread(file, (error) => assert.fail(error));
  const question = CompiledQuery.raw('select 1 as one');
  await assert.rejects(reader.executeQuery(question), /unable to open database file/);
  new SqliteConnection(file).close();
  assert.deepEqual((await reader.executeQuery(question)).rows, [{ one: 1 }]);
  await reader.close();
});
