import assert from 'node:assert/strict';
import { SWUPDATE_SAYS } from '../a-fleet.ts';
import { eventually, type FleetCheck, type TimedFleet } from './fleet-maker.ts';
import { factOf, inFlight, isOffered, names, numberOf, offeredOf, rollOut, someDevices, why } from './gate-kit.ts';

/** A pace that is given to a rollout that runs without one. */
export const LATE_PACE_CHECKS: Readonly<Record<string, FleetCheck>> = {
  'a pace that a running rollout is given counts who is at work: nothing new begins until fewer are': async (fleet) => {
    const devices = await someDevices(fleet, 6);
    const [a, b, c, untaken, ...waiting] = devices;
    assert.ok(a !== undefined && b !== undefined && c !== undefined && untaken !== undefined);
    const rollout = await rollOut(fleet, devices, {});
    const working = await Promise.all([a, b, c].map(async (device) => ({ device, number: await numberOf(device) })));
    for (const { device, number } of working) await device.report(number, SWUPDATE_SAYS.start);
    assert.equal(await isOffered(untaken), true);
    const change = (parallel: number | null) =>
      fleet.api.call('rollouts.change', { params: { id: rollout.id }, body: { policy: { pace: { parallel } } } });
    assert.deepEqual((await change(2)).warnings, []);
    await untilCounted(fleet, rollout);
    assert.equal(await inFlight(fleet, rollout), 3);
    assert.deepEqual(await offeredOf([untaken, ...waiting]), [], 'what was offered and not taken is taken back');
    assert.equal(factOf(await why(fleet, untaken), 'pace'), '3 of 2 places taken');
    for (const { device } of working) assert.equal(await isOffered(device), true, 'who is at work goes on');
    await a.report(working[0]?.number ?? 0, { details: ['done'] });
    assert.deepEqual(await offeredOf([untaken, ...waiting]), []);
    await b.report(working[1]?.number ?? 0, { details: ['done'] });
    assert.equal((await offeredOf([untaken, ...waiting])).length, 1);
    assert.equal(await inFlight(fleet, rollout), 2);
    await change(null);
    assert.equal((await offeredOf([untaken, ...waiting])).length, 3);
    await change(1);
    await untilCounted(fleet, rollout);
    assert.equal(await inFlight(fleet, rollout), 2, 'who kept its place is not counted twice');
    assert.equal((await offeredOf([untaken, ...waiting])).length, 1);
  },

  'who begins or ends while others are counted has one place, or none': async (fleet) => {
    const devices = await someDevices(fleet, 24);
    const rollout = await rollOut(fleet, devices, {});
    const numbers = await Promise.all(devices.map(numberOf));
    const begin = (from: number, to: number) =>
      devices.slice(from, to).map((device, at) => device.report(numbers[from + at] ?? 0, SWUPDATE_SAYS.start));
    const end = (from: number, to: number) =>
      devices.slice(from, to).map((device, at) => device.report(numbers[from + at] ?? 0, { details: ['done'] }));
    await Promise.all(begin(0, 12));
    const policy = { pace: { parallel: 4 } };
    const change = fleet.api.call('rollouts.change', { params: { id: rollout.id }, body: { policy } });
    await Promise.all([...begin(12, 18), change, ...end(0, 6), ...begin(18, 24)]);
    await untilCounted(fleet, rollout);
    assert.equal(await inFlight(fleet, rollout), 18);
    await Promise.all(end(6, 24));
    assert.equal(await inFlight(fleet, rollout), 0);
  },

  'of a rollout that stops nobody is counted, and nothing is looked for again and again': async (fleet) => {
    const device = await fleet.device();
    const { id, number } = await rollOut(fleet, [device], {});
    await device.report(await numberOf(device), SWUPDATE_SAYS.start);
    await fleet.api.call('rollouts.stop', { params: { id } });
    const policy = { pace: { parallel: 1 } };
    await fleet.api.call('rollouts.change', { params: { id }, body: { policy } });
    const rollout = fleet.server.store.reader.selectFrom('rollout').select(['state', 'pace_cursor', 'next_at']);
    const resting = await eventually(async () => {
      const now = await rollout.where('id', '=', number).executeTakeFirstOrThrow();
      return now.next_at === null ? now : null;
    });
    assert.deepEqual(resting, { state: 'stopping', pace_cursor: null, next_at: null });
  },

  'who is at work at a site is counted there, too': async (fleet) => {
    const devices = await someDevices(fleet, 3);
    await fleet.api.call('settings.change', { body: { siteAttribute: 'site' } });
    for (const device of devices) await device.attributes({ site: device === devices[2] ? 'east' : 'west' });
    const [first, second, elsewhere] = devices;
    assert.ok(first !== undefined && second !== undefined && elsewhere !== undefined);
    const rollout = await rollOut(fleet, devices, {});
    const number = await numberOf(first);
    await first.report(number, SWUPDATE_SAYS.start);
    const policy = { pace: { perSite: 1 } };
    await fleet.api.call('rollouts.change', { params: { id: rollout.id }, body: { policy } });
    await untilCounted(fleet, rollout);
    assert.deepEqual(names(await offeredOf([second, elsewhere])), [elsewhere.name]);
    assert.equal(factOf(await why(fleet, second), 'pace'), '1 of 1 places at site west taken');
    await first.report(number, { details: ['done'] });
    assert.equal(await isOffered(second), true);
  },
};

async function untilCounted({ server }: TimedFleet, { number }: { readonly number: number }): Promise<void> {
  const rollout = server.store.reader.selectFrom('rollout').select('pace_cursor').where('id', '=', number);
  await eventually(async () => ((await rollout.executeTakeFirstOrThrow()).pace_cursor === null ? true : null));
}
