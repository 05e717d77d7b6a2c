import assert from 'node:assert/strict';
import { countedState, displayedState, shownCounted } from '@updraft/core';
import type { CallAnswer, CallInput } from '@updraft/protocols';
import { policyOf } from '@updraft/store';
import { SWUPDATE_SAYS, type DdiClient, type Release } from '../a-fleet.ts';
import {
  contactWritten,
  eventually,
  fleetTests,
  type FleetCheck,
  type FleetMaker,
  type TimedFleet,
} from './fleet-maker.ts';

type Rollout = CallAnswer<'rollouts.show'>;

/** A rollout as one object: made, started, paused, resumed, stopped, ended, and counted. */
export function rolloutsContract(maker: FleetMaker): void {
  fleetTests(maker, 'a rollout', CHECKS);
}

const CHECKS: Readonly<Record<string, FleetCheck>> = {
  'a rollout takes the devices of its filter, and offers nothing before its start': async (fleet) => {
    const [inside, outside] = [await fleet.device(), await fleet.device()];
    const made = await create(fleet, await fleet.release(), [inside]);
    assert.deepEqual([made.state, made.total, made.counts], ['ready', 1, { scheduled: 1 }]);
    assert.equal((await inside.poll()).deploymentBase, undefined);
    const started = await act(fleet, 'start', made);
    assert.deepEqual([started.state, started.counts], ['running', { ready: 1 }]);
    assert.ok((await inside.poll()).deploymentBase);
    assert.equal((await outside.poll()).deploymentBase, undefined);
    assert.deepEqual((await show(fleet, made)).counts, { offered: 1 });
  },

  'a paused rollout offers nothing new, and what has begun goes on': async (fleet) => {
    const [begun, fresh, offered] = [await fleet.device(), await fleet.device(), await fleet.device()];
    const rollout = await create(fleet, await fleet.release(), [begun, fresh, offered], { start: true });
    await report(fleet, begun, SWUPDATE_SAYS.start);
    await offered.poll();
    await act(fleet, 'pause', rollout);
    assert.ok((await begun.poll()).deploymentBase);
    assert.equal((await fresh.poll()).deploymentBase, undefined);
    assert.equal((await offered.poll()).deploymentBase, undefined, 'its offer is withdrawn');
    assert.deepEqual((await show(fleet, rollout)).counts, { ready: 2, downloading: 1 });
    await act(fleet, 'resume', rollout);
    for (const device of [begun, fresh, offered]) assert.ok((await device.poll()).deploymentBase);
  },

  'a paused rollout starves no other': async (fleet) => {
    const device = await fleet.device();
    const paused = await create(fleet, await fleet.release(), [device], { start: true });
    await act(fleet, 'pause', paused);
    const other = await create(fleet, await fleet.release(), [device], { start: true, weight: 1 });
    assert.ok((await device.poll()).deploymentBase);
    assert.deepEqual((await show(fleet, other)).counts, { offered: 1 });
  },

  'a newer rollout supersedes an older one at the device’s next contact': async (fleet) => {
    const [begun, waiting] = [await fleet.device(), await fleet.device()];
    const older = await create(fleet, await fleet.release(), [begun, waiting], { start: true });
    const number = await report(fleet, begun, SWUPDATE_SAYS.start);
    const newer = await create(fleet, await fleet.release(), [begun, waiting], { start: true });
    assert.ok((await waiting.poll()).deploymentBase);
    assert.ok((await begun.poll()).cancelAction);
    assert.deepEqual((await show(fleet, older)).counts, { superseded: 1, canceling: 1 });
    await begun.report(number, { about: 'cancelAction' });
    assert.deepEqual((await show(fleet, older)).counts, { superseded: 2 });
    assert.ok((await begun.poll()).deploymentBase);
    assert.deepEqual((await show(fleet, newer)).counts, { offered: 2 });
  },

  'a stopped rollout asks what has begun to cancel, closes the rest, and is stopped when none is open': async (
    fleet,
  ) => {
    const [begun, offered, fresh] = [await fleet.device(), await fleet.device(), await fleet.device()];
    const rollout = await create(fleet, await fleet.release(), [begun, offered, fresh], { start: true });
    const number = await report(fleet, begun, SWUPDATE_SAYS.start);
    await offered.poll();
    assert.equal((await act(fleet, 'stop', rollout)).state, 'stopping');
    assert.ok((await begun.poll()).cancelAction);
    assert.equal((await offered.poll()).deploymentBase, undefined);
    await counts(fleet, rollout, { canceled: 2, canceling: 1 });
    assert.equal((await show(fleet, rollout)).state, 'stopping');
    await begun.report(number, { about: 'cancelAction' });
    await eventually(async () => ((await show(fleet, rollout)).state === 'stopped' ? true : null));
    assert.deepEqual((await show(fleet, rollout)).counts, { canceled: 3 });
  },

  'what a device closes while its rollout stops is not waited for, though its type wants to see the version': async (
    fleet,
  ) => {
    const type = `board-${Math.random()}`;
    await fleet.api.call('device-types.create', { body: { name: type, versionAttribute: 'version' } });
    const [asked, refusing] = [await fleet.device({ type }), await fleet.device({ type })];
    const rollout = await create(fleet, await fleet.release(), [asked, refusing], { start: true });
    const first = await report(fleet, asked, SWUPDATE_SAYS.start);
    const second = await report(fleet, refusing, SWUPDATE_SAYS.start);
    await act(fleet, 'stop', rollout);
    assert.ok((await refusing.poll()).cancelAction);
    await refusing.report(second, { execution: 'rejected', about: 'cancelAction' });
    await asked.report(first, SWUPDATE_SAYS.success);
    await refusing.report(second, SWUPDATE_SAYS.success);
    await eventually(async () => ((await show(fleet, rollout)).state === 'stopped' ? true : null));
    assert.deepEqual((await show(fleet, rollout)).counts, { canceled: 2 });
  },

  'a rollout ends when nothing of it is open, and one whose devices all run the release at once': async (fleet) => {
    const device = await fleet.device();
    const rollout = await create(fleet, await fleet.release(), [device], { start: true });
    await report(fleet, device, { details: ['done'] });
    await eventually(async () => ((await show(fleet, rollout)).state === 'finished' ? true : null));
    const release = await fleet.release();
    const { number } = await fleet.assign(release, device);
    await device.report(number, { details: ['done'] });
    const done = await create(fleet, release, [device], { start: true });
    await eventually(async () => ((await show(fleet, done)).state === 'finished' ? true : null));
  },

  'a device that runs the release already is in total and in success from the beginning': async (fleet) => {
    const [done, other] = [await fleet.device(), await fleet.device()];
    const release = await fleet.release();
    const { number } = await fleet.assign(release, done);
    await done.report(number, { details: ['done'] });
    const rollout = await create(fleet, release, [done, other]);
    assert.deepEqual([rollout.total, rollout.counts], [2, { succeeded: 1, scheduled: 1 }]);
  },

  'what a device comes to run fulfils what else was to bring it the same release': async (fleet) => {
    const device = await fleet.device();
    const release = await fleet.release();
    const waiting = await create(fleet, release, [device]);
    const { number } = await assignBeside(fleet, release, device);
    await device.report(number, { details: ['done'] });
    assert.deepEqual((await show(fleet, waiting)).counts, { succeeded: 1 });
  },

  'an incompatible device is left out, one that becomes so ends as failed, and a direct assignment to it is refused':
    async (fleet) => {
      const type = `board-${Math.random()}`;
      await fleet.api.call('device-types.create', { body: { name: type } });
      const [fit, changed, unfit] = [await fleet.device({ type }), await fleet.device({ type }), await fleet.device()];
      const release = await fleet.release('1.0', { deviceTypes: [type] });
      const rollout = await create(fleet, release, [fit, changed, unfit], { start: true });
      assert.equal(rollout.total, 2);
      await fleet.api.call('devices.change', { params: { device: changed.name }, body: { type: null } });
      for (const device of [fit, changed, unfit]) await device.poll();
      assert.deepEqual((await show(fleet, rollout)).counts, { offered: 1, failed: 1 });
      const body = { release: release.id, devices: [unfit.name] };
      await assert.rejects(fleet.api.call('assignments.create', { body }), { code: 'device-incompatible' });
    },

  'a withdrawn release is held, and the gate says so': async (fleet) => {
    const device = await fleet.device();
    await contactWritten(fleet, device);
    const release = await fleet.release();
    await create(fleet, release, [device], { start: true });
    await fleet.api.call('releases.withdraw', { params: { id: release.id } });
    assert.equal((await device.poll()).deploymentBase, undefined);
    const why = await fleet.api.call('devices.why', { params: { device: device.name } });
    assert.deepEqual(
      why.gates.filter(({ passed }) => !passed).map(({ gate }) => gate),
      ['release-published'],
    );
  },

  'every wait is explained by the gates that decide the offer': async (fleet) => {
    const device = await fleet.device();
    const why = async () => fleet.api.call('devices.why', { params: { device: device.name } });
    assert.equal((await why()).state, null);
    await contactWritten(fleet, device);
    const rollout = await create(fleet, await fleet.release(), [device]);
    const before = await why();
    assert.deepEqual([before.state, before.mayInstall], ['scheduled', false]);
    assert.deepEqual(
      before.gates.filter(({ passed }) => !passed).map(({ gate }) => gate),
      ['rollout-running', 'phase-started'],
    );
    await act(fleet, 'start', rollout);
    assert.deepEqual([(await why()).state, (await why()).mayInstall], ['ready', true]);
    await report(fleet, device, SWUPDATE_SAYS.start);
    await act(fleet, 'pause', rollout);
    assert.equal((await why()).mayInstall, true, 'what is granted stays');
  },

  'a device with nothing left to do is told of by how its last assignment ended': async (fleet) => {
    const device = await fleet.device();
    const summary = async () =>
      (await fleet.api.call('devices.why', { params: { device: device.name } })).summary.split('; ')[1];
    assert.equal(await summary(), undefined);
    const release = await fleet.release();
    await create(fleet, release, [device], { start: true });
    await report(fleet, device, SWUPDATE_SAYS.start);
    await report(fleet, device, SWUPDATE_SAYS.installFailed);
    assert.match((await summary()) ?? '', new RegExp(`${release.name} ${release.version}.* failed`, 'u'));
  },

  'what the device never begins ends when it has been silent for too long': async (fleet) => {
    const [never, lapsed, heard] = [await fleet.device(), await fleet.device(), await fleet.device()];
    const policy = { timeLimits: { silenceSeconds: 3600 } };
    const rollout = await create(fleet, await fleet.release(), [never, lapsed, heard], { start: true, policy });
    await contactWritten(fleet, lapsed);
    fleet.pass(1800);
    await counts(fleet, rollout, { ready: 3 });
    await contactWritten(fleet, heard);
    fleet.pass(1801);
    await counts(fleet, rollout, { ready: 1, failed: 2 });
    const { items } = await fleet.api.call('assignments.list', {
      query: { filter: `rollout==${rollout.id};state==failed` },
    });
    assert.deepEqual(new Set(items.map(({ reason }) => reason)), new Set(['silence-limit']));
  },

  'a rollout that is not in the right state says so, and a stale revision is refused': async (fleet) => {
    const device = await fleet.device();
    const rollout = await create(fleet, await fleet.release(), [device]);
    await assert.rejects(act(fleet, 'resume', rollout), { code: 'rollout-state' });
    const stale = { params: { id: rollout.id }, ifMatch: rollout.revision + 7 };
    await assert.rejects(fleet.api.call('rollouts.start', stale), { code: 'precondition-failed' });
    await assert.rejects(create(fleet, await fleet.release(), [device], { name: rollout.name }), {
      code: 'name-taken',
    });
    await assert.rejects(create(fleet, await fleet.release(), [], { filter: 'nme==x' }), { code: 'filter-invalid' });
  },

  'what set statements end looks as what core decides one by one': async (fleet) => {
    const devices = [await fleet.device(), await fleet.device()];
    const [bulk, single] = [
      await create(fleet, await fleet.release(), devices),
      await create(fleet, await fleet.release(), devices),
    ];
    await act(fleet, 'stop', bulk);
    await counts(fleet, bulk, { canceled: 2 });
    const query = { filter: `rollout==${single.id}` };
    for (const { number } of (await fleet.api.call('assignments.list', { query })).items)
      await fleet.api.call('assignments.cancel', { params: { number } });
    assert.deepEqual(await endsOf(fleet, bulk), await endsOf(fleet, single));

    const release = await fleet.release();
    const decided = await create(fleet, release, devices);
    for (const device of devices) {
      const { number } = await assignBeside(fleet, release, device);
      await device.report(number, { details: ['done'] });
    }
    const born = await create(fleet, release, devices, { name: `born ${release.name}` });
    assert.deepEqual(await endsOf(fleet, born), await endsOf(fleet, decided));
  },

  'the counts are those of a full count, folded or not': async (fleet) => {
    const { reader } = fleet.server.store;
    await eventually(async () =>
      (await reader.selectFrom('counter_delta').select('id').execute()).length === 0 ? true : null,
    );
    const rows = await reader
      .selectFrom('assignment as a')
      .innerJoin('rollout as r', 'r.id', 'a.rollout')
      .innerJoin('phase as p', 'p.rollout', 'a.rollout')
      .leftJoin('attempt as t', 't.id', 'a.attempt_id')
      .select(['r.uid', 'a.state', 't.state as attempt', 'p.state as phase', 'r.policy'])
      .execute();
    const counted = new Map<string, Record<string, number>>();
    for (const { uid, state, attempt, phase, policy } of rows) {
      const shown = displayedState(
        shownCounted(countedState(state, attempt), { state: phase, asksConsent: policyOf(policy).consent.required }),
      );
      const of = counted.get(uid) ?? {};
      counted.set(uid, { ...of, [shown]: (of[shown] ?? 0) + 1 });
    }
    assert.ok(counted.size > 10);
    for (const [id, expected] of counted) {
      const shown = await fleet.api.call('rollouts.show', { params: { id } });
      assert.deepEqual(sorted(shown.counts), sorted(expected), shown.name);
    }
  },
};

type Wish = {
  readonly start?: boolean;
  readonly weight?: number;
  readonly name?: string;
  readonly filter?: string;
  readonly policy?: CallInput<'rollouts.create'>['body']['policy'];
};

async function create(
  fleet: TimedFleet,
  release: Release,
  devices: readonly DdiClient[],
  wish: Wish = {},
): Promise<Rollout> {
  const names = devices.map(({ name }) => name).join(',');
  const filter = names === '' ? 'name==nobody' : `name=in=(${names})`;
  const body = { name: `rollout of ${release.name}`, release: release.id, filter, ...wish };
  return fleet.api.call('rollouts.create', { body });
}

async function act(fleet: TimedFleet, verb: 'start' | 'pause' | 'resume' | 'stop', { id }: Rollout): Promise<Rollout> {
  return fleet.api.call(`rollouts.${verb}`, { params: { id } });
}

async function show(fleet: TimedFleet, { id }: Rollout): Promise<Rollout> {
  return fleet.api.call('rollouts.show', { params: { id } });
}

/** Waits until these are the counts. */
async function counts(fleet: TimedFleet, rollout: Rollout, expected: Readonly<Record<string, number>>): Promise<void> {
  const wanted = JSON.stringify(sorted(expected));
  await eventually(async () => (JSON.stringify(sorted((await show(fleet, rollout)).counts)) === wanted ? true : null));
}

function sorted(counts: Readonly<Partial<Record<string, number>>>) {
  return Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** How the assignments of a rollout have ended, as they are stored. */
async function endsOf(fleet: TimedFleet, { number }: Rollout) {
  const rows = await fleet.server.store.reader
    .selectFrom('assignment')
    .select(['state', 'reason', 'attempt_id', 'failed_attempts', 'cancel_intent', 'not_before', 'next_at', 'ended_at'])
    .where('rollout', '=', number)
    .orderBy('device')
    .execute();
  assert.equal(rows.length, 2);
  return rows.map(({ ended_at, ...row }) => ({ ...row, hasEnded: ended_at !== null }));
}

/** Polls, and says something about what is offered; tells its wire id. */
async function report(fleet: TimedFleet, device: DdiClient, said: Parameters<DdiClient['report']>[1]): Promise<number> {
  const { deploymentBase = '' } = await device.poll();
  const number = Number(/deploymentBase\/(\d+)/.exec(deploymentBase)?.[1]);
  assert.equal((await device.report(number, said)).status, 200, fleet.url);
  return number;
}

/** A rollout that runs, beside another of the same release that waits: the release stands open twice. */
async function assignBeside(
  fleet: TimedFleet,
  release: Release,
  device: DdiClient,
): Promise<{ readonly number: number }> {
  const filter = `name==${device.name}`;
  const body = { name: `beside ${release.name} ${device.name}`, release: release.id, filter, start: true };
  await fleet.api.call('rollouts.create', { body });
  const { deploymentBase = '' } = await device.poll();
  return { number: Number(/deploymentBase\/(\d+)/.exec(deploymentBase)?.[1]) };
}
