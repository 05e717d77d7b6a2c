import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { REMOVED_REPORTS_PER_SLICE, type RemovedRows } from '@updraft/store';
import { apiClient } from '@updraft/protocols';
import assert from 'node:assert/strict';
import { applyRetention } from '../../src/jobs/housekeeping.ts';
import { createRetention } from '../../src/jobs/retention.ts';
import { checkCounts } from '../../src/upkeep/doctor/check-counts.ts';
import { SWUPDATE_SAYS, type DdiClient } from '../a-fleet.ts';
import { basic } from '../a-server.ts';
import { eventually, fleetTests, type FleetCheck, type FleetMaker, type TimedFleet } from './fleet-maker.ts';

/** What goes when its tenant keeps it no longer, and what stays: closed attempts, reports, events and artifacts. */
export function retentionContract(maker: FleetMaker): void {
  for (const [name, check] of Object.entries(CHECKS)) fleetTests(maker, name, { 'on a server of its own': check });
}

const DAY = 86_400;
const LEASE_SECONDS = 61;
const KEPT_DAYS = { keepRolloutsDays: 10, keepEventsDays: 10, keepArtifactsDays: 10 };
const NOTHING_KEPT_OUT = { keepRolloutsDays: 0, keepEventsDays: 0, keepArtifactsDays: 0 };

const CHECKS: Readonly<Record<string, FleetCheck>> = {
  'what ended longer ago than its tenant keeps it goes with its reports, and is counted': async (fleet) => {
    await keep(fleet, { ...NOTHING_KEPT_OUT, keepRolloutsDays: 10 });
    const release = await fleet.release();
    const old = await ended(fleet, release, await fleet.device());
    fleet.pass(9 * DAY);
    const young = await ended(fleet, release, await fleet.device());
    fleet.pass(2 * DAY);
    const rows = await removed(fleet);
    assert.deepEqual([rows.rollouts, rows.assignments, rows.attempts], [1, 1, 1]);
    assert.ok((rows.reports ?? 0) >= 2);
    await assert.rejects(fleet.assignment(old), { code: 'not-found' });
    assert.equal((await fleet.assignment(young)).state, 'succeeded');
    assert.deepEqual(await removed(fleet), {});
    assert.equal(await eventsNamed(fleet, 'rollout.removed'), 1);
  },

  'by a clock that leaps a year ahead nothing goes for a day, and nothing when it is put back': async (fleet) => {
    await keep(fleet, { ...NOTHING_KEPT_OUT, keepRolloutsDays: 10 });
    await ended(fleet, await fleet.release(), await fleet.device());
    const warnings: string[] = [];
    const kept = async () => {
      await keepHouse(fleet, warnings);
      return (await fleet.api.call('assignments.list')).total;
    };
    assert.equal(await kept(), 1);
    fleet.pass(365 * DAY);
    assert.equal(await kept(), 1);
    fleet.pass(-365 * DAY + 600);
    assert.equal(await kept(), 1);
    assert.equal(warnings.length, 1);
    fleet.pass(365 * DAY);
    for (let hours = 0; hours < 24; hours += 12) {
      assert.equal(await kept(), 1);
      fleet.pass(DAY / 2);
    }
    assert.equal(await kept(), 0);
  },

  'what is open stays with all that it has, however old it is': async (fleet) => {
    await keep(fleet, KEPT_DAYS);
    const device = await fleet.device();
    const { number } = await fleet.assign(await fleet.release(), device);
    await device.poll();
    await device.report(number, SWUPDATE_SAYS.start);
    fleet.pass(100 * DAY);
    await removed(fleet);
    const { attempts } = await fleet.assignment(number);
    assert.equal(attempts.length, 1);
    assert.ok((await fleet.api.call('assignments.reports', { params: { number } })).total >= 1);
    assert.ok((await fleet.api.call('artifacts.list')).total >= 1, 'the release names it');
  },

  'in a rollout that goes on what ended long ago stays, and what its device said of it goes': async (fleet) => {
    await keep(fleet, { ...NOTHING_KEPT_OUT, keepRolloutsDays: 10 });
    const [first, second] = [await fleet.device(), await fleet.device()];
    const { id } = await fleet.release();
    const body = { name: 'going-on', release: id, filter: 'name==gw-*', policy: { dynamic: true }, start: true };
    const rollout = await fleet.api.call('rollouts.create', { body });
    const numberOf = async (device: DdiClient) => {
      const link = await eventually(async () => (await device.poll()).deploymentBase ?? null);
      return Number(/deploymentBase\/(\d+)/.exec(link)?.[1]);
    };
    const [old, open] = [await numberOf(first), await numberOf(second)];
    await first.report(old, SWUPDATE_SAYS.start);
    await first.report(old, SWUPDATE_SAYS.success);
    await second.report(open, SWUPDATE_SAYS.start);
    fleet.pass(11 * DAY);
    const rows = await removed(fleet);
    assert.deepEqual(Object.keys(rows), ['reports']);
    const { state, attempts } = await fleet.assignment(old);
    assert.deepEqual([state, attempts.length], ['succeeded', 1]);
    const reports = async (number: number) =>
      (await fleet.api.call('assignments.reports', { params: { number } })).total;
    assert.deepEqual([await reports(old), (await reports(open)) > 0], [0, true]);
    assert.equal((await fleet.api.call('rollouts.show', { params: { id: rollout.id } })).state, 'running');
  },

  'a rollout that another was made from stays until that has ended too': async (fleet) => {
    await keep(fleet, { ...NOTHING_KEPT_OUT, keepRolloutsDays: 10 });
    const device = await fleet.device();
    const { id } = await fleet.release();
    const body = { name: 'first', release: id, filter: `name==${device.name}` };
    const first = await fleet.api.call('rollouts.create', { body });
    await fleet.api.call('rollouts.stop', { params: { id: first.id } });
    const clone = await fleet.api.call('rollouts.clone', { params: { id: first.id }, body: { name: 'second' } });
    await untilEnded(fleet, 'first');
    fleet.pass(11 * DAY);
    assert.deepEqual(await removed(fleet), {});
    await fleet.api.call('rollouts.stop', { params: { id: clone.id } });
    await untilEnded(fleet, 'second');
    assert.equal((await removed(fleet)).rollouts, 1, 'the first; the second has ended just now');
    assert.equal((await fleet.api.call('rollouts.show', { params: { id: clone.id } })).name, 'second');
  },

  'old events go, the younger stay, and a reader of the old is told where to go on': async (fleet) => {
    await fleet.device();
    await keep(fleet, { ...NOTHING_KEPT_OUT, keepEventsDays: 10 });
    await eventsNamed(fleet, 'settings.changed');
    const { total: before } = await fleet.api.call('events.list');
    fleet.pass(11 * DAY);
    await fleet.device();
    await eventsNamed(fleet, 'device.created', 2);
    const rows = await removed(fleet);
    assert.equal(rows.events, before);
    const { items } = await fleet.api.call('events.list');
    assert.deepEqual([...new Set(items.map(({ name }) => name))], ['device.created']);
    const stream = await fleet.fetch('/api/v1/events/stream', { headers: { 'last-event-id': '0' } });
    assert.equal(stream.status, 410);
    await stream.body?.cancel();
  },

  'with nothing set to go everything is kept': async (fleet) => {
    await keep(fleet, NOTHING_KEPT_OUT);
    const number = await ended(fleet, await fleet.release(), await fleet.device());
    fleet.pass(40_000 * DAY);
    assert.deepEqual(await removed(fleet), {});
    assert.equal((await fleet.assignment(number)).state, 'succeeded');
  },

  'an artifact that no component names goes after its time of grace, one that is named stays': async (fleet) => {
    await keep(fleet, { ...NOTHING_KEPT_OUT, keepArtifactsDays: 10 });
    await fleet.release();
    const upload = async (name: string) => {
      const answer = await fleet.fetch(`/api/v1/artifacts?filename=${name}`, { method: 'POST', body: name });
      return ((await answer.json()) as { readonly id: string }).id;
    };
    const [alone, young] = [await upload('alone'), await upload('young')];
    assert.deepEqual(await removed(fleet), {}, 'in its time of grace');
    fleet.pass(11 * DAY);
    await fleet.api.call('components.create', { body: { name: 'app', version: '1', kind: 'app', artifacts: [young] } });
    assert.deepEqual(await removed(fleet), { artifacts: 1 });
    await assert.rejects(fleet.api.call('artifacts.show', { params: { id: alone } }), { code: 'not-found' });
    assert.equal((await fleet.api.call('artifacts.list')).total, 2);
  },

  'what a device that is gone leaves in ended rollouts goes once, and the counts follow': async (fleet) => {
    await keep(fleet, NOTHING_KEPT_OUT);
    const release = await fleet.release();
    const [gone, stays] = [await fleet.device(), await fleet.device()];
    const body = { release: release.id, devices: [gone.name, stays.name] };
    const { assigned } = await fleet.api.call('assignments.create', { body });
    for (const device of [gone, stays]) {
      const { number } = assigned.find((one) => one.device === device.name) ?? assert.fail();
      await device.poll();
      await device.report(number, SWUPDATE_SAYS.start);
      assert.equal((await device.report(number, SWUPDATE_SAYS.success)).status, 200);
    }
    await untilAllEnded(fleet);
    if (fleet.server.store.dialect === 'sqlite') multiplyReports(fleet);
    await fleet.api.call('devices.delete', { params: { device: gone.name } });
    const rows = await removed(fleet);
    assert.deepEqual([rows.assignments, rows.attempts], [1, 1]);
    const counts = await checkCounts({ db: fleet.server.store.reader }, { full: true, progress: () => undefined });
    assert.equal(counts.verdict, 'ok', counts.fact);
  },

  'one tenant keeps what another does not': async (fleet) => {
    await keep(fleet, { ...NOTHING_KEPT_OUT, keepRolloutsDays: 10 });
    const number = await ended(fleet, await fleet.release(), await fleet.device());
    const user = { name: 'other', password: 'correct horse battery staple' };
    await fleet.api.call('tenants.create', { body: { name: 'other', user } });
    const other = apiClient({ baseUrl: fleet.url, authorization: basic(user.name, user.password) });
    await other.call('settings.change', { body: NOTHING_KEPT_OUT });
    const before = await writtenEvents(fleet, 'other');
    assert.ok(before > 0);
    fleet.pass(11 * DAY);
    await removed(fleet);
    await assert.rejects(fleet.assignment(number), { code: 'not-found' });
    assert.equal(await writtenEvents(fleet, 'other'), before);
  },
};

type Kept = typeof KEPT_DAYS;

async function keep(fleet: TimedFleet, kept: Kept): Promise<void> {
  await fleet.api.call('settings.change', { body: kept });
}

/** All that one pass removes, by kind; what is none is left out. */
async function removed(fleet: TimedFleet): Promise<RemovedRows> {
  // The lease of the pass before it is over.
  fleet.pass(LEASE_SECONDS);
  const sums = new Map<string, number>();
  const retention = createRetention(fleet.server.store, (rows) => {
    for (const [what, n] of Object.entries(rows)) if (n > 0) sums.set(what, (sums.get(what) ?? 0) + n);
  });
  await retention.apply(new AbortController().signal);
  return Object.fromEntries(sums);
}

/** As a server does every ten minutes. */
async function keepHouse(fleet: TimedFleet, warnings: string[]): Promise<void> {
  const { store } = fleet.server;
  const log = { warn: (line: string) => void warnings.push(line) };
  const retention = createRetention(store, () => undefined);
  await applyRetention({ store, log }, retention, new AbortController().signal);
}

/** Of a tenant, also those that have no position yet. */
async function writtenEvents({ server }: TimedFleet, tenant: string): Promise<number> {
  const events = server.store.reader.selectFrom('event').innerJoin('tenant', 'tenant.id', 'event.tenant');
  return (await events.select('event.id').where('tenant.name', '=', tenant).execute()).length;
}

/** An update that has succeeded; tells its number. */
async function ended(fleet: TimedFleet, release: Parameters<TimedFleet['assign']>[0], device: DdiClient) {
  const { number } = await fleet.assign(release, device);
  await device.poll();
  await device.report(number, SWUPDATE_SAYS.start);
  await device.report(number, SWUPDATE_SAYS.success);
  await untilAllEnded(fleet);
  return number;
}

/** The scheduler ends a rollout, also that of a direct assignment, when none of its members is open. */
async function untilAllEnded({ server }: TimedFleet): Promise<void> {
  const open = server.store.reader.selectFrom('rollout').select('id').where('ended_at', 'is', null);
  await eventually(async () => ((await open.execute()).length === 0 ? true : null));
}

/** So many for each attempt that they go in more than one slice. */
function multiplyReports({ dataDir }: TimedFleet): void {
  const database = new DatabaseSync(path.join(dataDir, 'updraft.db'), { timeout: 60_000 });
  for (let reports = 1; reports <= REMOVED_REPORTS_PER_SLICE; reports *= 2)
    database.exec(`insert into report (attempt, at, device_at, kind, code, details)
      select attempt, at, device_at, kind, code, details from report`);
  database.close();
}

/** How many, as soon as there are so many: events are numbered, and so shown, a moment after they happen. */
async function eventsNamed(fleet: TimedFleet, name: string, atLeast = 1): Promise<number> {
  return eventually(async () => {
    const { total } = await fleet.api.call('events.list', { query: { filter: `name==${name}` } });
    return total < atLeast ? null : total;
  });
}

async function untilEnded({ server }: TimedFleet, name: string): Promise<void> {
  const rollout = server.store.reader.selectFrom('rollout').select('ended_at').where('name', '=', name);
  await eventually(async () => (await rollout.executeTakeFirst())?.ended_at ?? null);
}
