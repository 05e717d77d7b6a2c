import assert from 'node:assert/strict';
import { SWUPDATE_HEADERS, SWUPDATE_SAYS, type DdiClient, type Release } from '../a-fleet.ts';
import {
  contactWritten,
  eventually,
  fleetTests,
  type FleetCheck,
  type FleetMaker,
  type TimedFleet,
} from './fleet-maker.ts';

type Deployment = {
  readonly id: string;
  readonly deployment: {
    readonly download: string;
    readonly update: string;
    readonly chunks: readonly {
      readonly part: string;
      readonly artifacts: readonly {
        readonly filename: string;
        readonly size: number;
        readonly _links: Readonly<Record<string, { readonly href: string }>>;
      }[];
    }[];
  };
};

/** How an update goes, from its assignment to its end. */
export function updatesContract(maker: FleetMaker): void {
  fleetTests(maker, 'an update’s way', CHECKS);
}

const CHECKS: Readonly<Record<string, FleetCheck>> = {
  'SWUpdate’s whole way: offered, downloaded, installed, restarted, and only then succeeded': async (fleet) => {
    const device = await fleet.device();
    const release = await fleet.release('2.0');
    const { number } = await fleet.assign(release, device);

    const links = await device.poll();
    assert.match(
      links.deploymentBase ?? '',
      new RegExp(`/default/controller/v1/${device.name}/deploymentBase/${number}\\?c=-?\\d+$`),
    );
    assert.equal((await fleet.assignment(number)).state, 'offered');

    const described = await device.ask(links.deploymentBase ?? '', { headers: SWUPDATE_HEADERS });
    const { id, deployment } = JSON.parse(described.text) as Deployment;
    assert.equal(id, String(number));
    assert.deepEqual([deployment.download, deployment.update], ['forced', 'forced']);
    const artifact = deployment.chunks[0]?.artifacts[0];
    const href = artifact?._links['download-http']?.href ?? '';
    assert.ok(href.startsWith(`${fleet.url}/DEFAULT/controller/v1/${device.name}/softwaremodules/`));
    assert.ok(href.endsWith('/artifacts/update.swu'));

    assert.equal((await device.report(number, SWUPDATE_SAYS.start)).status, 200);
    assert.equal((await device.ask(href, { method: 'HEAD' })).headers['content-length'], '1000');
    assert.equal((await device.ask(href)).bytes.length, 1000);
    await eventually(async () => ((await fleet.assignment(number)).state === 'downloaded' ? true : null));
    assert.equal((await device.report(number, SWUPDATE_SAYS.chunk)).status, 200);
    assert.equal((await device.report(number, SWUPDATE_SAYS.installed)).status, 200);
    assert.equal((await fleet.assignment(number)).state, 'verifying');
    assert.notEqual((await device.poll()).deploymentBase, undefined);

    assert.equal((await device.report(number, SWUPDATE_SAYS.success)).status, 200);
    const ended = await fleet.assignment(number);
    assert.equal(ended.state, 'succeeded');
    assert.deepEqual(ended.attempts[0]?.evidence, ['confirmed']);
    assert.equal((await device.poll()).deploymentBase, undefined);
    assert.equal(
      (await fleet.api.call('devices.show', { params: { device: device.name } })).runningRelease?.id,
      release.id,
    );
  },

  'a boot that failed is rolled back, with the device’s words': async (fleet) => {
    const { device, number } = await offered(fleet);
    for (const said of [SWUPDATE_SAYS.start, SWUPDATE_SAYS.installed, SWUPDATE_SAYS.bootFailed])
      assert.equal((await device.report(number, said)).status, 200);
    const { state, attempts } = await fleet.assignment(number);
    assert.equal(state, 'failed');
    const { state: end, reason, message } = attempts[0] ?? {};
    assert.deepEqual([end, reason, message], ['rolled-back', 'rolled-back', 'Update Failed.']);
    assert.equal((await device.report(number, SWUPDATE_SAYS.bootFailed)).status, 410);
  },

  'a device that fails says why': async (fleet) => {
    const { device, number } = await offered(fleet);
    await device.report(number, SWUPDATE_SAYS.start);
    await device.report(number, SWUPDATE_SAYS.installFailed);
    const { attempts } = await fleet.assignment(number);
    assert.equal(attempts[0]?.state, 'failed');
    assert.equal(attempts[0].reason, 'failed');
    assert.match(attempts[0].message ?? '', /Signature verification failed/);
    assert.equal((await device.poll()).deploymentBase, undefined);
  },

  'a report before any offer makes the offer where the gates pass': async (fleet) => {
    const device = await fleet.device();
    const { number } = await fleet.assign(await fleet.release(), device);
    assert.equal((await device.report(number, { details: ['done'] })).status, 200);
    assert.equal((await fleet.assignment(number)).state, 'succeeded');
  },

  'a report for another’s action or for none is not found, for an ended one it is gone': async (fleet) => {
    const { device, number } = await offered(fleet);
    const other = await fleet.device();
    assert.equal((await other.report(number, { details: ['done'] })).status, 404);
    assert.equal((await device.report(number + 1000, { details: ['done'] })).status, 404);
    await fleet.api.call('assignments.force-quit', { params: { number } });
    assert.equal((await device.report(number, { details: ['done'] })).status, 410);
    assert.equal((await device.ask(`deploymentBase/${number}`)).status, 404);
    assert.equal((await other.ask(`deploymentBase/${number}`)).status, 404);
  },

  'a device may refuse a cancel and go on to its true end': async (fleet) => {
    const { device, number } = await offered(fleet);
    await device.report(number, SWUPDATE_SAYS.start);
    assert.equal((await device.report(number, { about: 'cancelAction' })).status, 405, 'nobody asked');
    await fleet.api.call('assignments.cancel', { params: { number } });
    assert.equal((await device.ask(`deploymentBase/${number}`)).status, 404, 'only the cancel is on the wire');
    assert.equal((await device.report(number, { about: 'cancelAction', execution: 'rejected' })).status, 200);
    assert.ok((await device.poll()).deploymentBase);
    await device.report(number, { details: ['done'] });
    assert.equal((await fleet.assignment(number)).state, 'succeeded');
  },

  'a device that refuses to cancel what it has not begun keeps no rollout from its end': async (fleet) => {
    const device = await fleet.device();
    const { id: release } = await fleet.release();
    const body = { name: `stops for ${device.name}`, release, filter: `name==${device.name}`, start: true };
    const { id } = await fleet.api.call('rollouts.create', { body });
    const link = await eventually(async () => (await device.poll()).deploymentBase ?? null);
    const number = Number(/deploymentBase\/(\d+)/.exec(link)?.[1]);
    await fleet.api.call('assignments.cancel', { params: { number } });
    await fleet.api.call('rollouts.stop', { params: { id } });
    assert.equal((await device.report(number, { about: 'cancelAction', execution: 'rejected' })).status, 200);
    assert.equal((await fleet.assignment(number)).state, 'canceled');
    const isStopped = async () =>
      (await fleet.api.call('rollouts.show', { params: { id } })).state === 'stopped' || null;
    assert.ok(await eventually(isStopped));
  },

  'a newer direct assignment asks the device to cancel the older, then is offered': async (fleet) => {
    const { device, number } = await offered(fleet);
    const newer = await fleet.assign(await fleet.release(), device);
    const { cancelAction = '', deploymentBase } = await device.poll();
    assert.equal(deploymentBase, undefined);
    assert.match(cancelAction, new RegExp(`/${number}$`));
    await device.report(number, { about: 'cancelAction' });
    assert.equal((await fleet.assignment(number)).state, 'superseded');
    assert.match((await device.poll()).deploymentBase ?? '', new RegExp(`/deploymentBase/${newer.number}\\?`));
  },

  'a lighter assignment waits behind a heavier one': async (fleet) => {
    const { device, number } = await offered(fleet);
    const lighter = await fleet.assign(await fleet.release(), device, 10);
    const { assignment, waiting } = await fleet.api.call('devices.why', { params: { device: device.name } });
    assert.deepEqual([assignment?.number, waiting.map((one) => one.number)], [number, [lighter.number]]);
    assert.match((await device.poll()).deploymentBase ?? '', new RegExp(`/deploymentBase/${number}\\?`));
    await device.report(number, { details: ['done'] });
    assert.match((await device.poll()).deploymentBase ?? '', new RegExp(`/deploymentBase/${lighter.number}\\?`));
  },

  'the same release assigned again is the same assignment, and one that runs is installed': async (fleet) => {
    const { device, release, number } = await offered(fleet);
    const body = { release: release.id, devices: [device.name] };
    const again = await fleet.api.call('assignments.create', { body });
    assert.deepEqual([again.rollout, again.assigned, again.alreadyAssigned], [null, [], [device.name]]);
    await device.report(number, { details: ['done'] });
    const once = await fleet.api.call('assignments.create', { body });
    assert.deepEqual([once.assigned, once.alreadyInstalled], [[], [device.name]]);
  },

  'success is held back until the attribute that the type names shows the version': async (fleet) => {
    const board = await aType(fleet);
    const device = await fleet.device({ type: board });
    const { number } = await fleet.assign(await fleet.release('2.0', { deviceTypes: [board] }), device);
    await device.poll();
    await device.attributes({ version: '1.0' });
    await device.report(number, SWUPDATE_SAYS.start);
    await device.report(number, SWUPDATE_SAYS.installed);
    assert.equal((await device.poll()).configData, undefined, 'never while a report is awaited');
    await device.report(number, SWUPDATE_SAYS.success);
    assert.equal((await fleet.assignment(number)).state, 'verifying');
    const links = await device.poll();
    assert.deepEqual([links.deploymentBase, typeof links.configData], [undefined, 'string']);
    await device.attributes({ version: '1.0' });
    assert.ok((await device.poll()).configData, 'it may have been said before the reboot');
    await device.attributes({ version: '2.0' });
    const { state, attempts } = await fleet.assignment(number);
    assert.equal(state, 'succeeded');
    assert.deepEqual(attempts[0]?.evidence, ['confirmed', 'observed']);
    assert.equal((await device.poll()).configData, undefined);
  },

  'evidence that does not come in time ends as what was seen': async (fleet) => {
    const board = await aType(fleet);
    const device = await fleet.device({ type: board });
    const { number } = await fleet.assign(await fleet.release('2.0'), device);
    await device.poll();
    await device.report(number, { details: ['done'] });
    fleet.pass(1);
    await device.attributes({ version: '1.0' });
    fleet.pass(DAY_SECONDS + 1);
    const ended = await eventually(async () => {
      const now = await fleet.assignment(number);
      return now.state === 'verifying' ? null : now;
    });
    assert.deepEqual([ended.state, ended.attempts[0]?.reason], ['failed', 'booted-old-version']);
  },

  'files of an offer that was taken back are given, until another is offered: then they are not found': async (
    fleet,
  ) => {
    const device = await fleet.device();
    const body = { release: (await fleet.release()).id, filter: `name==${device.name}`, start: true };
    const held = await fleet.api.call('rollouts.create', { body: { ...body, name: `held ${device.name}` } });
    const first = await fileOffered(device);
    const act = (verb: 'pause' | 'resume') => fleet.api.call(`rollouts.${verb}`, { params: { id: held.id } });
    await act('pause');
    assert.equal((await device.poll()).deploymentBase, undefined);
    assert.equal((await device.ask(first, { method: 'HEAD' })).status, 200, 'nothing else was offered');

    const lighter = await fleet.assign(await fleet.release(), device, 10);
    const second = await fileOffered(device);
    assert.equal((await device.ask(first)).status, 404);
    assert.equal((await device.ask(second)).status, 200);
    await device.report(lighter.number, { details: ['done'] });
    assert.equal((await device.ask(first)).status, 404, 'what was offered since has ended');
    await act('resume');
    assert.equal((await device.ask(await fileOffered(device))).status, 200, 'it is offered again');
  },

  'an update that succeeded remembers what its device ran before': async (fleet) => {
    const device = await fleet.device();
    const [first, second, third] = [await fleet.release(), await fleet.release(), await fleet.release()];
    const bring = async (release: Release, policy: object = {}) => {
      const body = { release: release.id, devices: [device.name], policy };
      const { assigned } = await fleet.api.call('assignments.create', { body });
      const number = assigned[0]?.number ?? 0;
      await device.poll();
      await device.report(number, { details: ['done'] });
      return number;
    };
    const numbers = [
      await bring(first),
      await bring(third, { action: { kind: 'download-only' } }),
      await bring(second),
    ];
    assert.deepEqual(await ranBefore(fleet, numbers), [null, null, first.id]);
  },

  'an offer that nobody takes lapses, and the next poll offers anew': async (fleet) => {
    const { device, number } = await offered(fleet);
    fleet.pass(16 * 60);
    await eventually(async () => ((await fleet.assignment(number)).state === 'ready' ? true : null));
    assert.ok((await device.poll()).deploymentBase);
  },

  'a device that began and says nothing more is given up, one that polls is not': async (fleet) => {
    const timeLimits = { silenceSeconds: 600, downloadingSeconds: 100_000 };
    const [silent, heard] = [await fleet.device(), await fleet.device()];
    const release = await fleet.release();
    const body = { release: release.id, devices: [silent.name, heard.name], policy: { timeLimits } };
    const { assigned } = await fleet.api.call('assignments.create', { body });
    const numberOf = (name: string) => assigned.find(({ device }) => device === name)?.number ?? 0;
    for (const device of [silent, heard]) {
      await device.poll();
      await device.report(numberOf(device.name), SWUPDATE_SAYS.start);
      await contactWritten(fleet, device);
    }
    fleet.pass(590);
    await contactWritten(fleet, heard);
    fleet.pass(20);
    const ended = await eventually(async () => {
      const now = await fleet.assignment(numberOf(silent.name));
      return now.endedAt === null ? null : now;
    });
    assert.deepEqual([ended.attempts[0]?.state, ended.attempts[0]?.reason], ['timed-out', 'silence-limit']);
    assert.equal((await fleet.assignment(numberOf(heard.name))).endedAt, null);
  },
};

const DAY_SECONDS = 86_400;

/** The address of the file that a poll offers. */
async function fileOffered(device: DdiClient): Promise<string> {
  const { deploymentBase = '' } = await device.poll();
  const { deployment } = JSON.parse((await device.ask(deploymentBase)).text) as Deployment;
  return deployment.chunks[0]?.artifacts[0]?._links['download-http']?.href ?? '';
}

async function aType(fleet: TimedFleet): Promise<string> {
  const name = `board-${Math.random()}`;
  await fleet.api.call('device-types.create', { body: { name, versionAttribute: 'version' } });
  return name;
}

async function offered(fleet: TimedFleet) {
  const device = await fleet.device();
  const release = await fleet.release();
  const { number } = await fleet.assign(release, device);
  await device.poll();
  return { device, release, number };
}

/** Uids of the releases that devices ran before these assignments succeeded. */
async function ranBefore(fleet: TimedFleet, numbers: readonly number[]): Promise<readonly (string | null)[]> {
  const rows = await fleet.server.store.reader
    .selectFrom('assignment as a')
    .leftJoin('release as l', 'l.id', 'a.from_release')
    .select('l.uid')
    .where('a.number', 'in', numbers)
    .orderBy('a.number')
    .execute();
  return rows.map(({ uid }) => uid);
}
