import assert from 'node:assert/strict';
import { atContact, gatesOf, permissionOf } from '@updraft/core';
import { readDeviceAtContact } from '@updraft/store';
import { SWUPDATE_SAYS, type DdiClient } from '../a-fleet.ts';
import { fleetTests, type FleetCheck, type FleetMaker, type TimedFleet } from './fleet-maker.ts';
import {
  factOf,
  inFlight,
  isOffered,
  names,
  numberOf,
  offeredOf,
  rollOut,
  shutGates,
  someDevices,
  why,
  type Policy,
} from './gate-kit.ts';
import { LATE_PACE_CHECKS } from './late-pace-checks.ts';
import { PLACE_CHECKS } from './place-checks.ts';

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** What stands between a device and its update, as its polls and `why` show it. */
export function gatesContract(maker: FleetMaker): void {
  fleetTests(maker, 'gates', CHECKS);
}

const CHECKS: Readonly<Record<string, FleetCheck>> = {
  'outside its window a device gets nothing, why says when it opens, and then it gets its update': async (fleet) => {
    const device = await fleet.device();
    const windows = await opensIn(fleet, 2 * HOUR_SECONDS);
    await rollOut(fleet, [device], { windows });
    assert.equal(await isOffered(device), false);
    const held = await why(fleet, device);
    assert.equal(shutGates(held)[0], 'window');
    assert.match(factOf(held, 'window'), /^window opens .*\d\d:00 UTC, in (1 h \d+ min|2 h)$/);
    const opensAt = held.gates.find(({ gate }) => gate === 'window')?.nextChange ?? '';
    fleet.pass((Date.parse(opensAt) - (await fleet.server.store.now())) / 1000 + 1);
    assert.equal(await isOffered(device), true);
  },

  'a window that closes takes back what nobody has begun, and does not disturb what has': async (fleet) => {
    const [begun, idle] = [await fleet.device(), await fleet.device()];
    await rollOut(fleet, [begun, idle], { windows: await openNow(fleet) });
    const number = await numberOf(begun);
    await begun.report(number, SWUPDATE_SAYS.start);
    assert.equal(await isOffered(idle), true);
    fleet.pass(3 * HOUR_SECONDS);
    assert.equal(await isOffered(idle), false);
    assert.equal(await isOffered(begun), true);
    const { state, mayInstall } = await why(fleet, begun);
    assert.deepEqual([state, mayInstall], ['downloading', true]);
    assert.equal((await begun.report(number, SWUPDATE_SAYS.success)).status, 200);
  },

  'an emergency ignores the window, and says so': async (fleet) => {
    const device = await fleet.device();
    await rollOut(fleet, [device], { windows: await opensIn(fleet, 2 * HOUR_SECONDS), emergency: true });
    assert.match(factOf(await why(fleet, device), 'window'), /emergency/);
    assert.equal(await isOffered(device), true);
  },

  'no more devices are offered at once than the pace allows, whoever polls when': async (fleet) => {
    const devices = await someDevices(fleet, 8);
    await rollOut(fleet, devices, { pace: { parallel: 3 } });
    const offered = await offeredOf(devices);
    assert.equal(offered.length, 3);
    assert.deepEqual(names(await offeredOf(devices)), names(offered), 'who has a place keeps it');
    const waiting = devices.find((device) => !offered.includes(device));
    assert.ok(waiting);
    const held = await why(fleet, waiting);
    assert.deepEqual([shutGates(held)[0], factOf(held, 'pace')], ['pace', '3 of 3 places taken']);
    const [first] = offered;
    assert.ok(first);
    await first.report(await numberOf(first), { details: ['done'] });
    assert.equal((await offeredOf(devices)).length, 3, 'the place that was given back is taken, and no other');
  },

  'a place that is given back is found by who may only download as yet, however often it asked before': async (
    fleet,
  ) => {
    const devices = await someDevices(fleet, 2);
    const [windows, pace] = [{ ...(await opensIn(fleet, 2 * HOUR_SECONDS)), downloadAhead: true }, { parallel: 1 }];
    await rollOut(fleet, devices, { windows, pace });
    const [first, second] = devices;
    assert.ok(first !== undefined && second !== undefined);
    const asked = async (device: DdiClient) => {
      const { text } = await device.ask(device.base, { headers: { 'user-agent': 'waits/1.0' } });
      return Number(/deploymentBase\/(\d+)/.exec(text)?.[1] ?? 0);
    };
    const number = await asked(first);
    assert.notEqual(number, 0);
    for (const _ of [1, 2]) assert.equal(await asked(second), 0);
    await first.report(number, { execution: 'closed', finished: 'failure', details: ['no space left'] });
    assert.notEqual(await asked(second), 0);
  },

  'no more devices start in a minute than the pace allows': async (fleet) => {
    const devices = await someDevices(fleet, 6);
    await rollOut(fleet, devices, { pace: { perMinute: 2 } });
    assert.equal((await offeredOf(devices)).length, 2);
    const offered = await offeredOf(devices);
    const waiting = devices.find((device) => !offered.includes(device));
    assert.ok(waiting);
    assert.match(
      factOf(await why(fleet, waiting), 'pace'),
      /^0 of 2 starts a minute left, next at \d\d:\d\d:\d\d UTC$/,
    );
    fleet.pass(30);
    assert.equal((await offeredOf(devices)).length, 3);
  },

  'a clock that is put back holds no start for as long as it was put back': async (fleet) => {
    const devices = await someDevices(fleet, 2);
    await rollOut(fleet, devices, { pace: { perMinute: 1 } });
    assert.equal((await offeredOf(devices)).length, 1);
    fleet.pass(-3600);
    assert.equal((await offeredOf(devices)).length, 2);
    fleet.pass(3600);
  },

  'an offer that is withdrawn gives its place back, and a report for it takes one again over the cap': async (
    fleet,
  ) => {
    const [first, second] = [await fleet.device(), await fleet.device()];
    const rollout = await rollOut(fleet, [first, second], { pace: { parallel: 1 } });
    const number = await numberOf(first);
    assert.equal(await isOffered(second), false);
    await fleet.api.call('rollouts.pause', { params: { id: rollout.id } });
    assert.equal(await isOffered(first), false);
    await fleet.api.call('rollouts.resume', { params: { id: rollout.id } });
    assert.equal(await isOffered(second), true);
    assert.equal((await first.report(number, SWUPDATE_SAYS.start)).status, 200);
    assert.equal(factOf(await why(fleet, first), 'pace'), 'its place is taken');
    assert.equal(await isOffered(first), true);
    assert.equal(await inFlight(fleet, rollout), 2);
    for (const device of [first, second]) await device.report(await numberOf(device), { details: ['done'] });
    assert.equal(await inFlight(fleet, rollout), 0);
  },

  'a device that fails before it was ever offered its update leaves no place taken': async (fleet) => {
    const [first, second] = [await fleet.device(), await fleet.device()];
    const rollout = await rollOut(fleet, [first, second], { pace: { parallel: 1 } });
    const { assignment } = await fleet.api.call('devices.show', { params: { device: first.name } });
    const failure = { execution: 'closed', finished: 'failure', details: ['no space left'] };
    assert.equal((await first.report(assignment?.number ?? 0, failure)).status, 200);
    assert.equal(await inFlight(fleet, rollout), 0);
    assert.equal(await isOffered(second), true);
  },

  'a device whose user must consent gets nothing before, and holds no place': async (fleet) => {
    const [asked, other] = [await fleet.device(), await fleet.device()];
    const policy = { consent: { required: true }, pace: { parallel: 1 } };
    const rollout = await rollOut(fleet, [asked, other], policy);
    assert.equal(await isOffered(asked), false);
    const held = await why(fleet, asked);
    assert.deepEqual([held.state, shutGates(held)[0]], ['awaiting-consent', 'consent']);
    const { counts } = await fleet.api.call('rollouts.show', { params: { id: rollout.id } });
    assert.deepEqual(counts, { 'awaiting-consent': 2 });
    const number = Number(/assignment (\d+) /.exec(factOf(held, 'has-assignment'))?.[1]);
    await fleet.api.call('assignments.consent', { params: { number }, body: { consent: 'given' } });
    assert.equal(await isOffered(asked), true);
    assert.equal(await isOffered(other), false);
  },

  'a release is offered only behind the required steps before it': async (fleet) => {
    const type = `board-${Math.random()}`;
    await fleet.api.call('device-types.create', { body: { name: type } });
    const device = await fleet.device({ type });
    const step = await fleet.release('1.0', { requiredStep: true, deviceTypes: [type] });
    const target = await fleet.release('2.0');
    await rollOut(fleet, [device], {}, target.id);
    assert.equal(await isOffered(device), false);
    const held = await why(fleet, device);
    assert.deepEqual(shutGates(held), ['required-steps']);
    assert.equal(factOf(held, 'required-steps'), `the required step ${step.name} 1.0 comes first`);
    await rollOut(fleet, [device], {}, step.id);
    await device.report(await numberOf(device), { details: ['done'] });
    assert.equal(await isOffered(device), true);
    assert.match((await why(fleet, device)).summary, new RegExp(`^${target.name} 2.0 has been offered`));
  },

  'the device is told how urgent its update is': async (fleet) => {
    const urgency = async (action: Policy['action']) => {
      const device = await fleet.device();
      await rollOut(fleet, [device], { action });
      const asked = async () => {
        const { deploymentBase = '' } = await device.poll();
        const { deployment } = JSON.parse((await device.ask(deploymentBase)).text) as {
          readonly deployment: { readonly download: string; readonly update: string };
        };
        return [deployment.download, deployment.update];
      };
      const first = await asked();
      fleet.pass(HOUR_SECONDS / 6);
      return [first, await asked()];
    };
    const forcedAt = new Date((await fleet.server.store.now()) + 40 * 60_000).toISOString();
    assert.deepEqual((await urgency({ kind: 'forced' }))[0], ['forced', 'forced']);
    assert.deepEqual((await urgency({ kind: 'soft' }))[0], ['attempt', 'attempt']);
    assert.deepEqual((await urgency({ kind: 'download-only' }))[0], ['forced', 'skip']);
    assert.deepEqual(await urgency({ kind: 'time-forced', forcedAt }), [
      ['attempt', 'attempt'],
      ['forced', 'forced'],
    ]);
  },

  'a poll answers a deployment exactly when the gates say so': async (fleet) => {
    const random = seeded(20_261_121);
    const devices = await someDevices(fleet, 4);
    for (let round = 0; round < 6; round += 1) {
      const release = await fleet.release(`${round}.0`);
      const rollout = await rollOut(fleet, devices, await somePolicy(fleet, random), release.id);
      for (let step = 0; step < 5; step += 1) {
        await someAct(fleet, rollout, random);
        fleet.pass(Math.floor(random() * 5 * HOUR_SECONDS));
        for (const device of devices) await agrees(fleet, device);
      }
    }
  },

  ...LATE_PACE_CHECKS,
  ...PLACE_CHECKS,
};

/**
 * What the poll answered is what the gates of the assignment whose turn it is say at that moment. No attempt here begins,
 * so that nothing is granted beyond them.
 */
async function agrees(fleet: TimedFleet, device: DdiClient): Promise<void> {
  const { number } = await fleet.api.call('devices.show', { params: { device: device.name } });
  const offered = await isOffered(device);
  const now = await fleet.server.store.now();
  const at = await readDeviceAtContact(fleet.server.store.reader, number, now);
  assert.ok(at);
  const { current } = atContact(at.device, at.open, now);
  const gates = gatesOf({ device: at.device, assignment: current }, now);
  const { mayDownload, mayInstall } = permissionOf(gates);
  const expected = current?.rollout.policy.action.kind === 'download-only' ? mayDownload : mayInstall;
  assert.equal(offered, expected, JSON.stringify(gates));
}

/** Windows of an hour or some, here and there on the day; a pace, and what else holds some devices back. */
async function somePolicy(fleet: TimedFleet, random: () => number): Promise<Policy> {
  const pick = <T>(...from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  const hours = [pick(0, 3, 6, 9), pick(12, 15, 18, 21)].join(',');
  const windows = [{ cron: `0 ${pick(0, 30)} ${hours} ? * *`, durationSeconds: pick(1, 2, 4) * HOUR_SECONDS }];
  const tomorrow = new Date((await fleet.server.store.now()) + DAY_SECONDS * 1000).toISOString().slice(0, 10);
  return {
    action: { kind: pick('forced', 'soft', 'download-only') },
    windows: {
      windows: pick([], windows, windows),
      blackouts: pick([], [{ from: tomorrow, to: tomorrow }]),
      zone: pick('UTC', 'Asia/Kathmandu', 'America/St_Johns'),
      downloadAhead: pick(true, false),
    },
    pace: { parallel: pick(null, 1, 3), perMinute: pick(null, 1) },
    consent: { required: pick(false, false, false, true) },
    emergency: pick(false, false, false, true),
  };
}

async function someAct(fleet: TimedFleet, { id }: { readonly id: string }, random: () => number): Promise<void> {
  const { state } = await fleet.api.call('rollouts.show', { params: { id } });
  if (random() < 0.5) return;
  const act = state === 'running' ? 'pause' : state === 'paused' ? 'resume' : null;
  if (act !== null) await fleet.api.call(`rollouts.${act}`, { params: { id } });
}

/** Numbers in 0..1 that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A daily window of an hour that opens at the first full hour after less than `seconds`. */
async function opensIn(fleet: TimedFleet, seconds: number): Promise<Policy['windows']> {
  const at = new Date((await fleet.server.store.now()) + seconds * 1000);
  return { windows: [{ cron: `0 0 ${at.getUTCHours()} ? * *`, durationSeconds: HOUR_SECONDS }], zone: 'UTC' };
}

/** A daily window that is open for an hour or more from now, and less than two. */
async function openNow(fleet: TimedFleet): Promise<Policy['windows']> {
  const hour = new Date(await fleet.server.store.now()).getUTCHours();
  return { windows: [{ cron: `0 0 ${hour} ? * *`, durationSeconds: 2 * HOUR_SECONDS }], zone: 'UTC' };
}
