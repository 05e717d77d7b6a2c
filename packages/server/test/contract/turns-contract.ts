import type { CallInput } from '@updraft/protocols';
import assert from 'node:assert/strict';
import { SWUPDATE_SAYS, type DdiClient, type Release, type Report } from '../a-fleet.ts';
import { fleetTests, type FleetCheck, type FleetMaker, type TimedFleet } from './fleet-maker.ts';

/** Which of a device's updates it is served, what gives way to what, and what is said twice. */
export function turnsContract(maker: FleetMaker): void {
  fleetTests(maker, 'whose turn it is', CHECKS);
}

const CHECKS: Readonly<Record<string, FleetCheck>> = {
  'what only awaits evidence blocks nothing, and gives way unasked to anything newer': async (fleet) => {
    const type = `board-${Math.random()}`;
    await fleet.api.call('device-types.create', { body: { name: type, versionAttribute: 'version' } });
    const device = await fleet.device({ type });
    const older = await assign(fleet, await fleet.release('2.0'), device);
    await work(device, older, { details: ['done'] });
    assert.equal((await fleet.assignment(older)).state, 'verifying');
    const newer = await assign(fleet, await fleet.release('3.0'), device, { weight: 1 });
    const links = await device.poll();
    assert.equal(links.cancelAction, undefined);
    assert.match(links.deploymentBase ?? '', offering(newer));
    const { state, attempts } = await fleet.assignment(older);
    assert.deepEqual([state, attempts[0]?.state], ['superseded', 'canceled']);
  },

  'a direct assignment asks what stands in a started phase, and ends at once what waits in another': async (fleet) => {
    const device = await fleet.device();
    const waiting = await aRollout(fleet, device, { policy: { start: { by: 'hand' } } });
    const running = await aRollout(fleet, device, { start: true });
    await assign(fleet, await fleet.release(), device);
    assert.deepEqual(await countsOf(fleet, waiting), { superseded: 1 });
    assert.deepEqual(await countsOf(fleet, running), { canceling: 1 });
    const { cancelAction = '', deploymentBase } = await device.poll();
    assert.equal(deploymentBase, undefined);
    const asked = Number(/\/cancelAction\/(\d+)$/.exec(cancelAction)?.[1]);
    assert.equal((await device.report(asked, { about: 'cancelAction' })).status, 200, 'it was never offered');
    assert.ok((await device.poll()).deploymentBase);
    assert.deepEqual(await countsOf(fleet, running), { superseded: 1 });
  },

  'a device that was asked to cancel and went on has its true result': async (fleet) => {
    const device = await fleet.device();
    const older = await assign(fleet, await fleet.release(), device);
    await work(device, older, SWUPDATE_SAYS.start);
    const newer = await assign(fleet, await fleet.release(), device);
    assert.ok((await device.poll()).cancelAction);
    await work(device, older, SWUPDATE_SAYS.installed, SWUPDATE_SAYS.success);
    assert.equal((await fleet.assignment(older)).state, 'succeeded');
    assert.match((await device.poll()).deploymentBase ?? '', offering(newer));
  },

  'an error is counted with the first failure, though it is tried again, and taken out by a success': async (fleet) => {
    const device = await fleet.device();
    const retries = { limit: 1, firstSeconds: 60, factor: 1, jitterPercent: 0 };
    const rollout = await aRollout(fleet, device, { start: true, policy: { retries } });
    const erred = async () => (await fleet.api.call('rollouts.show', { params: { id: rollout } })).phases[0]?.erred;
    const offered = async () => Number(/deploymentBase\/(\d+)/.exec((await device.poll()).deploymentBase ?? '')?.[1]);
    await work(device, await offered(), SWUPDATE_SAYS.start, SWUPDATE_SAYS.installFailed);
    assert.equal(await erred(), 1);
    fleet.pass(61);
    await work(device, await offered(), { details: ['done'] });
    assert.equal(await erred(), 0);
    assert.deepEqual(await countsOf(fleet, rollout), { succeeded: 1 });
  },

  'what a device says once more is answered 200, and changes nothing': async (fleet) => {
    const type = `board-${Math.random()}`;
    await fleet.api.call('device-types.create', { body: { name: type, versionAttribute: 'version' } });
    const device = await fleet.device({ type });
    const number = await assign(fleet, await fleet.release('2.0'), device);
    const { start, log, installed } = SWUPDATE_SAYS;
    await work(device, number, start, start, log, installed, installed, start, { execution: 'proceeding' });
    assert.equal((await fleet.assignment(number)).attempts[0]?.state, 'verifying');
    await work(device, number, { details: ['done'] }, { details: ['done'] });
    assert.equal((await fleet.assignment(number)).state, 'verifying');
    await device.attributes({ version: '2.0' });
    assert.equal((await fleet.assignment(number)).state, 'succeeded');
  },
};

type Draft = Partial<CallInput<'rollouts.create'>['body']>;

/** A rollout of a release of its own to one device; its id. */
async function aRollout(fleet: TimedFleet, device: DdiClient, draft: Draft): Promise<string> {
  const release = await fleet.release();
  const body = { name: `r-${Math.random()}`, release: release.id, filter: `name==${device.name}`, ...draft };
  return (await fleet.api.call('rollouts.create', { body })).id;
}

async function countsOf(fleet: TimedFleet, id: string) {
  return (await fleet.api.call('rollouts.show', { params: { id } })).counts;
}

async function assign(
  fleet: TimedFleet,
  release: Release,
  device: DdiClient,
  more: Partial<CallInput<'assignments.create'>['body']> = {},
): Promise<number> {
  const body = { release: release.id, devices: [device.name], ...more };
  return (await fleet.api.call('assignments.create', { body })).assigned[0]?.number ?? 0;
}

/** Polls, and says these things one after the other; each is taken. */
async function work(device: DdiClient, number: number, ...said: readonly Report[]): Promise<void> {
  await device.poll();
  for (const report of said) assert.equal((await device.report(number, report)).status, 200);
}

function offering(number: number): RegExp {
  return new RegExp(`/deploymentBase/${number}\\?`);
}
