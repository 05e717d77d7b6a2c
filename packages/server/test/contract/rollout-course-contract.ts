import assert from 'node:assert/strict';
import { MAX_PHASES } from '@updraft/core';
import { apiClient } from '@updraft/protocols';
import { ROLLOUT_CHANGES } from './rollout-changes-checks.ts';
import { SWUPDATE_SAYS, type DdiClient } from '../a-fleet.ts';
import { eventsSoFar, fleetTests, type FleetCheck, type FleetMaker, type TimedFleet } from './fleet-maker.ts';
import {
  act,
  anotherPerson,
  brings,
  create,
  devicesOf,
  hourOf,
  namesOf,
  offered,
  REST,
  show,
  someDevices,
  until,
  windowInHours,
  type Rollout,
} from './rollout-kit.ts';

/** Rollouts at their edges: no members, more phases than members, changes under way, starts that pass unseen. */
export function rolloutCourseContract(maker: FleetMaker): void {
  fleetTests(maker, 'courses of rollouts', CHECKS);
}

const CHECKS: Readonly<Record<string, FleetCheck>> = {
  'a rollout without members ends at its start, unless late-comers may join': async (fleet) => {
    const phases = [{ ...REST, soakSeconds: 600 }, REST];
    const filter = `name==nobody-${Math.random()}`;
    const body = { name: filter, release: (await fleet.release()).id, filter, phases, policy: { dynamic: true } };
    const empty = await fleet.api.call('rollouts.create', { body });
    assert.deepEqual([empty.total, empty.state], [0, 'ready']);
    const params = { id: empty.id };
    await act(fleet, 'start', empty);
    await until(fleet, empty, ({ phases: [first] }) => first?.reachedAt !== null);
    fleet.pass(601);
    await until(fleet, empty, ({ phases: [, last] }) => last?.state === 'started');
    await fleet.api.call('rollouts.change', { params, body: { policy: { dynamic: false } } });
    const over = await until(fleet, empty, ({ state }) => state === 'finished');
    assert.deepEqual([over.counts, over.reason], [{}, null]);
  },

  'a rollout that late-comers may join waits for its first': async (fleet) => {
    const release = await fleet.release();
    const name = `late-${Math.random()}`;
    const phases = [{ size: { by: 'percent' as const, percent: 10 } }, REST];
    const body = { name, release: release.id, filter: `name==${name}`, policy: { dynamic: true }, phases, start: true };
    const rollout = await fleet.api.call('rollouts.create', { body });
    assert.deepEqual(
      rollout.warnings.map(({ code }) => code),
      ['filter-matches-nothing'],
    );
    await until(fleet, rollout, ({ phases: [, last] }) => last?.state === 'started');
    await fleet.api.call('devices.create', { body: { name } });
    const joined = await until(fleet, rollout, ({ total }) => total === 1);
    assert.deepEqual([joined.state, joined.phases.map(({ total }) => total)], ['running', [0, 1]]);
  },

  'one member and ten phases: it is in the first, and the empty ones are passed': async (fleet) => {
    const devices = await someDevices(fleet, 1);
    const phases = Array.from({ length: 10 }, () => ({ size: { by: 'percent' as const, percent: 10 } }));
    const rollout = await create(fleet, await fleet.release(), devices, { phases, start: true });
    assert.deepEqual(totals(rollout), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    await brings(devices[0], 'done');
    const over = await until(fleet, rollout, ({ state }) => state === 'finished');
    assert.ok(over.phases.every(({ state }) => state === 'done'));
  },

  'percentages that are no whole numbers take every device once': async (fleet) => {
    const devices = await someDevices(fleet, 10);
    const third = { size: { by: 'percent' as const, percent: 33.3 } };
    const rollout = await create(fleet, await fleet.release(), devices, { phases: [third, third, third] });
    assert.deepEqual(totals(rollout), [4, 3, 3]);
  },

  'a device that two sub-filters name is in the first of them': async (fleet) => {
    const devices = await someDevices(fleet, 3);
    const by = (some: readonly DdiClient[]) => ({ size: { by: 'filter' as const, filter: namesOf(some) } });
    const phases = [by(devices.slice(0, 2)), by(devices), by(devices.slice(0, 1))];
    const rollout = await create(fleet, await fleet.release(), devices, { phases });
    assert.deepEqual(totals(rollout), [2, 1, 0]);
  },

  'as many phases with filters as there may be find their devices': async (fleet) => {
    const devices = await someDevices(fleet, 2);
    const nobody = { size: { by: 'filter' as const, filter: 'name==nobody,(type==none;tag==none)' } };
    const last = { size: { by: 'filter' as const, filter: namesOf(devices) } };
    const phases = [...Array.from({ length: MAX_PHASES - 1 }, () => nobody), last];
    const rollout = await create(fleet, await fleet.release(), devices, { phases });
    assert.equal(totals(rollout).at(-1), 2);
  },

  'who resumes a rollout in which too few succeeded starts the next phase, and is asked again behind it': async (
    fleet,
  ) => {
    const devices = await someDevices(fleet, 3);
    const one = { size: { by: 'count' as const, count: 1 } };
    const rollout = await create(fleet, await fleet.release(), devices, { phases: [one, one, one], start: true });
    for (const phase of [1, 2]) {
      const [device] = await devicesOf(fleet, { rollout, phase, devices });
      await brings(device, 'failed');
      await until(fleet, rollout, ({ reason }) => reason === 'success-not-reached');
      assert.equal((await act(fleet, 'resume', rollout)).reason, null);
      await until(fleet, rollout, ({ phases }) => phases[phase]?.state === 'started');
    }
    const [last] = await devicesOf(fleet, { rollout, phase: 3, devices });
    await brings(last, 'done');
    const over = await until(fleet, rollout, ({ state }) => state === 'finished');
    assert.deepEqual(over.counts, { failed: 2, succeeded: 1 });
  },

  'a machine approves nothing': async (fleet) => {
    const devices = await someDevices(fleet, 1);
    const rollout = await create(fleet, await fleet.release(), devices, { policy: { approval: 'required' } });
    const { secret } = await fleet.api.call('tokens.create', { body: { name: `robot-${Math.random()}` } });
    const robot = apiClient({ baseUrl: fleet.url, authorization: `Bearer ${secret}` });
    const approval = robot.call('rollouts.approve', { params: { id: rollout.id } });
    await assert.rejects(approval, { code: 'approval-needs-person' });
  },

  'what is denied is stopped, its devices are free, and it cannot be approved any more': async (fleet) => {
    const devices = await someDevices(fleet, 2);
    const rollout = await create(fleet, await fleet.release(), devices, { policy: { approval: 'required' } });
    await act(fleet, 'deny', rollout);
    const over = await until(fleet, rollout, ({ state }) => state === 'stopped');
    assert.deepEqual([over.reason, over.counts], ['denied', { canceled: 2 }]);
    const approval = (await anotherPerson(fleet)).call('rollouts.approve', { params: { id: rollout.id } });
    await assert.rejects(approval, { code: 'rollout-state' });
  },

  'a start that passes before the approval is made up for by it; one in the past is refused': async (fleet) => {
    const devices = await someDevices(fleet, 1);
    const at = new Date((await fleet.server.store.now()) + 60_000).toISOString();
    const policy = { approval: 'required', start: { by: 'time', at } } as const;
    const rollout = await create(fleet, await fleet.release(), devices, { policy });
    fleet.pass(120);
    const params = { id: rollout.id };
    const again = { policy: { start: { by: 'time', at: new Date(Date.parse(at) + 1000).toISOString() } } } as const;
    const change = fleet.api.call('rollouts.change', { params, body: again });
    await assert.rejects(change, { code: 'rollout-impossible', reason: 'start-in-the-past' });
    assert.equal((await show(fleet, rollout)).state, 'awaiting-approval');
    await (await anotherPerson(fleet)).call('rollouts.approve', { params });
    await until(fleet, rollout, ({ state }) => state === 'running');
  },

  'a rollout starts when the first window of any of its devices opens': async (fleet) => {
    const devices = await someDevices(fleet, 1);
    const window = await windowInHours(fleet, 3);
    const policy = { start: { by: 'first-window' as const }, windows: { windows: [window], zone: 'UTC' } };
    const rollout = await create(fleet, await fleet.release(), devices, { policy });
    await until(fleet, rollout, ({ nextAt }) => new Date(nextAt ?? 0).getUTCHours() === hourOf(window));
    fleet.pass(3 * 3600);
    await until(fleet, rollout, ({ state }) => state === 'running');
    assert.ok(await offered(devices[0]));
  },

  'a rollout whose phases are all skipped ends without an attempt': async (fleet) => {
    const devices = await someDevices(fleet, 2);
    const rollout = await create(fleet, await fleet.release(), devices);
    await fleet.api.call('rollouts.skip-phase', { params: { id: rollout.id, number: 1 } });
    await until(fleet, rollout, ({ counts }) => counts.canceled === 2);
    await act(fleet, 'start', rollout);
    const over = await until(fleet, rollout, ({ state }) => state === 'finished');
    assert.deepEqual(
      over.phases.map(({ state }) => state),
      ['skipped'],
    );
  },

  'devices that fall silent, or roll back, cross the error threshold': async (fleet) => {
    const phases = [{ ...REST, error: { percent: 40, minimum: 2 } }];
    const policy = { timeLimits: { silenceSeconds: 3600 } };
    const devices = await someDevices(fleet, 4);
    const rollout = await create(fleet, await fleet.release(), devices, { phases, policy, start: true });
    const [back] = devices;
    await back?.report(await offered(back), SWUPDATE_SAYS.bootFailed);
    assert.deepEqual((await show(fleet, rollout)).state, 'running');
    fleet.pass(3601);
    // It pauses, and is over as soon as the sweep has ended the last of its members. Its row and its phases are two reads.
    const held = await until(
      fleet,
      rollout,
      ({ state, phases: [phase] }) => state !== 'running' && (phase?.crossedAt ?? null) !== null,
    );
    assert.ok((held.phases[0]?.erred ?? 0) >= 2);
  },

  'a rollout that is stopped while a skipped phase is closed ends all the same': async (fleet) => {
    const devices = await someDevices(fleet, 3);
    const phases = [{ size: { by: 'count' as const, count: 1 } }, REST];
    const rollout = await create(fleet, await fleet.release(), devices, { phases, start: true });
    const params = { id: rollout.id };
    await Promise.all([
      fleet.api.call('rollouts.skip-phase', { params: { ...params, number: 2 } }),
      fleet.api.call('rollouts.stop', { params }),
    ]).catch((error: unknown) => assert.equal((error as { readonly code: string }).code, 'rollout-state'));
    const over = await until(fleet, rollout, ({ state }) => state === 'stopped');
    assert.deepEqual(over.counts, { canceled: 3 });
  },

  'starting, pausing, resuming and starting a phase write no device’s row': async (fleet) => {
    const devices = await someDevices(fleet, 3);
    const phases = [{ size: { by: 'count' as const, count: 1 } }, REST];
    const rollout = await create(fleet, await fleet.release(), devices, { phases });
    const before = await rowsOf(fleet, rollout);
    for (const verb of ['start', 'pause', 'resume'] as const) await act(fleet, verb, rollout);
    await fleet.api.call('rollouts.start-phase', { params: { id: rollout.id, number: 2 } });
    assert.deepEqual(await rowsOf(fleet, rollout), before);
  },

  'everything that happens to a rollout is told as an event, in order': async (fleet) => {
    const devices = await someDevices(fleet, 2);
    const phases = [{ size: { by: 'count' as const, count: 1 }, error: { percent: 0, minimum: 1 } }, REST];
    const policy = { approval: 'required' as const };
    const rollout = await create(fleet, await fleet.release(), devices, { phases, policy });
    const params = { id: rollout.id };
    await (await anotherPerson(fleet)).call('rollouts.approve', { params });
    await act(fleet, 'start', rollout);
    await fleet.api.call('rollouts.change', { params, body: { weight: 5 } });
    await act(fleet, 'pause', rollout);
    await act(fleet, 'resume', rollout);
    const [first] = await devicesOf(fleet, { rollout, phase: 1, devices });
    await brings(first, 'failed');
    await act(fleet, 'stop', rollout);
    await until(fleet, rollout, ({ state }) => state === 'stopped');
    assert.deepEqual(await happenedTo(fleet, rollout), [
      'created',
      'approval-asked',
      'approved',
      'started',
      'phase-started',
      'changed',
      'paused',
      'resumed',
      'threshold-crossed',
      'paused',
      'stop-asked',
      'leftovers-closed',
      'phase-done',
      'ended',
    ]);
  },

  'metrics count the rollouts under way by state, and their devices': async (fleet) => {
    const devices = await someDevices(fleet, 2);
    const rollout = await create(fleet, await fleet.release(), devices, { start: true });
    await act(fleet, 'pause', rollout);
    await fleet.server.settleJobs();
    const text = await (await fleet.fetch('/metrics', { as: null })).text();
    assert.match(text, /updraft_rollout_count\{kind="rollout",state="paused",reason="operator"\} [1-9]/);
    assert.match(text, /updraft_rollout_devices\{state="waiting"\} [1-9]/);
    assert.ok(!text.includes(rollout.name));
  },

  ...ROLLOUT_CHANGES,
};

function totals({ phases }: Rollout): number[] {
  return phases.map(({ total }) => total);
}

/** Everything that is kept of the rollout's devices. */
async function rowsOf({ server }: TimedFleet, { number }: Rollout) {
  const { reader } = server.store;
  const assignments = await reader
    .selectFrom('assignment')
    .selectAll()
    .where('rollout', '=', number)
    .orderBy('id')
    .execute();
  const ids = assignments.map(({ device }) => device);
  const devices = await reader.selectFrom('device').selectAll().where('id', 'in', ids).orderBy('id').execute();
  const attempts = await reader.selectFrom('attempt').selectAll().where('device', 'in', ids).execute();
  return { assignments, devices, attempts };
}

/** What the event stream told of a rollout. */
async function happenedTo(fleet: TimedFleet, { id }: Rollout): Promise<string[]> {
  const items = await eventsSoFar(fleet, `subjectId==${id}`);
  return items.toSorted((a, b) => a.position - b.position).map(({ name }) => name.replace('rollout.', ''));
}
