import assert from 'node:assert/strict';
import { appendFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { clusterOrSkip, type PostgresCluster } from '../../../store/test/postgres-cluster.ts';
import { examine } from '../../src/upkeep/doctor/examine.ts';
import type { Finding } from '../../src/upkeep/doctor/finding.ts';
import { aFleet, SWUPDATE_SAYS, type TestFleet } from '../a-fleet.ts';
import { aPlace, INSTANCE_KEY, silent } from './a-backup.ts';

// Servers end with their tests, the database after them.
const clusters: PostgresCluster[] = [];
after(async () => {
  for (const cluster of clusters) await cluster[Symbol.asyncDispose]();
});

async function found(
  fleet: Pick<TestFleet, 'dataDir'>,
  more: Record<string, string> = {},
): Promise<readonly Finding[]> {
  return examine({ UPDRAFT_DATA_DIR: fleet.dataDir, ...more }, { full: true, progress: silent });
}

function bad(findings: readonly Finding[]): readonly string[] {
  return findings.filter(({ verdict }) => verdict === 'fail').map(({ check }) => check);
}

/** A server with one update that has succeeded. */
async function anUpdate(fleet: TestFleet): Promise<void> {
  const device = await fleet.device();
  const { number } = await fleet.assign(await fleet.release(), device);
  await device.poll();
  await device.report(number, SWUPDATE_SAYS.success);
}

test('doctor finds nothing wrong with a server that serves', async (t) => {
  const fleet = await aFleet(t);
  await anUpdate(fleet);
  const findings = await found(fleet);
  assert.deepEqual(
    findings.filter(({ verdict }) => verdict !== 'ok'),
    [],
  );
  assert.ok(findings.length > 10);
});

test('doctor finds nothing wrong with a server on PostgreSQL', async (t) => {
  const cluster = await clusterOrSkip(t);
  if (cluster === undefined) return;
  clusters.push(cluster);
  const environment = { UPDRAFT_DATABASE_URL: await cluster.createDatabase(), UPDRAFT_INSTANCE_KEY: INSTANCE_KEY };
  const fleet = await aFleet(t, { environment });
  await anUpdate(fleet);
  assert.deepEqual(bad(await found(fleet, environment)), []);
});

test('doctor tells a counter that differs from a full count', async (t) => {
  const fleet = await aFleet(t);
  await anUpdate(fleet);
  await fleet.server.stop();
  const database = new DatabaseSync(path.join(fleet.dataDir, 'updraft.db'));
  database.exec("insert into counter_delta (rollout, phase, state, n) select rollout, number, 'failed', 1 from phase");
  database.close();
  assert.deepEqual(bad(await found(fleet)), ['counts']);
});

test('doctor tells objects that are damaged or missing', async (t) => {
  const fleet = await aFleet(t);
  await fleet.release('1');
  await fleet.release('2');
  const objects = path.join(fleet.dataDir, 'objects');
  const names = (await readdir(objects, { recursive: true })).filter((name) => /[0-9a-f]{64}$/.test(name));
  await appendFile(path.join(objects, names[0] ?? ''), 'x');
  await rm(path.join(objects, names[1] ?? ''));
  const findings = await found(fleet);
  assert.deepEqual(bad(findings), ['objects']);
  assert.match(findings.find(({ check }) => check === 'objects')?.fact ?? '', /^2 are not whole/);
});

test('doctor tells a setting that is wrong, and a data directory that is not there', async (t) => {
  const dataDir = await aPlace(t, 'nothing');
  assert.deepEqual(bad(await found({ dataDir })), ['configuration']);
  assert.deepEqual(bad(await found({ dataDir }, { UPDRAFT_LISTEN: 'nonsense' })), ['configuration']);
});

test('doctor tells a database that cannot be reached', async (t) => {
  const fleet = await aFleet(t);
  const environment = {
    UPDRAFT_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    UPDRAFT_INSTANCE_KEY: INSTANCE_KEY,
  };
  assert.deepEqual(bad(await found(fleet, environment)), ['database']);
});
