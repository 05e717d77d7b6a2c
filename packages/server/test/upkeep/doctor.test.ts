import assert from 'node:assert/strict';
import { appendFile, cp, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { clusterOrSkip, type PostgresCluster } from '../../../store/test/postgres-cluster.ts';
import { examine } from '../../src/upkeep/doctor/examine.ts';
import { checkClock } from '../../src/upkeep/doctor/check-database.ts';
import type { Finding, FindingCode } from '../../src/upkeep/doctor/finding.ts';
import { CA, issue } from '../../../bundles/test/signing-kit.ts';
import { aFleet, SWUPDATE_SAYS, type TestFleet } from '../a-fleet.ts';
import { aSmallDisk } from '../a-small-disk.ts';
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

function codesOf(findings: readonly Finding[]): readonly (FindingCode | null)[] {
  return findings.flatMap(({ verdict, code }) => (verdict === 'ok' ? [] : [code]));
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

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DELTA = `insert into counter_delta (rollout, phase, state, n) select rollout, number, 'failed', 1 from phase`;

/** What is done to the database of a server that has ended, the code that tells it, and how bad it is. */
const FAULTS: Readonly<Record<string, readonly [string, FindingCode, 'fail' | 'warn']>> = {
  'a counter that differs from a full count': [DELTA, 'counts-differ', 'fail'],
  'a phase that counts a member too many': ['update phase set total = total + 1', 'counts-differ', 'fail'],
  'a place of a pace that nobody holds': [
    `insert into pace (rollout, site, in_flight, tokens, tokens_at) select id, '', 1, 0, 0 from rollout`,
    'counts-differ',
    'fail',
  ],
  'an assignment without its rollout': [
    `insert into assignment select * from assignment where 0; update assignment set rollout = 999`,
    'rows-dangling',
    'fail',
  ],
  'an attempt without its assignment': ['update attempt set assignment = 999', 'rows-dangling', 'fail'],
  'a report without its attempt': ['update report set attempt = 999', 'rows-dangling', 'fail'],
  'a device that shows an assignment of nobody': ['update device set assignment_id = 999', 'rows-dangling', 'fail'],
  'an open assignment without its device': [
    `update assignment set state = 'waiting', ended_at = null, device = 999`,
    'rows-dangling',
    'fail',
  ],
  'a row that names none': ['pragma foreign_keys = off; update device set type = 999', 'database-damaged', 'fail'],
  'a lease that ran out': [
    `insert into lease (name, owner, expires_at) values ('jobs', 'x', ${Date.now() - HOUR_MS})`,
    'lease-ran-out',
    'warn',
  ],
  'an attempt that was due': [`update attempt set next_at = ${Date.now() - HOUR_MS}`, 'work-overdue', 'warn'],
  'an event without a position': [
    `insert into event (tenant, at, name, actor, subject_kind, subject_id, data)
      select tenant, ${Date.now() - HOUR_MS}, name, actor, subject_kind, subject_id, data from event limit 1`,
    'events-waiting',
    'warn',
  ],
  'wire ids that are almost used up': [`update tenant set next_action = ${2 ** 31 - 10}`, 'wire-ids-few', 'warn'],
  'a signing certificate that has ended': [
    `insert into signing_certificate (uid, tenant, name, name_fold, pem, fingerprint, subject, not_before, not_after, created_at)
      select 'u', id, 'n', 'n', '', 'f', '', 0, 1, 0 from tenant`,
    'signing-certificate-ends',
    'warn',
  ],
  'a database of a newer program': [
    `insert into migration (number, name, applied_at) values (99, 'later', 0)`,
    'database-too-new',
    'fail',
  ],
  'a database that was never migrated': ['delete from migration', 'migration-pending', 'fail'],
};

test('a lease that is taken for a piece of work alone, and has run out since, is nothing wrong', async (t) => {
  const fleet = await aFleet(t);
  await anUpdate(fleet);
  await fleet.server.stop();
  const database = new DatabaseSync(path.join(fleet.dataDir, 'updraft.db'));
  const ranOutAt = Date.now() - HOUR_MS;
  database.exec(
    `insert into lease (name, owner, expires_at) values ('retention', 'x', ${ranOutAt}), ('event-sequencer', 'x', ${ranOutAt})`,
  );
  database.close();
  assert.ok(!codesOf(await found({ dataDir: fleet.dataDir })).includes('lease-ran-out'));
});

test('doctor finds each planted fault in the database, and says how it is called and what to do', async (t) => {
  const fleet = await aFleet(t);
  await anUpdate(fleet);
  await fleet.server.stop();
  for (const [what, [plant, code, verdict]] of Object.entries(FAULTS)) {
    const dataDir = await aPlace(t, 'planted');
    await cp(fleet.dataDir, dataDir, { recursive: true });
    const database = new DatabaseSync(path.join(dataDir, 'updraft.db'));
    database.exec(plant);
    database.close();
    const finding = (await found({ dataDir })).find((one) => one.code === code);
    assert.equal(finding?.verdict, verdict, what);
    assert.ok(finding?.advice);
  }
});

test('doctor tells a page of the database that was overwritten', async (t) => {
  const fleet = await aFleet(t);
  await anUpdate(fleet);
  await fleet.server.stop();
  await using file = await open(path.join(fleet.dataDir, 'updraft.db'), 'r+');
  const { size } = await file.stat();
  await file.write(Buffer.alloc(size / 4, 0x5a), 0, undefined, size / 2);
  assert.deepEqual(codesOf(await found(fleet)), ['database-damaged']);
  await file.write(Buffer.alloc(size, 0x5a), 0, undefined, 0);
  assert.deepEqual(codesOf(await found(fleet)), ['database-damaged']);
});

test('doctor tells a disk that is full, and a restore that was cut off', async (t) => {
  const dataDir = await aSmallDisk(t);
  if (dataDir === null) return;
  assert.deepEqual(codesOf(await found({ dataDir })).slice(0, 1), ['disk-full']);
  await mkdir(path.join(dataDir, 'restoring'));
  assert.deepEqual(codesOf(await found({ dataDir })), ['restore-unfinished']);
});

test('doctor tells a clock that differs from that of the database', () => {
  const clock = (differs: number) => checkClock({ at: Date.now() - differs, dialect: 'postgres' }).code;
  assert.deepEqual([clock(0), clock(60_000), clock(-60_000)], [null, 'clock-differs', 'clock-differs']);
});

test('doctor tells an HTTPS certificate that cannot be read', async (t) => {
  const fleet = await aFleet(t);
  const [cert, key] = [path.join(fleet.dataDir, 'cert.pem'), path.join(fleet.dataDir, 'key.pem')];
  for (const file of [cert, key]) await writeFile(file, 'nothing', { mode: 0o600 });
  const findings = await found(fleet, { UPDRAFT_TLS_CERT: cert, UPDRAFT_TLS_KEY: key });
  assert.ok(codesOf(findings).includes('certificate-unreadable'));
});

test('doctor tells authorities of devices’ certificates that are missing, are none, have ended or end soon', async (t) => {
  const fleet = await aFleet(t);
  const folder = fleet.dataDir;
  const server = await issue(folder, { name: 'server' });
  const authority = async (name: string, to: Date) => issue(folder, { name, extensions: CA, to: opensslTime(to) });
  const [lasting, ending, ended] = [
    await authority('lasting', new Date(Date.now() + 400 * DAY_MS)),
    await authority('ending', new Date(Date.now() + 10 * DAY_MS)),
    await authority('ended', new Date(Date.now() - DAY_MS)),
  ];
  const file = path.join(folder, 'authorities.pem');
  const told = async (...authorities: readonly { readonly cert: string }[]) => {
    await writeFile(file, (await Promise.all(authorities.map(({ cert }) => readFile(cert)))).join(''));
    const tls = { UPDRAFT_TLS_CERT: server.cert, UPDRAFT_TLS_KEY: server.key, UPDRAFT_TLS_CLIENT_CA: file };
    const finding = (await found(fleet, tls)).find(({ check }) => check === 'device authorities');
    return [finding?.verdict, finding?.code];
  };
  assert.deepEqual(await told(lasting), ['ok', null]);
  assert.deepEqual(await told(lasting, ending), ['warn', 'authority-ends-soon']);
  assert.deepEqual(await told(lasting, ended), ['warn', 'authority-ended']);
  assert.deepEqual(await told(ended), ['fail', 'authority-ended']);
  assert.deepEqual(await told(server), ['fail', 'authority-unreadable']);
  assert.deepEqual(await told(), ['fail', 'authority-unreadable']);
  const gone = { UPDRAFT_TLS_CERT: server.cert, UPDRAFT_TLS_KEY: server.key, UPDRAFT_TLS_CLIENT_CA: `${file}.gone` };
  assert.ok(codesOf(await found(fleet, gone)).includes('authority-unreadable'));
  const others = { UPDRAFT_TLS_CERT: server.cert, UPDRAFT_TLS_KEY: lasting.key };
  assert.ok(codesOf(await found(fleet, others)).includes('certificate-unreadable'));
});

function opensslTime(date: Date): string {
  return `${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
}

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
