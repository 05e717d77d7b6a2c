import assert from 'node:assert/strict';
import { ASSIGNMENT_QUOTA_CHECKS } from './assignment-quota-checks.ts';
import { contactWritten, eventually, fleetTests, type FleetCheck, type FleetMaker } from './fleet-maker.ts';
import { assign, countsAreFull, carrier, heardAll, report, save, show, total, unique } from './joining-fleet.ts';

/** Devices that come to match a dynamic rollout, or a rule, and what becomes of them. */
export function lateComersContract(maker: FleetMaker): void {
  fleetTests(maker, 'late-comers', CHECKS);
}

const CHECKS: Readonly<Record<string, FleetCheck>> = {
  'late-comers join the last phase of a dynamic rollout, which does not end before it is stopped': async (fleet) => {
    const word = unique('w');
    const [early, later, other] = await Promise.all([fleet.device(), fleet.device(), fleet.device()]);
    await early.attributes({ a: word });
    const draft = {
      release: (await fleet.release()).id,
      filter: `attribute.a==${word}`,
      start: true,
      phases: [{ size: { by: 'count' as const, count: 1 } }, {}],
    };
    const rollouts = [
      await fleet.api.call('rollouts.create', { body: { ...draft, name: unique('r'), policy: { dynamic: true } } }),
      await fleet.api.call('rollouts.create', { body: { ...draft, name: unique('r'), weight: 1 } }),
    ];
    const [dynamic, still] = rollouts;
    assert.ok(dynamic && still);
    await later.attributes({ a: word });
    await total(fleet, dynamic, [1, 1]);
    await heardAll(fleet);
    await total(fleet, still, [1, 0]);
    await other.attributes({ a: word });
    await total(fleet, dynamic, [1, 2]);
    for (const device of [early, later, other]) {
      await eventually(async () => ((await device.poll()).deploymentBase === undefined ? null : true));
      await report(device, {});
    }
    await eventually(async () => ((await show(fleet, dynamic)).counts.succeeded === 3 ? true : null));
    assert.equal((await show(fleet, dynamic)).state, 'running');
    await fleet.api.call('rollouts.change', { params: { id: dynamic.id }, body: { policy: { dynamic: false } } });
    await eventually(async () => ((await show(fleet, dynamic)).state === 'finished' ? true : null));
  },

  'a late-comer is not called silent for the time before it joined': async (fleet) => {
    const word = unique('w');
    const late = await fleet.device();
    await contactWritten(fleet, late);
    const policy = { dynamic: true, timeLimits: { silenceSeconds: 3600 } };
    const body = {
      name: unique('r'),
      release: (await fleet.release()).id,
      filter: `tag==${word}`,
      start: true,
      policy,
    };
    const rollout = await fleet.api.call('rollouts.create', { body });
    fleet.pass(7200);
    await fleet.api.call('tags.put-on', { params: { tag: word }, body: { devices: [late.name] } });
    await total(fleet, rollout, [1]);
    fleet.pass(3000);
    await fleet.server.settleJobs();
    assert.deepEqual((await show(fleet, rollout)).counts, { ready: 1 });
    fleet.pass(1600);
    await eventually(async () => ((await show(fleet, rollout)).counts.failed === 1 ? true : null));
  },

  'a late-comer that is decommissioned or deleted at once is out of the count': async (fleet) => {
    const word = unique('w');
    const [gone, deleted] = await Promise.all([fleet.device(), fleet.device()]);
    const rule = await assign(fleet, await save(fleet, `attribute.a==${word}`), await fleet.release());
    for (const device of [gone, deleted]) await device.attributes({ a: word });
    await fleet.api.call('devices.decommission', { params: { device: gone.name } });
    await fleet.api.call('devices.delete', { params: { device: deleted.name } });
    await heardAll(fleet);
    const { counts, total: members } = await carrier(fleet, rule);
    assert.deepEqual([(counts.canceled ?? 0) + 0, counts.ready], [members, undefined]);
  },

  ...ASSIGNMENT_QUOTA_CHECKS,

  'the counts are those of a full count': async (fleet) => {
    await heardAll(fleet);
    await countsAreFull(fleet);
  },
};
