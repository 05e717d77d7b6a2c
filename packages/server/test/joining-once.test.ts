import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test, type TestContext } from 'node:test';
import { joinedUpTo, type Store } from '@updraft/store';
import { postgresMaker } from '../../store/test/postgres-maker.ts';
import type { Commands } from '../src/use-cases/commands.ts';
import { ddiClient, publishRelease, type DdiClient } from './a-fleet.ts';
import { aQuietStore } from './a-quiet-store.ts';
import { aServer, type TestServer } from './a-server.ts';
import { eventually } from './contract/fleet-maker.ts';

const { cluster, end } = postgresMaker();
after(end);

/** Two servers on one new database. */
async function twoServers(t: TestContext): Promise<readonly [TestServer, TestServer] | undefined> {
  const url = await (await cluster(t))?.createDatabase('perhaps-migrated');
  if (url === undefined) return undefined;
  const environment = { UPDRAFT_DATABASE_URL: url, UPDRAFT_INSTANCE_KEY: randomBytes(32).toString('hex') };
  return [await aServer(t, { environment }), await aServer(t, { environment })];
}

test('two servers that look and hear at the same time, beside people who assign, assign a release to each device once', async (t) => {
  const servers = await twoServers(t);
  if (servers === undefined) return;
  const [one, other] = servers;
  const release = await publishRelease(one, { name: 'os', version: '1' });
  const { id } = await one.api.call('filters.create', { body: { name: 'all', query: '' } });
  const rule = await one.api.call('filters.assign', { params: { id }, body: { release: release.id } });
  const rollout = await numberOf(one, rule.autoAssignment?.rollout ?? '');
  const names = Array.from({ length: 20 }, (_, at) => `gw-${at}`);
  await Promise.all(
    names.map(async (name, at) => {
      const { api, server } = servers[at % 2] ?? one;
      await api.call('devices.create', { body: { name } });
      // As if both held the lease.
      await server.store.commands.run('joining.hear', { tenant: 1 });
      await server.store.commands.run('joining.look', { rollout });
      if (at % 4 === 0)
        await api.call('assignments.create', { body: { release: release.id, devices: [name, 'gw-0'] } });
    }),
  );
  await eventually(async () => {
    for (const { server } of servers) await server.settleJobs();
    return (await assignedOf(one)).length >= names.length ? true : null;
  });
  await other.server.store.commands.run('joining.look', { rollout });
  assert.deepEqual(await assignedOf(one), names.toSorted());
});

test('two servers make what is wanted of a return once', async (t) => {
  const servers = await twoServers(t);
  if (servers === undefined) return;
  const [one] = servers;
  const { api } = one;
  await api.call('device-types.create', { body: { name: 'board', downgrade: 'allowed' } });
  const [old, release] = [
    await publishRelease(one, { name: 'os', version: '1' }),
    await publishRelease(one, { name: 'os', version: '2' }),
  ];
  const names = ['good', 'bad'];
  const devices: DdiClient[] = [];
  for (const name of names) {
    const { token } = await api.call('devices.create', { body: { name, type: 'board' } });
    devices.push(ddiClient(one.url, { name, authorization: `TargetToken ${token}` }));
  }
  await api.call('assignments.create', { body: { release: old.id, devices: names } });
  const report = async (at: number, finished: string) => {
    const { deploymentBase = '' } = (await devices[at]?.poll()) ?? {};
    await devices[at]?.report(Number(/deploymentBase\/(\d+)/.exec(deploymentBase)?.[1]), { finished });
  };
  for (const at of [0, 1]) await report(at, 'success');
  const phases = [{ error: { percent: 0, minimum: 1 } }];
  const policy = { onFailure: 'return' as const };
  const body = { name: 'spring', release: release.id, phases, policy, start: true };
  const parent = await api.call('rollouts.create', { body });
  await report(0, 'success');
  await report(1, 'failure');
  const { number } = await api.call('rollouts.show', { params: { id: parent.id } });
  const target = await one.server.store.reader
    .selectFrom('release')
    .select('id')
    .where('uid', '=', old.id)
    .executeTakeFirstOrThrow();
  const plan = { targets: [{ previous: target.id, release: target.id }], obstacles: [], unknown: 0 };
  await Promise.all(
    [0, 1, 0, 1].map(async (at) => {
      const { server } = servers[at] ?? one;
      await server.settleJobs();
      await server.store.commands.run('rollout.make-returns', { rollout: number, plan });
    }),
  );
  const { items } = await api.call('rollouts.list', { query: {} });
  assert.deepEqual(
    items.filter(({ kind }) => kind === 'return').map(({ parent: of, total }) => [of, total]),
    [[parent.id, 1]],
  );
});

test('a look over all devices, and what was heard, go on after a restart where they stood', async (t) => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'updraft-joining-'));
  const first = await aServer({ after: () => undefined }, { dataDir });
  const release = await publishRelease(first, { name: 'os', version: '1' });
  const { id } = await first.api.call('filters.create', { body: { name: 'all', query: 'name==gw-*' } });
  const rule = await first.api.call('filters.assign', { params: { id }, body: { release: release.id } });
  const rollout = await numberOf(first, rule.autoAssignment?.rollout ?? '');
  await first.server.settleJobs();
  await first.server.stop();
  addDevices(path.join(dataDir, 'updraft.db'), { count: 4500, rollout });

  const store = await aStore(dataDir);
  await store.commands.run('joining.look', { rollout });
  await store.commands.run('joining.hear', { tenant: 1 });
  const stands = { cursor: await cursorOf(store, rollout), heard: await joinedUpTo(store.reader, 1) };
  await store.close();
  assert.notEqual(stands.cursor, null);

  const again = await aServer(t, { dataDir });
  // Behind the server's own end: what it still opens is there.
  t.after(() => rm(dataDir, { recursive: true }));
  assert.ok(((await joinedUpTo(again.server.store.reader, 1)) ?? 0) >= (stands.heard ?? 0));
  await eventually(async () => {
    await again.server.settleJobs();
    return (await cursorOf(again.server.store, rollout)) === null ? true : null;
  });
  const { total, phases } = await again.api.call('rollouts.show', {
    params: { id: rule.autoAssignment?.rollout ?? '' },
  });
  const members = await again.server.store.reader.selectFrom('assignment').select('device').distinct().execute();
  assert.deepEqual([total, phases[0]?.counts, members.length], [4500, { ready: 4500 }, 4500]);
});

async function numberOf({ api }: TestServer, id: string): Promise<number> {
  return (await api.call('rollouts.show', { params: { id } })).number;
}

/** Names of devices, once for each assignment. */
async function assignedOf({ api }: TestServer): Promise<readonly string[]> {
  const { items } = await api.call('assignments.list', { query: { limit: 200 } });
  return items.map(({ device }) => device).toSorted();
}

async function cursorOf(store: Pick<Store<Commands>, 'reader'>, rollout: number): Promise<number | null> {
  const row = await store.reader
    .selectFrom('rollout')
    .select('join_cursor')
    .where('id', '=', rollout)
    .executeTakeFirst();
  return row?.join_cursor ?? null;
}

/** The store of a server that is stopped: no job works on it. */
async function aStore(dataDir: string): Promise<Store<Commands>> {
  return aQuietStore<Commands>({
    databaseUrl: 'sqlite:',
    dataDir,
    commandsModule: new URL('../src/use-cases/commands.ts', import.meta.url),
  });
}

/** Devices that came while nobody looked, with an event of every tenth; the look over all of them is due. */
function addDevices(file: string, { count, rollout }: { readonly count: number; readonly rollout: number }): void {
  const database = new DatabaseSync(file);
  const n = `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${count})`;
  database.exec(`insert into device (tenant, name, name_fold, description, identity, attributes_wanted, created_at)
    ${n} select 1, 'gw-' || i, 'gw-' || i, '', 'accepted', 0, 0 from n`);
  database.exec(`insert into event (tenant, at, name, subject_kind, subject_id, data)
    ${n} select 1, 0, 'device.created', 'device', 'gw-' || i, '{}' from n where i % 10 = 0`);
  database.exec(`update rollout set join_at = 0, join_cursor = null where id = ${rollout}`);
  database.close();
}
