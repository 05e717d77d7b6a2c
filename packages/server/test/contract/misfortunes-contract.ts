import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { SWUPDATE_HEADERS, SWUPDATE_SAYS, type DdiClient, type Release } from '../a-fleet.ts';
import { eventually, fleetTests, type FleetCheck, type FleetMaker, type TimedFleet } from './fleet-maker.ts';

/** Devices whose disk, clock, word or identity cannot be relied on: the server believes what is so, or says why not. */
export function misfortunesContract(maker: FleetMaker): void {
  fleetTests(maker, 'devices that are not what they seem', CHECKS);
}

const OLD = '1.0';
const NEW = '2.0';
const EVIDENCE_SECONDS = 600;
const TOLD_TIMES = ['19700101T000000', '20991231T235959', 'yesterday'];
const OTHER_CLIENT_HEADERS = { 'user-agent': 'rauc-hawkbit-c-agent/1.0', 'content-type': 'application/json' };

const CHECKS: Readonly<Record<string, FleetCheck>> = {
  'a device that was restored from an old backup of its disk is brought the release again': async (fleet) => {
    const { device, release } = await updated(fleet);
    await device.attributes({ version: OLD });
    assert.equal(await runs(fleet, device), null);
    assert.deepEqual(await othersTold(fleet, device), [{ release: release.id, shows: OLD }]);
    const { number } = await fleet.assign(release, device);
    assert.equal((await fleet.assignment(number)).endedAt, null, 'it is not taken for installed');
    assert.ok((await device.poll()).deploymentBase);
    await take(device, number);
    assert.equal(await runs(fleet, device), release.id);
  },

  'a device that shows nothing, or its old version in the midst of an update, is still known to run what it ran':
    async (fleet) => {
      const { device, release } = await updated(fleet);
      await device.attributes({ serial: '7' });
      assert.equal(await runs(fleet, device), release.id);
      const { number } = await fleet.assign(await fleet.release('3.0'), device);
      await device.poll();
      await device.report(number, SWUPDATE_SAYS.start);
      await device.attributes({ version: '3.0' });
      assert.equal(await runs(fleet, device), release.id);
      assert.deepEqual(await othersTold(fleet, device), []);
    },

  'a success that is told without a byte proves nothing': async (fleet) => {
    const { device, number } = await offered(fleet);
    const success = { ...SWUPDATE_SAYS.success, details: ['done'], headers: OTHER_CLIENT_HEADERS };
    assert.equal((await device.report(number, success)).status, 200);
    assert.equal((await fleet.assignment(number)).state, 'verifying');
    await device.attributes({ version: OLD });
    fleet.pass(EVIDENCE_SECONDS + 1);
    const ended = await eventually(async () => {
      const now = await fleet.assignment(number);
      return now.endedAt === null ? null : now;
    });
    assert.deepEqual([ended.state, ended.reason], ['failed', 'booted-old-version']);
    assert.equal(await runs(fleet, device), null);
  },

  'of two devices with one identity the server says that what it runs has changed behind its back': async (fleet) => {
    const { device: twin, release, number } = await updated(fleet);
    assert.equal((await twin.report(number, SWUPDATE_SAYS.installFailed)).status, 410, 'the other one failed');
    await twin.attributes({ version: OLD });
    await twin.attributes({ version: NEW });
    assert.equal(await runs(fleet, twin), null, 'a version that is shown is not yet a release that was brought');
    assert.deepEqual(await othersTold(fleet, twin), [{ release: release.id, shows: OLD }]);
    assert.equal((await fleet.assignment(number)).state, 'succeeded', 'what has ended stays so');
  },

  'the time that a device gives is kept as its word, and moves nothing': async (fleet) => {
    const { device, number } = await offered(fleet);
    const before = await fleet.server.store.now();
    for (const time of TOLD_TIMES) assert.equal((await saidAt(device, number, time)).status, 200);
    const { items } = await fleet.api.call('assignments.reports', { params: { number }, query: { limit: 50 } });
    const said = items.filter(({ deviceAt }) => deviceAt !== null);
    assert.deepEqual(new Set(said.map(({ deviceAt }) => deviceAt)), new Set(TOLD_TIMES));
    assert.ok(said.every(({ at }) => Date.parse(at) >= before - 1000));
    assert.equal((await fleet.assignment(number)).endedAt, null);
  },
};

/** A device of a type that proves its version, and that runs the new one by its proof. */
async function updated(
  fleet: TimedFleet,
): Promise<{ readonly device: DdiClient; readonly release: Release; readonly number: number }> {
  const { device, release, number } = await offered(fleet);
  await take(device, number);
  assert.equal(await runs(fleet, device), release.id);
  return { device, release, number };
}

async function offered(fleet: TimedFleet) {
  const type = `board-${randomUUID()}`;
  await fleet.api.call('device-types.create', { body: { name: type, versionAttribute: 'version' } });
  const device = await fleet.device({ type });
  await device.attributes({ version: OLD });
  const release = await fleet.release(NEW);
  const policy = { timeLimits: { awaitingEvidenceSeconds: EVIDENCE_SECONDS } };
  const body = { release: release.id, devices: [device.name], policy };
  const { assigned } = await fleet.api.call('assignments.create', { body });
  assert.ok((await device.poll()).deploymentBase);
  return { device, release, number: assigned[0]?.number ?? 0 };
}

async function take(device: DdiClient, number: number): Promise<void> {
  for (const said of [SWUPDATE_SAYS.start, SWUPDATE_SAYS.installed, SWUPDATE_SAYS.success])
    assert.equal((await device.report(number, said)).status, 200);
  await device.attributes({ version: NEW });
}

async function runs(fleet: TimedFleet, { name }: DdiClient): Promise<string | null> {
  return (await fleet.api.call('devices.show', { params: { device: name } })).runningRelease?.id ?? null;
}

/** What was told of this device running something else. */
async function othersTold(fleet: TimedFleet, { name }: DdiClient): Promise<readonly object[]> {
  const { store } = fleet.server;
  const rows = await store.reader
    .selectFrom('event')
    .select(['data'])
    .where('name', '=', 'device.runs-other')
    .where('subject_id', '=', name)
    .execute();
  return rows.map(({ data }) => JSON.parse(data) as object);
}

function saidAt(device: DdiClient, number: number, time: string) {
  const status = { execution: 'proceeding', result: { finished: 'none' }, details: [time] };
  const body = JSON.stringify({ id: number, time, status });
  return device.ask(`deploymentBase/${number}/feedback`, { method: 'POST', headers: SWUPDATE_HEADERS, body });
}
