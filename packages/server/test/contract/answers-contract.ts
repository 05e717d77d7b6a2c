import assert from 'node:assert/strict';
import type { PollStamp } from '@updraft/store';
import { SWUPDATE_SAYS, type DdiClient } from '../a-fleet.ts';
import { contactWritten, fleetTests, type FleetCheck, type FleetMaker, type TimedFleet } from './fleet-maker.ts';

/** What the data's design promises beyond what devices and operators see at once (design: 6-data, answers 3, 16, 22, 23). */
export function answersContract(maker: FleetMaker): void {
  fleetTests(maker, 'the data', CHECKS);
}

const CHECKS: Readonly<Record<string, FleetCheck>> = {
  'no attempt is born by looking, and the first fetch of an offer is noted once': async (fleet) => {
    const device = await fleet.device();
    const { id } = await rollout(fleet, [device], { start: false });
    await device.poll();
    await fleet.api.call('devices.why', { params: { device: device.name } });
    await device.ask('deploymentBase/1');
    assert.deepEqual(await reportsOf(fleet, device), null, 'no attempt');
    await fleet.api.call('rollouts.start', { params: { id } });
    const { deploymentBase = '' } = await device.poll();
    assert.deepEqual(await reportsOf(fleet, device), []);
    for (let fetch = 0; fetch < 3; fetch += 1) assert.equal((await device.ask(deploymentBase)).status, 200);
    assert.deepEqual(await reportsOf(fleet, device), ['retrieved']);
  },

  'what has erred is in its phase at once; other counts are deltas until they are folded, and the same before and after':
    async (fleet) => {
      const devices = [await fleet.device(), await fleet.device(), await fleet.device()];
      const { id } = await rollout(fleet, devices, { start: true });
      const [failing] = devices as [DdiClient];
      await failing.report(await offered(failing), SWUPDATE_SAYS.installFailed);
      const before = await fleet.api.call('rollouts.show', { params: { id } });
      assert.equal(before.phases[0]?.erred, 1);
      assert.deepEqual(before.counts, { failed: 1, ready: 2 });
      await fleet.server.settleJobs();
      const { reader } = fleet.server.store;
      assert.deepEqual(await reader.selectFrom('counter_delta').selectAll().execute(), []);
      assert.deepEqual((await fleet.api.call('rollouts.show', { params: { id } })).counts, before.counts);
    },

  'the counts of a rollout, which come from counters, are those of the lists of its assignments': async (fleet) => {
    const devices = await Promise.all(Array.from({ length: 6 }, () => fleet.device()));
    const phases = [{ size: { by: 'percent', percent: 50 } } as const, { size: { by: 'rest' } } as const];
    const { id } = await rollout(fleet, devices, { start: true, phases });
    for (const [at, device] of devices.entries()) {
      const { deploymentBase } = await device.poll();
      if (deploymentBase === undefined || at % 3 === 0) continue;
      await device.report(wireId(deploymentBase), at % 3 === 1 ? SWUPDATE_SAYS.start : SWUPDATE_SAYS.success);
    }
    const { counts, total } = await fleet.api.call('rollouts.show', { params: { id } });
    assert.equal(total, devices.length);
    assert.equal(counts.scheduled, 3, 'members of a phase that is not started');
    for (const [state, n] of Object.entries(counts)) {
      const filter = `rollout==${id};state==${state}`;
      assert.equal((await fleet.api.call('assignments.list', { query: { filter } })).total, n, state);
    }
  },

  'whatever may change what a device is answered changes the stamp of its answer': async (fleet) => {
    for (const [what, act] of Object.entries(STAMPED)) {
      const device = await fleet.device();
      const { id } = await rollout(fleet, [device], { start: true });
      const number = await offered(device);
      await fleet.server.settleJobs();
      const before = await stampOf(fleet, device);
      await act(fleet, { device, rollout: id, number });
      assert.notDeepEqual(await stampOf(fleet, device), before, what);
    }
  },

  'what no gate reads drops no remembered answer: contacts, the counts of others, and the folding of counts': async (
    fleet,
  ) => {
    const [device, other] = [await fleet.device(), await fleet.device()];
    await rollout(fleet, [device], { start: true });
    await rollout(fleet, [other], { start: true });
    await offered(device);
    const number = await offered(other);
    await fleet.server.settleJobs();
    const before = await stampOf(fleet, device);
    await contactWritten(fleet, device);
    await other.report(number, SWUPDATE_SAYS.start);
    await fleet.server.settleJobs();
    assert.deepEqual(await stampOf(fleet, device), before);
  },
};

type Subject = { readonly device: DdiClient; readonly rollout: string; readonly number: number };
type Act = (fleet: TimedFleet, subject: Subject) => Promise<unknown>;

const STAMPED: Readonly<Record<string, Act>> = {
  'a pause': ({ api }, { rollout: id }) => api.call('rollouts.pause', { params: { id } }),
  'a stop': ({ api }, { rollout: id }) => api.call('rollouts.stop', { params: { id } }),
  'another policy': ({ api }, { rollout: id }) =>
    api.call('rollouts.change', { params: { id }, body: { policy: { action: { kind: 'soft' } } } }),
  'a cancellation': ({ api }, { number }) => api.call('assignments.cancel', { params: { number } }),
  'another assignment': async (fleet, { device }) => fleet.assign(await fleet.release(), device),
  'a report': (_, { device, number }) => device.report(number, SWUPDATE_SAYS.start),
  attributes: (_, { device }) => device.attributes({ hw: 'b' }),
  'the wish for attributes': ({ api }, { device: { name } }) =>
    api.call('devices.request-attributes', { params: { device: name } }),
  'another token': ({ api }, { device: { name } }) => api.call('devices.renew-token', { params: { device: name } }),
  'the end of its service': ({ api }, { device: { name } }) =>
    api.call('devices.decommission', { params: { device: name } }),
  'another device type': async ({ api }, { device: { name } }) => {
    const { name: type } = await api.call('device-types.create', { body: { name: `type of ${name}` } });
    await api.call('devices.change', { params: { device: name }, body: { type } });
  },
  'another poll interval': async ({ api }) => {
    const { pollInterval } = await api.call('settings.show');
    const body = { pollInterval: pollInterval === '00:05:00' ? '00:06:00' : '00:05:00' };
    await api.call('settings.change', { body });
  },
  'a new gateway token': ({ api }, { device: { name } }) =>
    api.call('gateway-tokens.create', { body: { name: `for ${name}` } }),
};

type Wish = {
  readonly start: boolean;
  readonly phases?: readonly {
    readonly size: { readonly by: 'percent'; readonly percent: number } | { readonly by: 'rest' };
  }[];
};

async function rollout(fleet: TimedFleet, devices: readonly DdiClient[], { start, phases }: Wish) {
  const release = await fleet.release();
  const filter = `name=in=(${devices.map(({ name }) => name).join(',')})`;
  const body = { name: release.name, release: release.id, filter, start };
  return fleet.api.call('rollouts.create', { body: phases === undefined ? body : { ...body, phases: [...phases] } });
}

/** Polls until nothing more is to be settled; gives the wire id that is offered. */
async function offered(device: DdiClient): Promise<number> {
  const { deploymentBase } = await device.poll();
  return wireId(deploymentBase ?? assert.fail(`${device.name} is offered nothing`));
}

function wireId(link: string): number {
  return Number(/deploymentBase\/(\d+)/.exec(link)?.[1]);
}

/** Kinds of the reports of a device's attempt, in order; null where it has none. */
async function reportsOf({ server }: TimedFleet, device: DdiClient): Promise<readonly string[] | null> {
  const { reader } = server.store;
  const attempt = await reader
    .selectFrom('attempt')
    .innerJoin('device', 'device.id', 'attempt.device')
    .select('attempt.id')
    .where('device.name', '=', device.name)
    .executeTakeFirst();
  if (attempt === undefined) return null;
  const reports = reader.selectFrom('report').select('kind').where('attempt', '=', attempt.id).orderBy('id');
  return (await reports.execute()).map(({ kind }) => kind);
}

async function stampOf({ server }: TimedFleet, { name }: DdiClient): Promise<PollStamp | undefined> {
  return server.store.reader
    .selectFrom('device')
    .innerJoin('tenant', 'tenant.id', 'device.tenant')
    .select(['device.revision as deviceRevision', 'tenant.rollouts_revision as rolloutsRevision'])
    .where('device.name', '=', name)
    .executeTakeFirst();
}
