import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test, type TestContext } from 'node:test';
import launch from '../../../../bin/launch.cjs';
import { bareEnvironment } from '../../../../test/programs/bare-environment.ts';
import { postgresMaker } from '../../../store/test/postgres-maker.ts';
import { postgresQuestion } from '../../../store/test/postgres-question.ts';
import { checkBackup } from '../../src/upkeep/check-backup.ts';
import { backUp } from '../../src/upkeep/backup.ts';
import { copyToPostgres } from '../../src/upkeep/copy-to-postgres.ts';
import { restore } from '../../src/upkeep/restore.ts';
import { aFleet, SWUPDATE_SAYS } from '../a-fleet.ts';
import { aServer } from '../a-server.ts';
import { eventually } from '../contract/fleet-maker.ts';
import { aPlace, settingsFor, silent } from './a-backup.ts';

const MAIN = path.join(import.meta.dirname, '..', '..', 'src', 'upkeep', 'main.ts');
/** Enough that each command is at work for some hundred milliseconds. */
const REPORTS = 30_000;

const { cluster, end } = postgresMaker();
after(end);

/** The data of a server that has ended, with many reports. */
async function manyReports(t: TestContext): Promise<string> {
  const fleet = await aFleet(t);
  const device = await fleet.device();
  const { number } = await fleet.assign(await fleet.release(), device);
  await device.poll();
  await device.report(number, SWUPDATE_SAYS.start);
  await fleet.server.stop();
  const database = new DatabaseSync(path.join(fleet.dataDir, 'updraft.db'));
  for (let reports = 1; reports < REPORTS; reports *= 2)
    database.exec(`insert into report (attempt, at, device_at, kind, code, details)
      select attempt, at, device_at, kind, code, details from report`);
  database.close();
  return fleet.dataDir;
}

type Command = { readonly words: readonly string[]; readonly dataDir: string };

/** Runs `updraft WORDS` in a process of its own and kills it with -9 as soon as it is at work. */
async function killed({ words, dataDir }: Command, isAtWork: () => Promise<boolean> | boolean): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, [...launch.NODE_FLAGS, MAIN, ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...bareEnvironment(), UPDRAFT_DATA_DIR: dataDir },
  });
  const ended = once(child, 'exit');
  await eventually(async () => ((await isAtWork()) || child.exitCode !== null ? true : null));
  child.kill('SIGKILL');
  await ended;
  assert.equal(child.signalCode, 'SIGKILL', 'it was killed at work');
}

test('a backup that is killed leaves no folder of its name, and the next is whole', async (t) => {
  const dataDir = await manyReports(t);
  const folder = await aPlace(t, 'backup');
  const parent = path.dirname(folder);
  const begun = () =>
    readdirSync(parent).some((name) => existsSync(path.join(parent, name, 'tables', 'report.ndjson.zst')));
  await killed({ words: ['backup', folder], dataDir }, begun);
  assert.equal(existsSync(folder), false);
  await backUp(await settingsFor(dataDir), folder, silent);
  await checkBackup(folder, silent);
});

test('after a restore that is killed no server starts, and the next restore is whole', async (t) => {
  const dataDir = await manyReports(t);
  const folder = await aPlace(t, 'backup');
  await backUp(await settingsFor(dataDir), folder, silent);
  const restored = await aPlace(t, 'restored');
  await killed({ words: ['restore', folder], dataDir: restored }, () => existsSync(path.join(restored, 'restoring')));
  await assert.rejects(aServer(t, { dataDir: restored }), { code: 'restore-unfinished' });
  await restore(await settingsFor(restored), folder, silent);
  const again = await aServer(t, { dataDir: restored });
  const { total } = await again.api.call('assignments.reports', { params: { number: 1 } });
  assert.ok(total >= 1000);
});

test('a copy to PostgreSQL that is killed leaves an empty database, and the next is whole', async (t) => {
  const to = await (await cluster(t))?.createDatabase();
  if (to === undefined) return;
  const dataDir = await manyReports(t);
  const ask = await postgresQuestion(t, to);
  const isWriting = async () =>
    (await ask(`select count(*) as n from pg_stat_activity
      where datname = current_database() and query like 'insert into "report"%'`)) > 0;
  await killed({ words: ['db', 'copy', '--from', dataDir, '--to', to], dataDir }, isWriting);
  const tables = `select count(*) as n from pg_class where relnamespace = 'public'::regnamespace`;
  await eventually(async () => ((await ask(tables)) === 0 ? true : null));
  const rows = await copyToPostgres({ dataDir, from: 'sqlite:', to }, silent);
  assert.equal(await ask('select count(*) as n from report'), rows.get('report'));
  assert.ok((rows.get('report') ?? 0) >= REPORTS);
});
