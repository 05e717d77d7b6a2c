import assert from 'node:assert/strict';
import type { Scope } from '../../src/access/scope.ts';
import type { DdiClient } from '../a-fleet.ts';
import { eventually, type FleetCheck, type TimedFleet } from './fleet-maker.ts';

const MOST = 3;
const SCOPE: Scope = { tenant: 1, tenantName: 'default', actor: 'test', kind: 'server' };

/** Rollouts that bring no device more assignments than it may have, as another API asks for. */
export const ASSIGNMENT_QUOTA_CHECKS: Readonly<Record<string, FleetCheck>> = {
  'who has as many assignments as a rollout allows is left out of it, and told': async (fleet) => {
    const [full, fresh] = [await fleet.device(), await fleet.device()];
    await updated(fleet, full, MOST);
    const { id, total } = await rollOut(fleet, [full, fresh], { removedPercent: 0 });
    assert.equal(total, 1);
    const { excluded } = await fleet.api.call('rollouts.why', { params: { id } });
    assert.deepEqual(excluded, [{ reason: 'too-many-assignments', count: 1, examples: [full.name] }]);
    const told = await eventually(async () => {
      const { items } = await fleet.api.call('events.list', { query: { filter: 'name==rollout.left-out' } });
      return items.find(({ subject }) => subject.id === id) ?? null;
    });
    assert.deepEqual([told.data['devices'], told.data['reason']], [1, 'too-many-assignments']);
    assert.equal(await assignmentsOf(fleet, full), MOST);
  },

  'where the oldest may go, they make room, and what is open stays': async (fleet) => {
    const [full, busy, fresh] = [await fleet.device(), await fleet.device(), await fleet.device()];
    await updated(fleet, full, MOST);
    await updated(fleet, busy, MOST - 1);
    const open = await fleet.assign(await fleet.release(), busy);
    const { total } = await rollOut(fleet, [full, busy, fresh], { removedPercent: 70 });
    assert.equal(total, 3);
    const share = Math.floor(MOST * 0.7);
    assert.equal(await assignmentsOf(fleet, full), MOST - share + 1);
    assert.equal(await assignmentsOf(fleet, busy), MOST - share + 1);
    assert.equal((await fleet.assignment(open.number)).device, busy.name);
  },

  'a late-comer with too many waits, and joins once the oldest may go': async (fleet) => {
    const [first, late] = [await fleet.device(), await fleet.device()];
    await updated(fleet, late, MOST);
    const label = `late-${Math.random()}`;
    const joins = async (device: DdiClient) =>
      fleet.api.call('devices.change', { params: { device: device.name }, body: { description: label } });
    await joins(first);
    const filter = `description=="${label}"`;
    const rollout = await rollOut(fleet, [], { removedPercent: 0 }, { filter, policy: { dynamic: true } });
    await joins(late);
    const other = await fleet.device();
    await joins(other);
    const total = async () => (await fleet.api.call('rollouts.show', { params: { id: rollout.id } })).total;
    await eventually(async () => ((await total()) === 2 ? true : null));
    assert.equal(await assignmentsOf(fleet, late), MOST);
    const change = { scope: SCOPE, options: [], settings: {}, roomPercent: 34 };
    await fleet.server.store.commands.run('tenant-options.set', change);
    await eventually(async () => ((await total()) === 3 ? true : null));
    assert.equal(await assignmentsOf(fleet, late), MOST);
  },
};

/** So many updates that have come to their end. */
async function updated(fleet: TimedFleet, device: DdiClient, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const { number } = await fleet.assign(await fleet.release(), device);
    await device.report(number, { details: ['done'] });
  }
}

async function rollOut(
  fleet: TimedFleet,
  devices: readonly DdiClient[],
  { removedPercent }: { readonly removedPercent: number },
  wish: { readonly filter?: string; readonly policy?: { readonly dynamic: true } } = {},
) {
  const { id: release } = await fleet.release();
  const made = await fleet.server.store.commands.run('rollout.create', {
    scope: SCOPE,
    once: null,
    name: `held ${release}`,
    description: '',
    release,
    filter: `name=in=(${devices.map(({ name }) => name).join(',')})`,
    weight: 500,
    policy: {},
    start: true,
    quota: { most: MOST, removedPercent },
    ...wish,
  });
  assert.equal(made.outcome, 'created');
  return 'rollout' in made ? made.rollout : assert.fail();
}

async function assignmentsOf(fleet: TimedFleet, { name }: DdiClient): Promise<number> {
  const { total } = await fleet.api.call('assignments.list', { query: { filter: `device=="${name}"` } });
  return total;
}
