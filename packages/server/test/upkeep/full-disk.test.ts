import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import pg from 'pg';
import launch from '../../../../bin/launch.cjs';
import { bareEnvironment } from '../../../../test/programs/bare-environment.ts';
import { aServer } from '../a-server.ts';
import { aSmallDisk } from '../a-small-disk.ts';
import { aSmallPostgres } from '../a-small-postgres.ts';
import { uploaded } from '../uploading.ts';
import { aPlace } from './a-backup.ts';

const MAIN = path.join(import.meta.dirname, '..', '..', 'src', 'upkeep', 'main.ts');
const MIB = 1024 ** 2;
/** More than the small disk holds. */
const EVENTS = 150_000;
const FULL = { code: 'storage-full', detail: 'the disk is full; nothing was left behind' };

test('a backup that the disk has no room for says so and leaves nothing; with room it is made', async (t) => {
  const disk = await aSmallDisk(t);
  if (disk === null) return;
  const { dataDir } = await aServer(t);
  const ballast = path.join(disk, 'ballast');
  await writeFile(ballast, Buffer.alloc(48 * MIB - 4096));
  const backUp = () => upkeep(['backup', path.join(disk, 'backup')], dataDir);
  assert.deepEqual(await backUp(), { status: 1, told: FULL });
  assert.deepEqual(await readdir(disk), ['ballast']);
  await rm(ballast);
  assert.equal((await backUp()).status, 0);
});

test('objects that the disk has no room for end a backup, and a restore, with nothing left behind', async (t) => {
  const disk = await aSmallDisk(t);
  if (disk === null) return;
  const server = await aServer(t);
  await uploaded(server, randomBytes(60 * MIB));
  assert.deepEqual(await upkeep(['backup', path.join(disk, 'backup')], server.dataDir), { status: 1, told: FULL });
  assert.deepEqual(await readdir(disk), []);
  const whole = await aPlace(t, 'whole');
  assert.equal((await upkeep(['backup', whole], server.dataDir)).status, 0);
  const restored = path.join(disk, 'restored');
  assert.deepEqual(await upkeep(['restore', whole], restored), { status: 1, told: FULL });
  assert.deepEqual(
    (await readdir(restored)).filter((name) => name !== 'lock.db'),
    [],
  );
});

test('a database that the disk has no room for ends a restore with nothing left behind', async (t) => {
  const disk = await aSmallDisk(t);
  if (disk === null) return;
  const whole = await aPlace(t, 'whole');
  assert.equal((await upkeep(['backup', whole], await manyEvents(t))).status, 0);
  const restored = path.join(disk, 'restored');
  assert.deepEqual(await upkeep(['restore', whole], restored), { status: 1, told: FULL });
  assert.deepEqual(
    (await readdir(restored)).filter((name) => name !== 'lock.db'),
    [],
  );
});

test('a copy to a PostgreSQL that has no room for it says so, and leaves an empty database', async (t) => {
  await using small = await aSmallPostgres(t);
  if (small === null) return;
  const dataDir = await manyEvents(t);
  assert.deepEqual(await upkeep(['db', 'copy', '--from', dataDir, '--to', small.url], dataDir), {
    status: 1,
    told: FULL,
  });
  const client = new pg.Client({ connectionString: small.url });
  await client.connect();
  const { rows } = await client.query("select 1 from pg_class where relnamespace = 'public'::regnamespace");
  await client.end();
  assert.deepEqual(rows, []);
});

/** The data of a server that has ended. */
async function manyEvents(t: TestContext): Promise<string> {
  const { dataDir, server } = await aServer(t);
  await server.stop();
  using database = new DatabaseSync(path.join(dataDir, 'updraft.db'));
  const data = JSON.stringify({ why: 'x'.repeat(400) });
  database
    .prepare(
      `insert into event (tenant, at, name, subject_kind, subject_id, data)
       with recursive n (i) as (select 1 union all select i + 1 from n where i < ${EVENTS})
       select 1, 0, 'device.created', 'device', 'gw-' || i, ? from n`,
    )
    .run(data);
  return dataDir;
}

/** Runs `updraft WORDS` in a process of its own, and what it told as JSON. */
async function upkeep(words: readonly string[], dataDir: string) {
  const child = spawn(process.execPath, [...launch.NODE_FLAGS, MAIN, ...words, '--json'], {
    env: { ...bareEnvironment(), UPDRAFT_DATA_DIR: dataDir },
  });
  const [out, err, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status: status as number, told: JSON.parse(out === '' ? err : out) as object };
}
