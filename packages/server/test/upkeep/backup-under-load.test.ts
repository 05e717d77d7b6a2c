import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test, type TestContext } from 'node:test';
import { postgresMaker } from '../../../store/test/postgres-maker.ts';
import { backUp } from '../../src/upkeep/backup.ts';
import { examine } from '../../src/upkeep/doctor/examine.ts';
import { restore } from '../../src/upkeep/restore.ts';
import { aFleet, ddiClient, publishRelease, SWUPDATE_SAYS, type TestFleet } from '../a-fleet.ts';
import { aServer, type TestServer } from '../a-server.ts';
import { eventually } from '../contract/fleet-maker.ts';
import { type Acknowledged, aBusyFleet, type BusyDevice } from './a-busy-fleet.ts';
import { aPlace, INSTANCE_KEY, settingsFor, silent } from './a-backup.ts';

const ENOUGH_REPORTS = 15;
const PAGE = 500;

const { cluster, end } = postgresMaker();
// Servers end with their tests, the databases after them.
after(end);

async function databasesOf(t: TestContext, kind: 'SQLite' | 'PostgreSQL'): Promise<readonly string[]> {
  if (kind === 'SQLite') return ['sqlite:', 'sqlite:'];
  const made = await cluster(t);
  return made === undefined ? [] : [await made.createDatabase(), await made.createDatabase()];
}

function environmentOf(url: string): Record<string, string> {
  return url === 'sqlite:' ? {} : { UPDRAFT_DATABASE_URL: url, UPDRAFT_INSTANCE_KEY: INSTANCE_KEY };
}

for (const kind of ['SQLite', 'PostgreSQL'] as const)
  test(`what was taken under load restores to a server that every device goes on with (${kind})`, async (t) => {
    const [from, to] = await databasesOf(t, kind);
    if (from === undefined || to === undefined) return;
    const fleet = await aFleet(t, { environment: environmentOf(from) });
    const busy = await aBusyFleet(fleet);
    await untilTold(busy.devices, ENOUGH_REPORTS);
    const [eventsBefore, before] = [await eventsOf(fleet), Date.now()];
    const folder = await aPlace(t, 'backup');
    const manifest = await backUp(await settingsFor(fleet.dataDir, from), folder, silent);
    await untilTold(busy.devices, toldOf(busy.devices).length + ENOUGH_REPORTS);
    await busy.stop();
    await fleet.server.stop();

    const dataDir = await aPlace(t, 'restored');
    await restore(await settingsFor(dataDir, to), folder, silent);
    const again = await aServer(t, { dataDir, environment: environmentOf(to) });
    const told = toldOf(busy.devices);
    const toldBefore = told.filter(({ at }) => at < before);
    await holdsReports(again, toldBefore);
    const kept = new Map((await eventsOf(again)).map(({ position, name }) => [position, name]));
    for (const { position, name } of eventsBefore) assert.equal(kept.get(position), name);
    await holdsObjects(again, manifest.objects.length);
    const findings = await examine(
      { UPDRAFT_DATA_DIR: dataDir, ...environmentOf(to) },
      { full: true, progress: silent },
    );
    assert.deepEqual(
      findings.filter(({ verdict }) => verdict === 'fail'),
      [],
    );
    const highest = Math.max(...told.map(({ number }) => number));
    for (const device of busy.devices) await goesOn(again, device);
    await takesNext(again, busy.devices, highest);
  });

function toldOf(devices: readonly BusyDevice[]): readonly Acknowledged[] {
  return devices.flatMap(({ acknowledged }) => acknowledged);
}

async function untilTold(devices: readonly BusyDevice[], reports: number): Promise<void> {
  await eventually(() => Promise.resolve(toldOf(devices).length >= reports ? true : null));
}

async function eventsOf({ api }: Pick<TestFleet, 'api'>): Promise<readonly { position: number; name: string }[]> {
  const events: { position: number; name: string }[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await api.call('events.list', { query: { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) } });
    events.push(...page.items);
    if (page.next === null) return events;
    cursor = page.next;
  }
}

/** Whatever a device was told to be taken before the backup began is there. */
async function holdsReports({ api }: TestServer, told: readonly Acknowledged[]): Promise<void> {
  for (const [number, all] of Map.groupBy(told, (one) => one.number)) {
    const { items } = await api.call('assignments.reports', { params: { number }, query: { limit: PAGE } });
    const details = items.flatMap((report) => report.details);
    for (const { detail } of all) assert.ok(details.includes(detail), `"${detail}" is lost`);
  }
}

async function holdsObjects(server: TestServer, objects: number): Promise<void> {
  const { items } = await server.api.call('artifacts.list', { query: { limit: PAGE } });
  assert.equal(new Set(items.map(({ sha256 }) => sha256)).size, objects);
  for (const { id, sha256 } of items) {
    const bytes = Buffer.from(await (await server.fetch(`/api/v1/artifacts/${id}/content`)).arrayBuffer());
    assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256);
  }
}

/** A device in the middle of an update reports on; the restored server takes it, or does not know it and says so. */
async function goesOn({ url, api }: TestServer, device: BusyDevice): Promise<void> {
  const client = ddiClient(url, device);
  const number = device.working;
  await client.poll();
  if (number === null) return;
  const assignment = await api.call('assignments.show', { params: { number } }).catch(() => null);
  const { status } = await client.report(number, SWUPDATE_SAYS.chunk);
  if (assignment === null) assert.equal(status, 404);
  else assert.equal(status, assignment.endedAt === null ? 200 : 410);
}

/** Each takes another release, under a wire id that none has seen. */
async function takesNext(server: TestServer, devices: readonly BusyDevice[], highest: number): Promise<void> {
  const release = await publishRelease(server, { name: 'after', version: '1.0' });
  const names = devices.map(({ name }) => name);
  const { assigned } = await server.api.call('assignments.create', { body: { release: release.id, devices: names } });
  for (const device of devices) {
    const client = ddiClient(server.url, device);
    const { number } = assigned.find((one) => one.device === device.name) ?? assert.fail();
    assert.ok(number > highest);
    const { cancelAction } = await client.poll();
    const canceled = Number(/cancelAction\/(\d+)/.exec(cancelAction ?? '')?.[1] ?? 0);
    if (canceled > 0)
      await client.report(canceled, { about: 'cancelAction', execution: 'closed', finished: 'success' });
    assert.match((await client.poll()).deploymentBase ?? '', new RegExp(`/deploymentBase/${number}`));
    await client.report(number, SWUPDATE_SAYS.start);
    await client.report(number, SWUPDATE_SAYS.success);
    const { state } = await server.api.call('assignments.show', { params: { number } });
    assert.equal(state, 'succeeded');
  }
}
