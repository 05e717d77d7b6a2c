import assert from 'node:assert/strict';
import type { FleetCheck } from './fleet-maker.ts';
import { installed, report, unique } from './joining-fleet.ts';
import { create, fourDevices, linksTo, until } from './linked-fleet.ts';

/** What a return would do, told before it is made. */
export const RETURN_PREVIEW_CHECKS: Readonly<Record<string, FleetCheck>> = {
  'who ran what is withdrawn stays and is counted while others go back, and a preview tells it before': async (
    fleet,
  ) => {
    const type = unique('board');
    await fleet.api.call('device-types.create', { body: { name: type, downgrade: 'allowed' } });
    const [one, two, stays, fresh] = await fourDevices(fleet, type);
    const [old, withdrawn] = [await fleet.release('1.0'), await fleet.release('1.1')];
    for (const device of [one, two]) await installed(fleet, device, old);
    await installed(fleet, stays, withdrawn);
    const parent = await create(fleet, await fleet.release('2.0'), [one, two, stays, fresh]);
    for (const device of [one, two, stays, fresh]) await report(device, {});
    await until(fleet, parent, ({ state }) => state === 'finished');
    await fleet.api.call('releases.withdraw', { params: { id: withdrawn.id } });
    await fleet.api.call('devices.decommission', { params: { device: two.name } });
    const params = { id: parent.id };
    await fleet.server.writeContacts();
    const preview = await fleet.api.call('rollouts.preview-return', { params });
    const excluded = [{ reason: 'decommissioned', count: 1, examples: [two.name] }];
    assert.deepEqual(
      preview.rollouts.map(({ release, previous, ...rest }) => [release.id, previous.id, rest]),
      [[old.id, old.id, { total: 1, excluded, held: [] }]],
    );
    assert.deepEqual([preview.unknown, preview.withdrawn], [1, 1]);
    assert.deepEqual(
      preview.warnings.map(({ code, severity }) => [code, severity]),
      [['return-leaves-out', 'warned']],
    );
    assert.deepEqual(await linksTo(fleet, parent), []);
    const made = await fleet.api.call('rollouts.return', { params });
    assert.deepEqual(
      made.rollouts.map(({ release, total, excluded: left }) => [release.id, total, left]),
      [[old.id, 1, excluded]],
    );
    assert.deepEqual([made.unknown, made.withdrawn], [1, 1]);
    await assert.rejects(fleet.api.call('rollouts.preview-return', { params }), { code: 'rollout-state' });
  },

  'a preview of a return that is refused tells what stands between': async (fleet) => {
    const type = unique('board');
    await fleet.api.call('device-types.create', { body: { name: type } });
    const device = await fleet.device({ type });
    await installed(fleet, device, await fleet.release('1.0'));
    const parent = await create(fleet, await fleet.release('2.0'), [device]);
    await report(device, {});
    const { rollouts, warnings } = await fleet.api.call('rollouts.preview-return', { params: { id: parent.id } });
    assert.deepEqual(
      [rollouts, warnings.map(({ code, severity }) => [code, severity])],
      [[], [['return-impossible', 'refused']]],
    );
  },
};
