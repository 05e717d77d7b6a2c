import assert from 'node:assert/strict';
import { apiClient } from '@updraft/protocols';
import { fullCountsOf } from '@updraft/store';
import { contactWritten, eventsSoFar, fleetTests, type FleetCheck, type FleetMaker } from './fleet-maker.ts';
import { REVISION_CHECKS } from './revision-checks.ts';
import {
  act,
  anotherPerson,
  brings,
  create,
  devicesOf,
  namesOf,
  phaseOf,
  show,
  someDevices,
  until,
} from './rollout-kit.ts';

/** A rollout of several phases: sizes, thresholds, soak, approval, changes, preview and why. */
export function phasesContract(maker: FleetMaker): void {
  fleetTests(maker, 'phases', { ...CHECKS, ...REVISION_CHECKS });
}

const HALVES = [{ size: { by: 'percent', percent: 50 } }, { size: { by: 'rest' } }] as const;

const CHECKS: Readonly<Record<string, FleetCheck>> = {
  'phases are of exact size, and a phase with a filter takes what it names': async (fleet) => {
    const devices = await someDevices(fleet, 10);
    const named = devices[3]?.name ?? '';
    const rollout = await create(fleet, await fleet.release(), devices, {
      phases: [
        { size: { by: 'filter', filter: `name==${named}` } },
        { size: { by: 'count', count: 2 } },
        { size: { by: 'percent', percent: 30 } },
        { size: { by: 'rest' } },
      ],
    });
    assert.deepEqual(
      rollout.phases.map(({ planned, total }) => [planned, total]),
      [
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 4],
      ],
    );
    const { items } = await fleet.api.call('assignments.list', { query: { filter: `rollout==${rollout.id}` } });
    assert.equal(items.length, 10);
    assert.deepEqual(await phaseOf(fleet, rollout, named), 1);
  },

  'the second phase starts when the first has reached its success threshold and has soaked': async (fleet) => {
    const devices = await someDevices(fleet, 4);
    const phases = [{ ...HALVES[0], successPercent: 50, soakSeconds: 600 }, HALVES[1]];
    const rollout = await create(fleet, await fleet.release(), devices, { start: true, phases });
    const first = await devicesOf(fleet, { rollout, phase: 1, devices });
    const second = await devicesOf(fleet, { rollout, phase: 2, devices });
    assert.equal((await second[0]?.poll())?.deploymentBase, undefined);
    await brings(first[0], 'done');
    await until(fleet, rollout, ({ phases: [one] }) => one?.reachedAt !== null);
    assert.equal((await second[0]?.poll())?.deploymentBase, undefined);
    const why = await fleet.api.call('rollouts.why', { params: { id: rollout.id } });
    assert.deepEqual(
      why.holds.map(({ code }) => code),
      ['soak'],
    );
    fleet.pass(601);
    await until(fleet, rollout, ({ phases: [, two] }) => two?.state === 'started');
    assert.ok((await second[0]?.poll())?.deploymentBase);
  },

  'the report that crosses the error threshold pauses the rollout, and nobody else is offered it': async (fleet) => {
    const devices = await someDevices(fleet, 4);
    const error = { percent: 25, minimum: 2 };
    const rollout = await create(fleet, await fleet.release(), devices, {
      start: true,
      phases: [{ size: { by: 'rest' }, error }],
    });
    await brings(devices[0], 'failed');
    assert.equal((await show(fleet, rollout)).state, 'running');
    await brings(devices[1], 'failed');
    const held = await show(fleet, rollout);
    assert.deepEqual([held.state, held.reason, held.phases[0]?.erred], ['paused', 'error-threshold', 2]);
    assert.equal((await devices[2]?.poll())?.deploymentBase, undefined);
    const events = await eventsSoFar(fleet, 'name==rollout.threshold-crossed');
    assert.equal(events.filter(({ subject }) => subject.id === rollout.id).length, 1);
    await act(fleet, 'resume', rollout);
    assert.ok((await devices[2]?.poll())?.deploymentBase);
  },

  'a crossed threshold stops the rollout where the policy says so': async (fleet) => {
    const devices = await someDevices(fleet, 2);
    const rollout = await create(fleet, await fleet.release(), devices, {
      start: true,
      policy: { onFailure: 'stop' },
      phases: [{ size: { by: 'rest' }, error: { percent: 0, minimum: 1 } }],
    });
    await brings(devices[0], 'failed');
    const stopped = await until(fleet, rollout, ({ state }) => state === 'stopped');
    assert.deepEqual([stopped.reason, stopped.counts], ['error-threshold', { failed: 1, canceled: 1 }]);
  },

  'a first phase that ends below its threshold holds the second, until somebody resumes': async (fleet) => {
    const devices = await someDevices(fleet, 2);
    const rollout = await create(fleet, await fleet.release(), devices, { start: true, phases: [...HALVES] });
    const [first] = await devicesOf(fleet, { rollout, phase: 1, devices });
    await brings(first, 'failed');
    await until(fleet, rollout, ({ reason }) => reason === 'success-not-reached');
    await act(fleet, 'resume', rollout);
    await until(fleet, rollout, ({ phases: [, two] }) => two?.state === 'started');
  },

  'a skipped phase ends as canceled, and a phase is started by hand': async (fleet) => {
    const devices = await someDevices(fleet, 6);
    const third = { size: { by: 'count', count: 2 } } as const;
    const rollout = await create(fleet, await fleet.release(), devices, { start: true, phases: [third, third, third] });
    const { id } = rollout;
    await fleet.api.call('rollouts.skip-phase', { params: { id, number: 2 } });
    await until(fleet, rollout, ({ counts }) => counts.canceled === 2);
    const { items } = await fleet.api.call('assignments.list', { query: { filter: `rollout==${id};state==canceled` } });
    assert.deepEqual(
      items.map(({ reason }) => reason),
      ['phase-skipped', 'phase-skipped'],
    );
    await fleet.api.call('rollouts.start-phase', { params: { id, number: 3 } });
    assert.deepEqual(
      (await show(fleet, rollout)).phases.map(({ state }) => state),
      ['started', 'skipped', 'started'],
    );
    const again = fleet.api.call('rollouts.start-phase', { params: { id, number: 3 } });
    await assert.rejects(again, { code: 'phase-state' });
    await assert.rejects(fleet.api.call('rollouts.skip-phase', { params: { id, number: 9 } }), { code: 'not-found' });
  },

  'a rollout that needs approval is approved by another person than its author': async (fleet) => {
    const devices = await someDevices(fleet, 1);
    const rollout = await create(fleet, await fleet.release(), devices, { policy: { approval: 'required' } });
    const params = { id: rollout.id };
    assert.equal(rollout.state, 'awaiting-approval');
    await assert.rejects(fleet.api.call('rollouts.start', { params }), { code: 'rollout-state' });
    await assert.rejects(fleet.api.call('rollouts.approve', { params }), { code: 'self-approval' });
    const ben = await anotherPerson(fleet);
    const approved = await ben.call('rollouts.approve', { params });
    assert.equal(approved.state, 'ready');
    assert.match(approved.approvedBy ?? '', /^ben-/);
    await ben.call('rollouts.change', { params, body: { weight: 7 } });
    assert.equal((await show(fleet, rollout)).state, 'awaiting-approval');
    await assert.rejects(ben.call('rollouts.approve', { params }), { code: 'self-approval' });
  },

  'nobody approves what a token that he made has drafted': async (fleet) => {
    const devices = await someDevices(fleet, 1);
    const { secret } = await fleet.api.call('tokens.create', { body: { name: `drafts-${devices[0]?.name}` } });
    const machine = apiClient({ baseUrl: fleet.url, authorization: `Bearer ${secret}` });
    const { id: release } = await fleet.release();
    const body = { name: `by ${devices[0]?.name}`, release, filter: namesOf(devices) };
    const drafted = await machine.call('rollouts.create', { body: { ...body, policy: { approval: 'required' } } });
    await until(fleet, drafted, ({ state }) => state === 'awaiting-approval');
    const params = { id: drafted.id };
    await assert.rejects(fleet.api.call('rollouts.approve', { params }), { code: 'self-approval' });
    const ben = await anotherPerson(fleet);
    assert.equal((await ben.call('rollouts.approve', { params })).state, 'ready');
  },

  'a token that is gone, or that another token made, frees nobody to approve what it drafted or changed': async (
    fleet,
  ) => {
    const devices = await someDevices(fleet, 1);
    const name = `gone-${devices[0]?.name}`;
    const machineOf = ({ secret }: { readonly secret: string }) =>
      apiClient({ baseUrl: fleet.url, authorization: `Bearer ${secret}` });
    const first = await fleet.api.call('tokens.create', { body: { name } });
    const second = await machineOf(first).call('tokens.create', { body: { name: `${name}-2` } });
    const { id: release } = await fleet.release();
    const body = { name, release, filter: namesOf(devices), policy: { approval: 'required' } } as const;
    const drafted = await machineOf(second).call('rollouts.create', { body });
    const ben = await anotherPerson(fleet);
    const byBen = await ben.call('rollouts.create', { body: { ...body, name: `${name}-3` } });
    for (const one of [drafted, byBen]) await until(fleet, one, ({ state }) => state === 'awaiting-approval');
    await machineOf(second).call('rollouts.change', { params: { id: byBen.id }, body: { weight: 3 } });
    for (const { id } of [first, second]) await fleet.api.call('tokens.delete', { params: { id } });

    for (const { id } of [drafted, byBen])
      await assert.rejects(fleet.api.call('rollouts.approve', { params: { id } }), { code: 'self-approval' });
    assert.equal((await ben.call('rollouts.approve', { params: { id: drafted.id } })).state, 'ready');
  },

  'why tells which phase erred how much where that paused it, and of what is over how it ended': async (fleet) => {
    const devices = await someDevices(fleet, 2);
    const phases = [
      { name: 'canary', size: { by: 'count' as const, count: 1 }, error: { percent: 5, minimum: 1 } },
      { size: { by: 'rest' as const } },
    ];
    const rollout = await create(fleet, await fleet.release(), devices, { phases, start: true });
    const why = async () => fleet.api.call('rollouts.why', { params: { id: rollout.id } });
    const waiting = await why();
    assert.match(waiting.summary, /phase 2 waits until 100 % of 1 devices of phase 1 \(canary\) succeed; 0 have/);
    const [canary] = await devicesOf(fleet, { rollout, phase: 1, devices });
    await brings(canary, 'failed');
    const paused = await why();
    assert.deepEqual([paused.state, paused.holds[0]?.code], ['paused', 'error-threshold']);
    assert.match(paused.summary, /1 of 1 devices of phase 1 \(canary\) have erred: more than 5 %, and at least 1/);
    await act(fleet, 'stop', rollout);
    await until(fleet, rollout, ({ state }) => state === 'stopped');
    assert.match((await why()).summary, /is stopped: admin stopped it at .*; 0 of its 2 devices succeeded/);
  },

  'a preview tells the phases and who is left out or held, and is what is made then': async (fleet) => {
    const type = `board-${Math.random()}`;
    await fleet.api.call('device-types.create', { body: { name: type } });
    const fits = await Promise.all(Array.from({ length: 4 }, () => fleet.device({ type })));
    const [unfit] = await someDevices(fleet, 1);
    const release = await fleet.release('1.0', { deviceTypes: [type] });
    const [done] = fits;
    assert.ok(done !== undefined && unfit !== undefined);
    const { number } = await fleet.assign(release, done);
    await done.report(number, { details: ['done'] });
    for (const device of fits) await contactWritten(fleet, device);
    const draft = { release: release.id, filter: namesOf([...fits, unfit]), phases: [...HALVES] };
    const preview = await fleet.api.call('rollouts.preview', { body: draft });
    assert.deepEqual(
      preview.phases.map(({ total }) => total),
      [2, 2],
    );
    assert.deepEqual(preview.excluded, [{ reason: 'incompatible', count: 1, examples: [unfit.name] }]);
    assert.deepEqual(preview.held, [{ reason: 'already-installed', count: 1, examples: [done.name] }]);
    const made = await create(fleet, release, [...fits, unfit], { phases: [...HALVES] });
    assert.deepEqual(
      made.phases.map(({ total }) => total),
      [2, 2],
    );
  },

  'a preview tells of every reason for which a device is left out, or held': async (fleet) => {
    const type = `board-${Math.random()}`;
    await fleet.api.call('device-types.create', { body: { name: type } });
    const deviceTypes = [type];
    const [first, step, target] = [
      await fleet.release('1.0', { deviceTypes }),
      await fleet.release('2.0', { deviceTypes, requiredStep: true }),
      await fleet.release('3.0', { deviceTypes }),
    ];
    const devices = await Promise.all(Array.from({ length: 5 }, () => fleet.device({ type })));
    const [gone, old, assigned, heavy, other] = devices;
    assert.ok(gone && old && assigned && heavy && other);
    await fleet.api.call('devices.decommission', { params: { device: gone.name } });
    for (const device of [assigned, heavy, other]) {
      const { number } = await fleet.assign(step, device);
      await device.report(number, { details: ['done'] });
    }
    await fleet.assign(target, assigned);
    await fleet.assign(first, heavy, 1000);
    await fleet.server.writeContacts();
    const body = { release: target.id, filter: namesOf(devices), weight: 900 };
    const { total, excluded, held } = await fleet.api.call('rollouts.preview', { body });
    assert.equal(total, 4);
    const reasonsOf = (aside: typeof held) => aside.map(({ reason, examples }) => [reason, ...examples]);
    assert.deepEqual(reasonsOf(excluded), [['decommissioned', gone.name]]);
    assert.deepEqual(reasonsOf(held), [
      ['already-assigned', assigned.name],
      ['required-step', old.name],
      ['lower-weight', heavy.name],
      ['never-in-contact', old.name],
    ]);
  },

  'why tells how many devices each gate holds': async (fleet) => {
    const devices = await someDevices(fleet, 3);
    const rollout = await create(fleet, await fleet.release(), devices);
    const why = await fleet.api.call('rollouts.why', { params: { id: rollout.id } });
    assert.deepEqual([why.open, why.looked, why.isSampled], [3, 3, false]);
    assert.deepEqual(
      why.holds.map(({ code }) => code),
      ['start'],
    );
    const running = why.gates.find(({ gate }) => gate === 'rollout-running');
    assert.deepEqual([running?.shut, running?.first, running?.examples.length], [3, 3, 3]);
  },

  'why tells what holds a rollout in each of its states, and when that changes': async (fleet) => {
    const devices = await someDevices(fleet, 4);
    const hour = (new Date(await fleet.server.store.now()).getUTCHours() + 12) % 24;
    const windows = { windows: [{ cron: `0 0 ${hour} ? * *`, durationSeconds: 60 }], zone: 'UTC' };
    const phases = [{ ...HALVES[0], successPercent: 50, soakSeconds: 600 }, HALVES[1]];
    const policy = { approval: 'required' as const, windows };
    const rollout = await create(fleet, await fleet.release(), devices, { phases, policy });
    const holds = async () => {
      const why = await fleet.api.call('rollouts.why', { params: { id: rollout.id } });
      return { ...why, codes: why.holds.map(({ code }) => code) };
    };
    assert.deepEqual((await holds()).codes, ['approval']);
    await (await anotherPerson(fleet)).call('rollouts.approve', { params: { id: rollout.id } });
    assert.deepEqual((await holds()).codes, ['start']);
    await act(fleet, 'start', rollout);
    const waiting = await holds();
    assert.deepEqual(
      [waiting.codes, waiting.open, waiting.scheduled, waiting.looked],
      [['success-threshold'], 4, 2, 2],
    );
    const gate = (name: string) => waiting.gates.find((one) => one.gate === name);
    assert.deepEqual([gate('phase-started')?.shut, gate('window')?.shut], [2, 2]);
    assert.equal(waiting.nextChange, gate('window')?.nextChange);
    await act(fleet, 'pause', rollout);
    const paused = await holds();
    assert.deepEqual(
      [paused.codes, paused.gates[0]?.gate, paused.gates[0]?.first],
      [['operator'], 'rollout-running', 2],
    );
    await act(fleet, 'stop', rollout);
    await until(fleet, rollout, ({ state }) => state === 'stopped');
    const over = await holds();
    assert.deepEqual([over.codes, over.gates, over.open, over.nextChange], [[], [], 0, null]);
  },

  'a rollout starts at its time': async (fleet) => {
    const devices = await someDevices(fleet, 1);
    const at = new Date((await fleet.server.store.now()) + 3_600_000).toISOString();
    const rollout = await create(fleet, await fleet.release(), devices, { policy: { start: { by: 'time', at } } });
    assert.deepEqual(
      [rollout.state, (await until(fleet, rollout, ({ nextAt }) => nextAt === at)).state],
      ['ready', 'ready'],
    );
    fleet.pass(3601);
    await until(fleet, rollout, ({ state }) => state === 'running');
  },

  'the counters are those of a full count': async (fleet) => {
    const { reader } = fleet.server.store;
    for (const { id } of await reader.selectFrom('rollout').select('id').execute()) {
      const found = await fullCountsOf(reader, id);
      const phases = await reader.selectFrom('phase').selectAll().where('rollout', '=', id).execute();
      for (const { number, total, erred } of phases) {
        const own = found.filter(({ phase }) => phase === number);
        assert.equal(sum(own.map(({ n }) => n)), total);
        assert.equal(sum(own.map((one) => one.erred)), erred);
      }
    }
  },
};

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, n) => all + n, 0);
}
