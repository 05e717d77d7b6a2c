import assert from 'node:assert/strict';
import type { CallInput } from '@updraft/protocols';
import type { DdiClient } from '../a-fleet.ts';
import { contactWritten, fleetTests, type FleetCheck, type FleetMaker, type TimedFleet } from './fleet-maker.ts';
import { report } from './joining-fleet.ts';

type Policy = NonNullable<CallInput<'assignments.create'>['body']['policy']>;

/** A direct assignment under the policies that rollouts have. */
export function directAssignmentContract(maker: FleetMaker): void {
  fleetTests(maker, 'direct assignments under a policy', CHECKS);
}

const HOUR_MS = 3_600_000;

const CHECKS: Readonly<Record<string, FleetCheck>> = {
  'outside its window a device that was assigned directly gets nothing, and why says when it opens': async (fleet) => {
    const device = await fleet.device();
    await contactWritten(fleet, device);
    const opens = new Date(Math.ceil((await fleet.server.store.now()) / HOUR_MS + 1) * HOUR_MS);
    const windows = [{ cron: `0 0 ${opens.getUTCHours()} ? * *`, durationSeconds: 3600 }];
    await assign(fleet, [device], { windows: { windows, zone: 'UTC' } });
    assert.equal((await device.poll()).deploymentBase, undefined);
    const why = await fleet.api.call('devices.why', { params: { device: device.name } });
    const shut = why.gates.filter(({ passed }) => !passed);
    assert.deepEqual(
      shut.map(({ gate, nextChange }) => [gate, nextChange]),
      [['window', opens.toISOString()]],
    );
    fleet.pass((opens.getTime() - (await fleet.server.store.now())) / 1000 + 1);
    assert.ok((await device.poll()).deploymentBase);
  },

  'the pace of a direct assignment counts its devices, and frees a place with each that ends': async (fleet) => {
    const [one, two] = await Promise.all([fleet.device(), fleet.device()]);
    await assign(fleet, [one, two], { pace: { parallel: 1 } });
    assert.ok((await one.poll()).deploymentBase);
    assert.equal((await two.poll()).deploymentBase, undefined);
    await report(one, {});
    assert.ok((await two.poll()).deploymentBase);
  },

  'its action and its retries are those of its policy': async (fleet) => {
    const device = await fleet.device();
    const policy = { action: { kind: 'soft' as const }, retries: { limit: 1, firstSeconds: 60, jitterPercent: 0 } };
    const number = await assign(fleet, [device], policy);
    const { deploymentBase = '' } = await device.poll();
    const { deployment } = JSON.parse((await device.ask(deploymentBase)).text) as { deployment: { update: string } };
    assert.equal(deployment.update, 'attempt');
    await report(device, { finished: 'failure' });
    assert.equal((await fleet.assignment(number)).failedAttempts, 1);
    assert.equal((await device.poll()).deploymentBase, undefined);
    fleet.pass(61);
    await report(device, {});
    assert.equal((await fleet.assignment(number)).state, 'succeeded');
  },

  'what cannot be meant is refused with its place, and nothing is assigned': async (fleet) => {
    const device = await fleet.device();
    const never = { windows: [{ cron: '0 0 3 31 2 ?', durationSeconds: 60 }] };
    const cases: readonly (readonly [Policy, string])[] = [
      [{ windows: never }, 'cron-never-fires'],
      [
        { windows: { zone: 'Europe/Atlantis', windows: [{ cron: '0 0 3 ? * *', durationSeconds: 60 }] } },
        'zone-unknown',
      ],
    ];
    for (const [policy, reason] of cases)
      await assert.rejects(assign(fleet, [device], policy), { code: 'rollout-impossible', reason });
    assert.equal((await device.poll()).deploymentBase, undefined);
  },

  'it starts at once, asks nobody for approval, and ends with its devices': async (fleet) => {
    const device = await fleet.device();
    const policy = { start: { by: 'hand' }, approval: 'required', dynamic: true } as const;
    const { rollout } = await fleet.assignment(await assign(fleet, [device], policy));
    await report(device, {});
    await fleet.server.settleJobs();
    const { kind, state } = await fleet.api.call('rollouts.show', { params: { id: rollout } });
    assert.deepEqual([kind, state], ['direct', 'finished']);
  },
};

/** Tells the number of the first device's assignment. */
async function assign(fleet: TimedFleet, devices: readonly DdiClient[], policy: Policy): Promise<number> {
  const { id } = await fleet.release();
  const body = { release: id, devices: devices.map(({ name }) => name), policy };
  return (await fleet.api.call('assignments.create', { body })).assigned[0]?.number ?? 0;
}
