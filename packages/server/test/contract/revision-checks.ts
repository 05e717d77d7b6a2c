import assert from 'node:assert/strict';
import type { FleetCheck } from './fleet-maker.ts';
import { numberOf } from './gate-kit.ts';
import { act, anotherPerson, BEGUN, create, someDevices, until } from './rollout-kit.ts';

const HALVES = [{ size: { by: 'percent', percent: 50 } }, { size: { by: 'rest' } }] as const;

/** Who changed a rollout, and what is told of it. */
export const REVISION_CHECKS: Readonly<Record<string, FleetCheck>> = {
  'every change of a running rollout is a revision with its author': async (fleet) => {
    const devices = await someDevices(fleet, 1);
    const rollout = await create(fleet, await fleet.release(), devices, { start: true });
    const params = { id: rollout.id };
    const body = { weight: 5, policy: { pace: { parallel: 3 } }, phases: [{ number: 1, successPercent: 80 }] };
    const changed = await fleet.api.call('rollouts.change', { params, body });
    assert.deepEqual([changed.weight, changed.policy.pace.parallel, changed.phases[0]?.successPercent], [5, 3, 80]);
    assert.equal(changed.policy.pace.perMinute, null);
    const { items } = await fleet.api.call('rollouts.revisions', { params });
    assert.equal(items.length, 1);
    assert.equal(items[0]?.actor, 'admin');
    assert.deepEqual(items[0]?.change['weight'], { before: 1000, after: 5 });
    assert.deepEqual(items[0]?.change['phases.1.successPercent'], { before: 100, after: 80 });
    const other = { policy: { approval: 'required' } } as const;
    await assert.rejects(fleet.api.call('rollouts.change', { params, body: other }), { code: 'change-not-possible' });
  },

  'who starts, pauses, resumes, stops or skips a phase is its author, and why tells who paused it': async (fleet) => {
    const devices = await someDevices(fleet, 2);
    const rollout = await create(fleet, await fleet.release(), devices, { phases: [...HALVES] });
    const params = { id: rollout.id };
    const ben = await anotherPerson(fleet);
    await act(fleet, 'start', rollout);
    await ben.call('rollouts.skip-phase', { params: { ...params, number: 2 } });
    const { createdBy } = await ben.call('rollouts.pause', { params });
    const why = await fleet.api.call('rollouts.why', { params });
    await act(fleet, 'resume', rollout);
    await ben.call('rollouts.stop', { params });
    const { items } = await fleet.api.call('rollouts.revisions', { params });
    const moved = (before: string, after: string) => ({ state: { before, after } });
    assert.deepEqual(items.map(({ change }) => change).reverse(), [
      { ...moved('ready', 'running'), 'phases.1.state': { before: 'waiting', after: 'started' } },
      { 'phases.2.state': { before: 'waiting', after: 'skipped' } },
      moved('running', 'paused'),
      moved('paused', 'running'),
      moved('running', 'stopping'),
    ]);
    const authors = items.map(({ actor }) => actor === createdBy).reverse();
    assert.deepEqual(authors, [true, false, false, true, false]);
    const paused = items.find(({ change }) => change['state']?.after === 'paused');
    assert.ok(paused !== undefined && why.summary.includes(`${paused.actor} paused it at `), why.summary);
  },

  'what ends while it is paused was paused by somebody, not stopped': async (fleet) => {
    const device = await fleet.device();
    const rollout = await create(fleet, await fleet.release(), [device], { start: true });
    const number = await numberOf(device);
    await device.report(number, BEGUN);
    await act(fleet, 'pause', rollout);
    await device.report(number, { details: ['done'] });
    await until(fleet, rollout, ({ state }) => state === 'finished');
    const { summary } = await fleet.api.call('rollouts.why', { params: { id: rollout.id } });
    assert.match(summary, /is finished: admin paused it at .*; 1 of its 1 devices succeeded/);
  },

  'who goes on, starts the next phase or deletes through hawkBit’s Management API is its author, too': async (
    fleet,
  ) => {
    const rollout = await create(fleet, await fleet.release(), await someDevices(fleet, 2), { phases: [...HALVES] });
    const params = { id: rollout.id };
    const ben = await anotherPerson(fleet);
    await ben.call('rollouts.start', { params });
    await ben.call('rollouts.pause', { params });
    for (const did of ['POST /resume', 'POST /triggerNextGroup', 'DELETE ']) {
      const [method = '', act = ''] = did.split(' ');
      const { status } = await fleet.fetch(`/rest/v1/rollouts/${rollout.number}${act}`, { method });
      assert.equal(status, 204, did);
    }
    const { items } = await fleet.api.call('rollouts.revisions', { params });
    assert.deepEqual(
      items.filter(({ actor }) => actor === 'admin').map(({ change }) => Object.keys(change)),
      [['state'], ['phases.2.state'], ['state']],
    );
    assert.deepEqual(items[0]?.change['state'], { before: 'running', after: 'stopping' });
    const { summary } = await fleet.api.call('rollouts.why', { params });
    assert.match(summary, /: admin stopped it at /);
  },
};
