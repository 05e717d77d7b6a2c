import assert from 'node:assert/strict';
import type { DdiClient } from '../a-fleet.ts';
import type { FleetCheck, TimedFleet } from './fleet-maker.ts';
import { brings, create, someDevices, windowInHours } from './rollout-kit.ts';

/** What a device's place means for its update: its time zone, and the site whose uplink it shares. */
export const PLACE_CHECKS: Readonly<Record<string, FleetCheck>> = {
  'a window opens in the zone that the device tells, else in that of its nearest group, else in the rollout’s': async (
    fleet,
  ) => {
    await tells(fleet, { zoneAttribute: 'zone' });
    const group = `/plants-${Math.random()}`;
    await fleet.api.call('groups.create', { body: { path: group, zone: 'Asia/Kolkata' } });
    const devices = await someDevices(fleet, 4);
    const [own, below, wrong, none] = devices;
    assert.ok(own && below && wrong && none);
    for (const [device, path] of [
      [own, group],
      [below, `${group}/line-1`],
      [wrong, group],
    ] as const)
      await fleet.api.call('groups.move', { body: { group: path, devices: [device.name] } });
    await own.attributes({ zone: 'America/Lima' });
    await wrong.attributes({ zone: 'Mars/Olympus' });
    const windows = { windows: [await windowInHours(fleet, 12)], zone: 'Europe/Rome' };
    await create(fleet, await fleet.release(), devices, { start: true, policy: { windows } });
    const zones = await Promise.all(
      devices.map(async (device) => / ([\w/]+), in /.exec(await fact(fleet, device, 'window'))?.[1]),
    );
    assert.deepEqual(zones, ['America/Lima', 'Asia/Kolkata', 'Asia/Kolkata', 'Europe/Rome']);
    const shown = await fleet.api.call('devices.show', { params: { device: wrong.name } });
    assert.deepEqual([shown.zone, shown.ignoredZone], ['Asia/Kolkata', 'Mars/Olympus']);
  },

  'a window that names a zone opens in that one, and nothing opens on a blackout day of the device': async (fleet) => {
    const [device] = await someDevices(fleet, 1);
    assert.ok(device);
    const now = await fleet.server.store.now();
    const day = (ahead: number) => new Date(now + ahead * 86_400_000).toISOString().slice(0, 10);
    const nightly = { ...(await windowInHours(fleet, 0)), durationSeconds: 86_400, zone: 'Asia/Kolkata' };
    const windows = { windows: [nightly], blackouts: [{ from: day(-1), to: day(1) }], zone: 'UTC' };
    const rollout = await create(fleet, await fleet.release(), [device], { start: true, policy: { windows } });
    assert.equal((await device.poll()).deploymentBase, undefined);
    assert.match(await fact(fleet, device, 'window'), new RegExp(`^blackout until ${day(2)} 00:00 UTC, window opens `));
    const free = { policy: { windows: { blackouts: [] } } };
    await fleet.api.call('rollouts.change', { params: { id: rollout.id }, body: free });
    assert.ok((await device.poll()).deploymentBase);
  },

  'no more devices are at work at one site than the pace allows, whatever other sites do': async (fleet) => {
    await tells(fleet, { siteAttribute: 'site' });
    const devices = await someDevices(fleet, 5);
    const [first, second, elsewhere, ...nowhere] = devices;
    assert.ok(first && second && elsewhere);
    const site = `turin-${Math.random()}`;
    for (const device of [first, second]) await device.attributes({ site });
    await elsewhere.attributes({ site: `rome-${Math.random()}` });
    await create(fleet, await fleet.release(), devices, { start: true, policy: { pace: { perSite: 1 } } });
    const isOffered = async (device: DdiClient) => (await device.poll()).deploymentBase !== undefined;
    const offered: boolean[] = [];
    for (const device of [first, second, elsewhere, ...nowhere]) offered.push(await isOffered(device));
    assert.deepEqual(offered, [true, false, true, true, true]);
    assert.equal(await fact(fleet, second, 'pace'), `1 of 1 places at site ${site} taken`);
    await brings(first, 'done');
    assert.equal(await isOffered(second), true);
  },
};

async function tells({ api }: TimedFleet, body: { readonly zoneAttribute?: string; readonly siteAttribute?: string }) {
  const { revision } = await api.call('settings.show');
  await api.call('settings.change', { body, ifMatch: revision });
}

async function fact({ api }: TimedFleet, { name }: DdiClient, gate: string): Promise<string> {
  const { gates } = await api.call('devices.why', { params: { device: name } });
  return gates.find((one) => one.gate === gate)?.fact ?? '';
}
