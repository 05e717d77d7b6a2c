import type { CallInput } from '@updraft/protocols';
import assert from 'node:assert/strict';
import { ddiClient, SWUPDATE_SAYS } from '../a-fleet.ts';
import { askedNumber, assigned, consentBy, offeredNumber } from './assigned-device.ts';
import {
  contactWritten,
  eventually,
  fleetTests,
  type FleetCheck,
  type FleetMaker,
  type TimedFleet,
} from './fleet-maker.ts';
import { importChecks } from './imports-checks.ts';

/** How devices are set aside, taken out of service, replaced and deleted, also with an attempt open. */
export function deviceLifecycleContract(maker: FleetMaker): void {
  fleetTests(maker, 'devices that come and go', { ...CHECKS, ...importChecks });
}

type Policy = NonNullable<CallInput<'assignments.create'>['body']['policy']>;
const RETRIES: Policy['retries'] & object = { limit: 9, on: ['failed'], firstSeconds: 1, factor: 1, jitterPercent: 0 };

const CHECKS: Readonly<Record<string, FleetCheck>> = {
  'a device whose attempts fail again and again is set aside, until its time is over': async (fleet) => {
    const { device } = await failing(fleet, 3);
    const shown = await show(fleet, device.name);
    assert.notEqual(shown.penaltyUntil, null);
    fleet.pass(10);
    assert.equal((await device.poll()).deploymentBase, undefined);
    const why = await fleet.api.call('devices.why', { params: { device: device.name } });
    assert.equal(why.gates.find(({ gate }) => gate === 'penalty-box')?.passed, false);
    const aside = await fleet.api.call('devices.list', { query: { filter: 'penaltyUntil=gt=${NOW}', limit: 200 } });
    assert.ok(aside.items.some(({ name }) => name === device.name));
    fleet.pass(86_401);
    assert.ok((await device.poll()).deploymentBase);
  },

  'a person releases a device that was set aside, and its old failures count no more': async (fleet) => {
    const { device, fail } = await failing(fleet, 3);
    const params = { device: device.name };
    const released = await fleet.api.call('devices.release-penalty', { params });
    assert.equal(released.penaltyUntil, null);
    await assert.rejects(fleet.api.call('devices.release-penalty', { params }), { code: 'device-not-set-aside' });
    await fail();
    assert.equal((await show(fleet, device.name)).penaltyUntil, null);
    await fail();
    await fail();
    assert.notEqual((await show(fleet, device.name)).penaltyUntil, null);
  },

  'failures that lie further apart than the setting says set nothing aside': async (fleet) => {
    const { device, fail } = await failing(fleet, 2);
    fleet.pass(86_401);
    await fail();
    assert.equal((await show(fleet, device.name)).penaltyUntil, null);
  },

  'a device that falls silent while it is asked to give up has failed at nothing': async (fleet) => {
    const { device, number } = await failing(fleet, 1, { silenceSeconds: 60, cancelingSeconds: 3600 });
    fleet.pass(2);
    const { deploymentBase = '' } = await device.poll();
    await device.report(Number(/deploymentBase\/(\d+)/.exec(deploymentBase)?.[1]), SWUPDATE_SAYS.start);
    await fleet.api.call('assignments.cancel', { params: { number } });
    await contactWritten(fleet, device);
    fleet.pass(61);
    const { state, reason } = await eventually(async () => {
      const shown = await fleet.assignment(number);
      return shown.endedAt === null ? null : shown;
    });
    assert.deepEqual([state, reason], ['canceled', 'canceling-limit']);
    const next = await fleet.assign(await fleet.release(), device);
    await device.poll();
    await device.report(next.number, SWUPDATE_SAYS.installFailed);
    assert.equal((await show(fleet, device.name)).penaltyUntil, null);
  },

  'a decommissioned device is kept with its history, and its door knows it no more': async (fleet) => {
    const { device, number, release } = await begun(fleet);
    const params = { device: device.name };
    const gone = await fleet.api.call('devices.decommission', { params });
    assert.deepEqual([gone.identity, gone.assignment], ['decommissioned', null]);
    assert.equal((await device.ask(device.base)).status, 401);
    assert.equal((await device.report(number, SWUPDATE_SAYS.success)).status, 401);
    const { state, attempts } = await fleet.assignment(number);
    assert.deepEqual([state, attempts[0]?.state, attempts[0]?.reason], ['canceled', 'canceled', 'decommissioned']);
    await assert.rejects(fleet.api.call('devices.decommission', { params }), { code: 'device-decommissioned' });
    const body = { release: release.id, devices: [device.name] };
    await assert.rejects(fleet.api.call('assignments.create', { body }), { code: 'device-decommissioned' });
  },

  'no rollout takes a decommissioned device': async (fleet) => {
    const [stays, goes] = [await fleet.device(), await fleet.device()];
    await fleet.api.call('devices.decommission', { params: { device: goes.name } });
    const release = await fleet.release();
    const filter = `name=in=(${stays.name},${goes.name})`;
    const rollout = await fleet.api.call('rollouts.create', {
      body: { name: `r-${Math.random()}`, release: release.id, filter, start: true },
    });
    assert.ok((await stays.poll()).deploymentBase);
    assert.equal((await fleet.api.call('rollouts.show', { params: { id: rollout.id } })).total, 1);
  },

  'a device that was never in contact is found by that, and so is new hardware in the place of an old one': async (
    fleet,
  ) => {
    const [never, polls] = [await fleet.device(), await fleet.device()];
    const filter = `lastContactAt=is=null;name=in=(${never.name},${polls.name})`;
    const release = await fleet.release();
    const found = async () => {
      const { items } = await fleet.api.call('devices.list', { query: { filter } });
      const body = { name: 'hears', release: release.id, filter: `name=in=(${never.name},${polls.name})` };
      const { held } = await fleet.api.call('rollouts.preview', { body });
      const names = items.map(({ name }) => name).toSorted();
      assert.deepEqual(held.find(({ reason }) => reason === 'never-in-contact')?.examples.toSorted(), names);
      return names;
    };
    assert.deepEqual(await found(), [never.name, polls.name].toSorted());
    await contactWritten(fleet, polls);
    assert.deepEqual(await found(), [never.name]);
    const { token } = await fleet.api.call('devices.replace', { params: { device: polls.name }, body: {} });
    assert.deepEqual(await found(), [never.name, polls.name].toSorted());
    // In the hour in which the old hardware was heard already.
    await contactWritten(fleet, ddiClient(fleet.url, { name: polls.name, authorization: `TargetToken ${token}` }));
    assert.deepEqual(await found(), [never.name]);
  },

  'new hardware takes its place, also while the old one is at work': async (fleet) => {
    const { device, number } = await begun(fleet);
    await device.attributes({ serial: '1' });
    const { token, ...replaced } = await fleet.api.call('devices.replace', {
      params: { device: device.name },
      body: {},
    });
    assert.deepEqual([replaced.name, replaced.attributes, replaced.runningRelease], [device.name, {}, null]);
    assert.equal(replaced.assignment?.number, number);
    assert.equal((await device.ask(device.base)).status, 401, 'the old token');
    const { state, attempts, endedAt } = await fleet.assignment(number);
    assert.deepEqual(
      [state, endedAt, attempts[0]?.state, attempts[0]?.reason],
      ['ready', null, 'canceled', 'replaced'],
    );

    const hardware = ddiClient(fleet.url, { name: device.name, authorization: `TargetToken ${token}` });
    const { deploymentBase = '' } = await hardware.poll();
    const action = Number(/deploymentBase\/(\d+)/.exec(deploymentBase)?.[1]);
    assert.notEqual(action, number);
    assert.equal((await hardware.report(number, SWUPDATE_SAYS.success)).status, 410);
    await hardware.report(action, { details: ['done'] });
    assert.equal((await fleet.assignment(number)).state, 'succeeded');
  },

  'the user of new hardware is asked anew, under an id of its own': async (fleet) => {
    const { device, number } = await assigned(fleet, { consent: { required: true } });
    await consentBy(device, number);
    assert.equal(await offeredNumber(device), number);
    const { token } = await fleet.api.call('devices.replace', { params: { device: device.name }, body: {} });
    const hardware = ddiClient(fleet.url, { name: device.name, authorization: `TargetToken ${token}` });
    const asked = await askedNumber(hardware);
    assert.notEqual(asked, number);
    assert.equal((await consentBy(hardware, asked)).status, 200);
    assert.equal(await offeredNumber(hardware), asked);
  },

  'new hardware waits for no back-off of the old, nor for its time aside': async (fleet) => {
    const { device } = await failing(fleet, 3);
    assert.notEqual((await show(fleet, device.name)).penaltyUntil, null);
    const { token, penaltyUntil } = await fleet.api.call('devices.replace', {
      params: { device: device.name },
      body: {},
    });
    assert.equal(penaltyUntil, null);
    const hardware = ddiClient(fleet.url, { name: device.name, authorization: `TargetToken ${token}` });
    assert.ok((await hardware.poll()).deploymentBase);
  },

  'new hardware is not called silent for the time before it came': async (fleet) => {
    const [silent, replaced] = [await fleet.device(), await fleet.device()];
    const release = await fleet.release();
    const policy = { timeLimits: { silenceSeconds: 600 } };
    const body = { release: release.id, devices: [silent.name, replaced.name], policy };
    const made = await fleet.api.call('assignments.create', { body });
    const numberOf = (name: string) => made.assigned.find(({ device }) => device === name)?.number ?? 0;
    const endOf = (name: string) =>
      eventually(async () => {
        const { endedAt, reason } = await fleet.assignment(numberOf(name));
        return endedAt === null ? null : reason;
      });
    fleet.pass(550);
    await fleet.api.call('devices.replace', { params: { device: replaced.name }, body: {} });
    fleet.pass(60);
    assert.equal(await endOf(silent.name), 'silence-limit');
    assert.equal((await fleet.assignment(numberOf(replaced.name))).endedAt, null);
    fleet.pass(601);
    assert.equal(await endOf(replaced.name), 'silence-limit');
  },

  'new hardware may bear another name, but no other device’s': async (fleet) => {
    const [device, other] = [await fleet.device(), await fleet.device()];
    const params = { device: device.name };
    const taken = fleet.api.call('devices.replace', { params, body: { name: other.name } });
    await assert.rejects(taken, { code: 'name-taken' });
    const name = `${device.name}-b`;
    const { token } = await fleet.api.call('devices.replace', { params, body: { name } });
    const hardware = ddiClient(fleet.url, { name, authorization: `TargetToken ${token}` });
    assert.equal((await hardware.ask(hardware.base)).status, 200);
    assert.equal((await device.ask(device.base)).status, 401);
    await assert.rejects(show(fleet, device.name), { code: 'not-found' });
  },

  'a deleted device leaves the counts as they were, its open attempt canceled': async (fleet) => {
    const [stays, goes] = [await fleet.device(), await fleet.device()];
    const release = await fleet.release();
    const filter = `name=in=(${stays.name},${goes.name})`;
    const { id } = await fleet.api.call('rollouts.create', {
      body: { name: `r-${Math.random()}`, release: release.id, filter, start: true },
    });
    for (const device of [stays, goes]) await device.poll();
    await fleet.api.call('devices.delete', { params: { device: goes.name } });
    const { total, counts } = await fleet.api.call('rollouts.show', { params: { id } });
    assert.deepEqual([total, counts], [2, { offered: 1, canceled: 1 }]);
    assert.equal((await goes.ask(goes.base)).status, 401);
  },
};

async function show(fleet: TimedFleet, device: string) {
  return fleet.api.call('devices.show', { params: { device } });
}

/** A device that is at work. */
async function begun(fleet: TimedFleet) {
  const device = await fleet.device();
  const release = await fleet.release();
  const { number } = await fleet.assign(release, device);
  await device.poll();
  await device.report(number, SWUPDATE_SAYS.start);
  return { device, number, release };
}

/** A device whose attempts have failed so often; `fail` lets one more fail. */
async function failing(fleet: TimedFleet, times: number, timeLimits: Policy['timeLimits'] = {}) {
  const device = await fleet.device();
  const release = await fleet.release();
  const body = { release: release.id, devices: [device.name], policy: { retries: RETRIES, timeLimits } };
  const made = await fleet.api.call('assignments.create', { body });
  const fail = async () => {
    fleet.pass(2);
    const { deploymentBase = '' } = await device.poll();
    const number = Number(/deploymentBase\/(\d+)/.exec(deploymentBase)?.[1]);
    await device.report(number, SWUPDATE_SAYS.start);
    assert.equal((await device.report(number, SWUPDATE_SAYS.installFailed)).status, 200);
  };
  for (let n = 0; n < times; n += 1) await fail();
  return { device, fail, number: made.assigned[0]?.number ?? 0 };
}
