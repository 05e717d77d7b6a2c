import assert from 'node:assert/strict';
import type { FleetCheck } from './fleet-maker.ts';
import {
  act,
  anotherPerson,
  BEGUN,
  brings,
  create,
  devicesOf,
  hourOf,
  offered,
  REST,
  show,
  someDevices,
  until,
  windowInHours,
} from './rollout-kit.ts';

/** Changes of rollouts, also while they run. */
export const ROLLOUT_CHANGES: Readonly<Record<string, FleetCheck>> = {
  'a pace that shrinks lets go on what has begun, and nothing new begins above it': async (fleet) => {
    const devices = await someDevices(fleet, 3);
    const policy = { pace: { parallel: 2 } };
    const rollout = await create(fleet, await fleet.release(), devices, { policy, start: true });
    const [one, two, three] = devices;
    assert.ok(one && two && three);
    for (const device of [one, two]) await device.report(await offered(device), BEGUN);
    const change = { policy: { pace: { parallel: 1 } } };
    await fleet.api.call('rollouts.change', { params: { id: rollout.id }, body: change });
    assert.ok(await offered(one));
    await brings(one, 'done');
    assert.equal((await three.poll()).deploymentBase, undefined);
    await brings(two, 'done');
    await brings(three, 'done');
    assert.deepEqual((await show(fleet, rollout)).counts, { succeeded: 3 });
  },

  'windows that are shut under way withdraw what has not begun, and leave alone what has': async (fleet) => {
    const devices = await someDevices(fleet, 2);
    const rollout = await create(fleet, await fleet.release(), devices, { start: true });
    const [begun, idle] = devices;
    assert.ok(begun && idle);
    await begun.report(await offered(begun), BEGUN);
    await offered(idle);
    const policy = { windows: { windows: [await windowInHours(fleet, 12)], zone: 'UTC' } };
    await fleet.api.call('rollouts.change', { params: { id: rollout.id }, body: { policy } });
    assert.equal((await idle.poll()).deploymentBase, undefined);
    await brings(begun, 'done');
    assert.deepEqual((await show(fleet, rollout)).counts, { succeeded: 1, ready: 1 });
  },

  'an approval does not outlive a change, and who changed it does not give it again': async (fleet) => {
    const devices = await someDevices(fleet, 1);
    const rollout = await create(fleet, await fleet.release(), devices, { policy: { approval: 'required' } });
    const params = { id: rollout.id };
    const ben = await anotherPerson(fleet);
    await ben.call('rollouts.approve', { params });
    const changed = await fleet.api.call('rollouts.change', { params, body: { weight: 3 } });
    assert.deepEqual([changed.state, changed.approvedBy], ['awaiting-approval', null]);
    await assert.rejects(act(fleet, 'start', rollout), { code: 'rollout-state' });
    assert.equal((await ben.call('rollouts.approve', { params })).state, 'ready');
    assert.equal((await act(fleet, 'start', rollout)).state, 'running');
    const running = await fleet.api.call('rollouts.change', { params, body: { weight: 4 } });
    assert.equal(running.state, 'running', 'what runs is not held by a change');
  },

  'a start that is moved is kept at its new time, in the zones of its devices': async (fleet) => {
    const settings = await fleet.api.call('settings.show');
    await fleet.api.call('settings.change', { body: { zoneAttribute: 'zone' }, ifMatch: settings.revision });
    const [device] = await someDevices(fleet, 1);
    assert.ok(device);
    await device.attributes({ zone: '+06:00' });
    const at = (hours: number, now: number) => new Date(now + hours * 3_600_000).toISOString();
    const now = await fleet.server.store.now();
    const late = { start: { by: 'time' as const, at: at(30, now) } };
    const rollout = await create(fleet, await fleet.release(), [device], { policy: late });
    const params = { id: rollout.id };
    const move = (policy: object) => fleet.api.call('rollouts.change', { params, body: { policy } });
    await move({ start: { by: 'time', at: at(20, now) } });
    await until(fleet, rollout, ({ nextAt }) => nextAt === at(20, now));
    const window = await windowInHours(fleet, 8);
    await move({ start: { by: 'first-window' }, windows: { windows: [window], zone: 'UTC' } });
    await until(fleet, rollout, ({ nextAt }) => new Date(nextAt ?? 0).getUTCHours() === (hourOf(window) + 18) % 24);
    fleet.pass(2 * 3600);
    await until(fleet, rollout, ({ state }) => state === 'running');
  },

  'the window that a rollout started with may be taken from it while it runs, and not before': async (fleet) => {
    const [device] = await someDevices(fleet, 1);
    assert.ok(device);
    const window = await windowInHours(fleet, 2);
    const policy = { start: { by: 'first-window' as const }, windows: { windows: [window], zone: 'UTC' } };
    const rollout = await create(fleet, await fleet.release(), [device], { policy });
    const free = () =>
      fleet.api.call('rollouts.change', { params: { id: rollout.id }, body: { policy: { windows: { windows: [] } } } });
    await assert.rejects(free(), { code: 'rollout-impossible' });
    fleet.pass(2 * 3600);
    await until(fleet, rollout, ({ state }) => state === 'running');
    assert.deepEqual((await free()).policy.windows.windows, []);
  },

  'a soak and a limit for silence that are made shorter under way are over sooner': async (fleet) => {
    const devices = await someDevices(fleet, 2);
    const phases = [{ size: { by: 'count' as const, count: 1 }, soakSeconds: 86_400 }, REST];
    const rollout = await create(fleet, await fleet.release(), devices, { phases, start: true });
    const [first] = await devicesOf(fleet, { rollout, phase: 1, devices });
    await brings(first, 'done');
    await until(fleet, rollout, ({ phases: [one] }) => one?.reachedAt !== null);
    fleet.pass(700);
    const policy = { timeLimits: { silenceSeconds: 3600 } };
    const body = { policy, phases: [{ number: 1, soakSeconds: 600 }] };
    await fleet.api.call('rollouts.change', { params: { id: rollout.id }, body });
    await until(fleet, rollout, ({ phases: [, two] }) => two?.state === 'started');
    await fleet.api.call('rollouts.change', {
      params: { id: rollout.id },
      body: { policy: { timeLimits: { silenceSeconds: 600 } } },
    });
    fleet.pass(601);
    const over = await until(fleet, rollout, ({ state }) => state === 'finished');
    assert.deepEqual(over.counts, { succeeded: 1, failed: 1 });
  },

  'late-comers are let in and kept out by a change under way': async (fleet) => {
    const name = `late-${Math.random()}`;
    const filter = `name==${name}*`;
    const add = (suffix: string) => fleet.api.call('devices.create', { body: { name: `${name}-${suffix}` } });
    await add('first');
    const release = await fleet.release();
    const body = { name, release: release.id, filter, start: true };
    const rollout = await fleet.api.call('rollouts.create', { body });
    const change = (dynamic: boolean) =>
      fleet.api.call('rollouts.change', { params: { id: rollout.id }, body: { policy: { dynamic } } });
    await change(true);
    await add('second');
    await until(fleet, rollout, ({ total }) => total === 2);
    await change(false);
    await add('third');
    await fleet.server.settleJobs();
    assert.equal((await show(fleet, rollout)).total, 2);
  },

  'the rule of a saved filter is changed there, not at the rollout that carries it': async (fleet) => {
    const body = { name: `all-${Math.random()}`, query: 'name==nobody' };
    const { id } = await fleet.api.call('filters.create', { body });
    const release = (await fleet.release()).id;
    const { autoAssignment } = await fleet.api.call('filters.assign', { params: { id }, body: { release } });
    const params = { id: autoAssignment?.rollout ?? '' };
    const change = fleet.api.call('rollouts.change', { params, body: { weight: 3 } });
    await assert.rejects(change, { code: 'change-not-possible' });
  },
};
