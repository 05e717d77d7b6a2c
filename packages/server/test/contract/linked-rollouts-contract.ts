import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { ApiProblem, CallAnswer, CallInput } from '@updraft/protocols';
import type { DdiClient } from '../a-fleet.ts';
import { eventually, fleetTests, type FleetCheck, type FleetMaker, type TimedFleet } from './fleet-maker.ts';
import { countsAreFull, installed, report, show, unique } from './joining-fleet.ts';
import { create, fourDevices, linksTo, until } from './linked-fleet.ts';
import { RETURN_PREVIEW_CHECKS } from './return-preview-checks.ts';

type Rollout = CallAnswer<'rollouts.show'>;

/** Rollouts that are made from others: over the failed, the same again, and back to what ran before. */
export function linkedRolloutsContract(maker: FleetMaker): void {
  fleetTests(maker, 'linked rollouts', CHECKS);
}

const FAILS = { finished: 'failure' } as const;
/** One failure of any number crosses it. */
const ONE_TOO_MANY = [{ error: { percent: 0, minimum: 1 } }];

const CHECKS: Readonly<Record<string, FleetCheck>> = {
  'a retry is a new, linked rollout over exactly those that failed; what has ended stays ended': async (fleet) => {
    const [good, bad, worse, open] = await fourDevices(fleet);
    const parent = await create(fleet, await fleet.release(), [good, bad, worse, open]);
    await report(good, {});
    await report(bad, FAILS);
    await report(worse, FAILS);
    const made = await retry(fleet, parent, { start: true });
    assert.deepEqual([made.kind, made.relation, made.parent], ['rollout', 'retry', parent.id]);
    assert.deepEqual([made.name, made.total], [`${parent.name}, retry 1`, 2]);
    assert.deepEqual(await membersOf(fleet, made), [bad.name, worse.name].toSorted());
    assert.deepEqual((await show(fleet, parent)).counts, { succeeded: 1, failed: 2, ready: 1 });
    await report(bad, {});
    assert.deepEqual((await show(fleet, made)).counts, { succeeded: 1, ready: 1 });
  },

  'a retry takes those, too, that were to be tried again when their rollout was stopped': async (fleet) => {
    const [bad, idle] = await Promise.all([fleet.device(), fleet.device()]);
    const policy = { retries: { limit: 3 }, onFailure: 'stop' as const };
    const parent = await create(fleet, await fleet.release(), [bad, idle], { phases: ONE_TOO_MANY, policy });
    await report(bad, { ...FAILS, details: ['no space left'] });
    await until(fleet, parent, ({ state }) => state === 'stopped');
    assert.deepEqual((await show(fleet, parent)).counts, { canceled: 2 });
    const { summary } = await fleet.api.call('devices.why', { params: { device: bad.name } });
    assert.match(
      summary,
      new RegExp(`of ${parent.name}, which is stopped, ended as canceled; .*failed: no space left`),
    );
    const made = await retry(fleet, parent);
    assert.deepEqual(await membersOf(fleet, made), [bad.name]);
    const [link] = (await show(fleet, parent)).links;
    assert.deepEqual(link, { id: made.id, name: made.name, relation: 'retry', state: made.state });
  },

  'a retry of a retry takes those that failed again, and none where none failed': async (fleet) => {
    const [one, two] = await Promise.all([fleet.device(), fleet.device()]);
    const parent = await create(fleet, await fleet.release(), [one, two]);
    await assert.rejects(retry(fleet, parent), { code: 'none-failed' });
    for (const device of [one, two]) await report(device, FAILS);
    const first = await retry(fleet, parent, { start: true });
    await assert.rejects(retry(fleet, parent, { name: parent.name }), { code: 'name-taken' });
    await report(one, {});
    await report(two, FAILS);
    const second = await retry(fleet, first, { name: unique('again') });
    assert.deepEqual([second.state, second.parent], ['ready', first.id]);
    assert.deepEqual(await membersOf(fleet, second), [two.name]);
  },

  'a clone is the same again: its release, filter, phases, weight and policy, started by hand': async (fleet) => {
    const [one, two] = await Promise.all([fleet.device(), fleet.device()]);
    const phases = [{ name: 'first', size: { by: 'count' as const, count: 1 }, soakSeconds: 60 }, { name: 'rest' }];
    const policy = { retries: { limit: 2 }, pace: { parallel: 7 } };
    const parent = await create(fleet, await fleet.release(), [one, two], { weight: 300, phases, policy });
    const made = await clone(fleet, parent);
    assert.deepEqual([made.relation, made.parent, made.state], ['clone', parent.id, 'ready']);
    assert.deepEqual(specsOf(made), specsOf(parent));
    assert.deepEqual({ ...made.policy, start: parent.policy.start }, parent.policy);
    assert.deepEqual([made.weight, made.total], [300, 2]);
    await assert.rejects(fleet.api.call('rollouts.clone', { params: { id: parent.id }, body: { name: made.name } }), {
      code: 'name-taken',
    });
    for (const { name: device } of [one, two]) await fleet.api.call('devices.delete', { params: { device } });
    await assert.rejects(clone(fleet, parent), { code: 'rollout-impossible' });
  },

  'what was withdrawn is neither cloned nor tried again': async (fleet) => {
    const device = await fleet.device();
    const release = await fleet.release();
    const parent = await create(fleet, release, [device]);
    await report(device, FAILS);
    await fleet.api.call('releases.withdraw', { params: { id: release.id } });
    await assert.rejects(retry(fleet, parent), { code: 'release-not-published' });
    await assert.rejects(clone(fleet, parent), { code: 'release-not-published' });
  },

  'where a failure is to return, a crossed threshold brings those that took the release back to what each ran before':
    async (fleet) => {
      const {
        devices: [one, two, bad, open],
        old,
        older,
      } = await aFleetThatRuns(fleet);
      const release = await fleet.release();
      const parent = await create(fleet, release, [one, two, bad, open], {
        phases: ONE_TOO_MANY,
        policy: { onFailure: 'return' },
      });
      for (const device of [one, two]) await report(device, {});
      await report(bad, FAILS);
      const returns = await returnsOf(fleet, parent, 2);
      for (const made of returns)
        assert.deepEqual([made.kind, made.relation, made.state], ['return', 'return', 'running']);
      assert.deepEqual(await targetsOf(fleet, returns), { [old.id]: [one.name], [older.id]: [two.name] });
      assert.deepEqual(
        [(await show(fleet, parent)).state, (await show(fleet, parent)).reason],
        ['stopped', 'error-threshold'],
      );
      for (const device of [one, two]) await report(device, {});
      assert.equal(await runs(fleet, one), old.id);
      assert.equal(await runs(fleet, two), older.id);
      for (const made of returns) await until(fleet, made, ({ state }) => state === 'finished');
      assert.equal((await returnsOf(fleet, parent, 2)).length, 2);
    },

  'what takes the release although it was stopped goes back, too; the return ends once its parent has ended': async (
    fleet,
  ) => {
    const {
      devices: [one, late],
      old,
    } = await aFleetThatRuns(fleet, 'same');
    const parent = await create(fleet, await fleet.release(), [one, late]);
    await report(one, {});
    const number = await begin(late);
    const { rollouts } = await fleet.api.call('rollouts.return', { params: { id: parent.id } });
    assert.deepEqual(
      rollouts.map(({ release, total }) => [release.id, total]),
      [[old.id, 1]],
    );
    const [made] = rollouts;
    assert.ok(made);
    await report(one, {});
    await until(fleet, made, ({ counts }) => counts.succeeded === 1);
    assert.equal((await show(fleet, made)).state, 'running');
    assert.equal((await show(fleet, parent)).state, 'stopping');
    await late.report(number, { details: ['done'] });
    await until(fleet, made, ({ total }) => total === 2);
    await report(late, {});
    fleet.pass(61);
    await until(fleet, made, ({ state }) => state === 'finished');
    assert.equal(await runs(fleet, late), old.id);
  },

  'a return counts the devices that it leaves out, and says why': async (fleet) => {
    const [one, other] = [unique('board'), unique('board')];
    for (const name of [one, other])
      await fleet.api.call('device-types.create', { body: { name, downgrade: 'allowed' } });
    const devices = [
      await fleet.device({ type: one }),
      await fleet.device({ type: one }),
      await fleet.device({ type: one }),
    ];
    const [stays, moved, gone] = devices as [(typeof devices)[0], (typeof devices)[0], (typeof devices)[0]];
    const old = await fleet.release('1.0', { deviceTypes: [one] });
    for (const device of devices) await installed(fleet, device, old);
    const parent = await create(fleet, await fleet.release('2.0'), devices);
    for (const device of devices) await report(device, {});
    await fleet.api.call('devices.change', { params: { device: moved.name }, body: { type: other } });
    await fleet.api.call('devices.decommission', { params: { device: gone.name } });
    const { rollouts } = await fleet.api.call('rollouts.return', { params: { id: parent.id } });
    const excluded = [
      { reason: 'decommissioned', count: 1, examples: [gone.name] },
      { reason: 'incompatible', count: 1, examples: [moved.name] },
    ];
    assert.deepEqual(
      rollouts.map((made) => [made.total, made.excluded]),
      [[1, excluded]],
    );
    const [made] = rollouts;
    assert.ok(made);
    assert.deepEqual((await fleet.api.call('rollouts.why', { params: { id: made.id } })).excluded, excluded);
    await report(stays, {});
    assert.deepEqual((await fleet.api.call('rollouts.why', { params: { id: parent.id } })).excluded, []);
  },

  'a return that its device type refuses, and nothing was published again for, is refused and says which': async (
    fleet,
  ) => {
    const type = unique('board');
    await fleet.api.call('device-types.create', { body: { name: type } });
    const device = await fleet.device({ type });
    const old = await fleet.release('1.0');
    await installed(fleet, device, old);
    const draft = { phases: ONE_TOO_MANY, policy: { onFailure: 'return' as const } };
    await assert.rejects(create(fleet, await fleet.release('2.0'), [device], draft), (error: unknown) => {
      const { code, reason, detail } = error as ApiProblem;
      assert.deepEqual([code, reason], ['rollout-impossible', 'return-impossible']);
      assert.ok(detail.includes(type) && detail.includes(`${old.name} 1.0`));
      return true;
    });
    const parent = await create(fleet, await fleet.release('2.1'), [device]);
    await report(device, {});
    await assert.rejects(fleet.api.call('rollouts.return', { params: { id: parent.id } }), {
      code: 'rollout-impossible',
    });
    const { params } = await typeOf(fleet, type);
    await fleet.api.call('device-types.change', { params, body: { downgrade: 'allowed' } });
    const { rollouts } = await fleet.api.call('rollouts.return', { params: { id: parent.id } });
    assert.equal(rollouts.length, 1);
  },

  'who was brought the release by another rollout meanwhile took nothing that it could go back from': async (fleet) => {
    const type = unique('board');
    await fleet.api.call('device-types.create', { body: { name: type, versionAttribute: 'version' } });
    const device = await fleet.device({ type });
    const release = await fleet.release();
    const version = { version: release.version };
    await create(fleet, release, [device]);
    await report(device, {});
    const second = await create(fleet, release, [device]);
    const number = await begin(device);
    await device.attributes(version);
    await device.report(number, {});
    await device.attributes(version);
    assert.deepEqual((await show(fleet, second)).counts, { succeeded: 1 });
    const made = await fleet.api.call('rollouts.return', { params: { id: second.id } });
    assert.deepEqual([made.rollouts, made.unknown], [[], 0]);
  },

  'the old content under a higher version is a way back that no device type refuses': async (fleet) => {
    const type = unique('board');
    await fleet.api.call('device-types.create', { body: { name: type } });
    const device = await fleet.device({ type });
    const files = [{ filename: 'update.swu', bytes: randomBytes(500) }];
    await installed(fleet, device, await fleet.release('1.0', { files }));
    const parent = await create(fleet, await fleet.release('2.0'), [device]);
    await report(device, {});
    const again = await fleet.release('2.1', { files });
    const { rollouts } = await fleet.api.call('rollouts.return', { params: { id: parent.id } });
    assert.deepEqual(
      rollouts.map(({ release }) => release.id),
      [again.id],
    );
    await report(device, {});
    assert.equal(await runs(fleet, device), again.id);
  },

  'what devices ran before and is withdrawn is no way back, until its content is published again': async (fleet) => {
    const type = unique('board');
    await fleet.api.call('device-types.create', { body: { name: type, downgrade: 'allowed' } });
    const device = await fleet.device({ type });
    const files = [{ filename: 'update.swu', bytes: randomBytes(500) }];
    const old = await fleet.release('1.0', { files });
    await installed(fleet, device, old);
    const parent = await create(fleet, await fleet.release('2.0'), [device]);
    await report(device, {});
    await until(fleet, parent, ({ state }) => state === 'finished');
    await fleet.api.call('releases.withdraw', { params: { id: old.id } });
    const refusal = { code: 'rollout-impossible', reason: 'return-impossible' };
    await assert.rejects(fleet.api.call('rollouts.return', { params: { id: parent.id } }), refusal);
    const again = await fleet.release('1.1', { files });
    const { rollouts } = await fleet.api.call('rollouts.return', { params: { id: parent.id } });
    assert.deepEqual(
      rollouts.map(({ release }) => release.id),
      [again.id],
    );
  },

  'a return that turns out impossible once it is wanted is told, and can be asked for by hand when it is possible':
    async (fleet) => {
      const type = unique('board');
      await fleet.api.call('device-types.create', { body: { name: type, downgrade: 'allowed' } });
      const [good, bad] = await Promise.all([fleet.device({ type }), fleet.device({ type })]);
      const old = await fleet.release();
      for (const device of [good, bad]) await installed(fleet, device, old);
      const draft = { phases: ONE_TOO_MANY, policy: { onFailure: 'return' as const } };
      const parent = await create(fleet, await fleet.release(), [good, bad], draft);
      const { params } = await typeOf(fleet, type);
      await fleet.api.call('device-types.change', { params, body: { downgrade: 'refused' } });
      await report(good, {});
      await report(bad, FAILS);
      await eventually(async () => {
        const query = { filter: `name==rollout.return-impossible;subjectId==${parent.id}` };
        const { items } = await fleet.api.call('events.list', { query });
        return items.length === 1 ? true : null;
      });
      assert.deepEqual(await linksTo(fleet, parent), []);
      assert.deepEqual([(await show(fleet, parent)).returns, (await show(fleet, parent)).links], ['impossible', []]);
      const { summary } = await fleet.api.call('rollouts.why', { params: { id: parent.id } });
      assert.match(summary, /could not be brought back/);
      await fleet.api.call('device-types.change', { params, body: { downgrade: 'allowed' } });
      await fleet.api.call('rollouts.return', { params: { id: parent.id } });
      assert.equal((await linksTo(fleet, parent)).length, 1);
    },

  'a rollout is returned from once, and a return not at all; who ran nothing known, or the release already, stays':
    async (fleet) => {
      const {
        devices: [one, already],
        old,
      } = await aFleetThatRuns(fleet, 'same');
      const fresh = await fleet.device();
      const release = await fleet.release();
      await installed(fleet, already, release);
      const parent = await create(fleet, release, [one, already, fresh]);
      for (const device of [one, fresh]) await report(device, {});
      const { rollouts, unknown } = await fleet.api.call('rollouts.return', { params: { id: parent.id } });
      assert.deepEqual([rollouts.map(({ release: to, total }) => [to.id, total]), unknown], [[[old.id, 1]], 1]);
      const refusal = { code: 'rollout-state' };
      await assert.rejects(fleet.api.call('rollouts.return', { params: { id: parent.id } }), refusal);
      const [made] = rollouts;
      assert.ok(made);
      await assert.rejects(fleet.api.call('rollouts.return', { params: { id: made.id } }), refusal);
      await assert.rejects(clone(fleet, made), refusal);
      await report(one, FAILS);
      const again = await retry(fleet, made, { start: true });
      assert.deepEqual([await membersOf(fleet, again), again.release.id], [[one.name], old.id]);
    },

  ...RETURN_PREVIEW_CHECKS,

  'the counts are those of a full count': async (fleet) => {
    await fleet.server.settleJobs();
    await countsAreFull(fleet);
  },
};

/** Four devices of a type that may go back; the first, and unless all run the same the others too, run releases. */
async function aFleetThatRuns(fleet: TimedFleet, kind: 'same' | 'different' = 'different') {
  const type = unique('board');
  await fleet.api.call('device-types.create', { body: { name: type, downgrade: 'allowed' } });
  const devices = await fourDevices(fleet, type);
  const [old, older] = [await fleet.release(), await fleet.release()];
  for (const [index, device] of devices.entries())
    await installed(fleet, device, kind === 'same' || index === 0 ? old : older);
  return { devices, old, older };
}

async function retry(
  fleet: TimedFleet,
  { id }: Rollout,
  body: Partial<CallInput<'rollouts.retry'>['body']> = {},
): Promise<Rollout> {
  return fleet.api.call('rollouts.retry', { params: { id }, body });
}

async function clone(fleet: TimedFleet, { id }: Rollout): Promise<Rollout> {
  return fleet.api.call('rollouts.clone', { params: { id }, body: { name: unique('clone') } });
}

async function membersOf(fleet: TimedFleet, { id }: Rollout): Promise<readonly string[]> {
  const query = { filter: `rollout==${id}`, limit: 200 };
  const { items } = await fleet.api.call('assignments.list', { query });
  return items.map(({ device }) => device).toSorted();
}

function specsOf({ phases, filter, release }: Rollout) {
  const specs = phases.map(({ name, size, successPercent, error, soakSeconds, next }) => {
    return { name, size, successPercent, error, soakSeconds, next };
  });
  return { specs, filter, release };
}

/** The returns of a rollout, once there are so many. */
async function returnsOf(fleet: TimedFleet, rollout: Rollout, count: number): Promise<readonly Rollout[]> {
  return eventually(async () => {
    await fleet.server.settleJobs();
    const links = await linksTo(fleet, rollout);
    return links.length >= count ? links : null;
  });
}

/** Names of the members by the release that each rollout leads to. */
async function targetsOf(fleet: TimedFleet, rollouts: readonly Rollout[]): Promise<Readonly<Record<string, unknown>>> {
  const found: Record<string, readonly string[]> = {};
  for (const rollout of rollouts) found[rollout.release.id] = await membersOf(fleet, rollout);
  return found;
}

async function runs(fleet: TimedFleet, { name }: DdiClient): Promise<string | undefined> {
  return (await fleet.api.call('devices.show', { params: { device: name } })).runningRelease?.id;
}

async function typeOf(fleet: TimedFleet, name: string) {
  const { items } = await fleet.api.call('device-types.list', { query: { filter: `name==${name}` } });
  return { params: { id: items[0]?.id ?? '' } };
}

/** Polls, and begins what is offered; tells its wire id. */
async function begin(device: DdiClient): Promise<number> {
  const { deploymentBase = '' } = await device.poll();
  const number = Number(/deploymentBase\/(\d+)/.exec(deploymentBase)?.[1]);
  assert.equal((await device.report(number, { execution: 'proceeding', finished: 'none' })).status, 200);
  return number;
}
