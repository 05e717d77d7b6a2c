import assert from 'node:assert/strict';
import type { CallAnswer, CallInput } from '@updraft/protocols';
import { SWUPDATE_SAYS, type DdiClient } from '../a-fleet.ts';
import { contactWritten, fleetTests, type FleetCheck, type FleetMaker, type TimedFleet } from './fleet-maker.ts';
import { report } from './joining-fleet.ts';

type Made = CallAnswer<'assignments.create'>;
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

  'what was assigned directly is told as that, and names no rollout': async (fleet) => {
    const device = await fleet.device();
    await assign(fleet, [device], {});
    await report(device, {});
    const { summary } = await fleet.api.call('devices.why', { params: { device: device.name } });
    assert.match(
      summary,
      /^Nothing is assigned to this device; the last, .*, assigned directly, ended as succeeded\.$/,
    );
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

  'what may surprise is told in the words of rollouts, and nothing of what is usual': async (fleet) => {
    const type = `slow-${Math.random()}`;
    await fleet.api.call('device-types.create', { body: { name: type } });
    const device = await fleet.device({ type });
    const { number } = await fleet.assign(await fleet.release(), device);
    await device.report(number, SWUPDATE_SAYS.start);
    fleet.pass(600);
    await device.report(number, { details: ['done'] });
    await fleet.server.writeContacts();
    await fleet.server.store.commands.run('history.measure', undefined);
    const policy = {
      action: { kind: 'time-forced' as const, forcedAt: '2020-01-01T00:00:00Z' },
      windows: { windows: [{ cron: '0 0 22 ? * *', durationSeconds: 60 }] },
      timeLimits: { installingSeconds: 90 },
    };
    const release = await fleet.release('1.0', { deviceTypes: [type] });
    const body = { release: release.id, filter: `name==${device.name}`, policy };
    const { warnings: asRollout } = await fleet.api.call('rollouts.preview', { body });
    const direct = await made(fleet, [device], { policy, release: release.id });
    assert.deepEqual(
      asRollout.map(({ code }) => code),
      ['forced-at-in-the-past', 'limit-under-install', 'window-too-short'],
    );
    assert.deepEqual(direct.warnings, asRollout, 'the same words');
    assert.deepEqual([direct.assigned.length, direct.held], [1, []]);
    const usual = await made(fleet, [device], {});
    assert.deepEqual([usual.warnings, usual.held], [[], []]);
  },

  'windows that an emergency ignores, and what only rollouts have, are told of': async (fleet) => {
    const device = await fleet.device();
    await contactWritten(fleet, device);
    const windows = { windows: [{ cron: '0 0 22 ? * *', durationSeconds: 36_000 }] };
    const policy: Policy = {
      windows,
      emergency: true,
      start: { by: 'hand' },
      approval: 'required',
      dynamic: true,
      onFailure: 'return',
    };
    const { warnings } = await made(fleet, [device], { policy });
    assert.deepEqual(
      warnings.map(({ code, path, severity }) => [code, path, severity]),
      [
        ['direct-ignores', 'policy.start', 'warned'],
        ['direct-ignores', 'policy.approval', 'warned'],
        ['direct-ignores', 'policy.dynamic', 'warned'],
        ['direct-ignores', 'policy.onFailure', 'warned'],
        ['windows-ignored', 'policy.emergency', 'warned'],
      ],
    );
  },

  'who has to wait is told with the reason, as a preview of a rollout tells it; a repetition tells the same': async (
    fleet,
  ) => {
    const [known, unknown, busy] = [await fleet.device(), await fleet.device(), await fleet.device()];
    for (const device of [known, busy]) await contactWritten(fleet, device);
    await fleet.assign(await fleet.release(), busy, 1000);
    const release = await fleet.release();
    const devices = [known, unknown, busy];
    const filter = `name=in=(${devices.map(({ name }) => name).join(',')})`;
    const preview = await fleet.api.call('rollouts.preview', { body: { release: release.id, filter, weight: 900 } });
    const body = JSON.stringify({ release: release.id, devices: devices.map(({ name }) => name), weight: 900 });
    const headers = { 'content-type': 'application/json', 'idempotency-key': `held-${release.id}` };
    const post = async () =>
      (await (await fleet.fetch('/api/v1/assignments', { method: 'POST', body, headers })).json()) as Made;
    const first = await post();
    assert.deepEqual(first.held, [
      { reason: 'lower-weight', count: 1, examples: [busy.name] },
      { reason: 'never-in-contact', count: 1, examples: [unknown.name] },
    ]);
    assert.deepEqual(preview.held, first.held);
    assert.deepEqual(await post(), first);
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

async function made(
  fleet: TimedFleet,
  devices: readonly DdiClient[],
  { release, policy }: { readonly release?: string; readonly policy?: Policy },
): Promise<Made> {
  const id = release ?? (await fleet.release()).id;
  const names = devices.map(({ name }) => name);
  const given = policy === undefined ? {} : { policy };
  return fleet.api.call('assignments.create', { body: { release: id, devices: names, ...given } });
}

/** Tells the number of the first device's assignment. */
async function assign(fleet: TimedFleet, devices: readonly DdiClient[], policy: Policy): Promise<number> {
  const { id } = await fleet.release();
  const body = { release: id, devices: devices.map(({ name }) => name), policy };
  return (await fleet.api.call('assignments.create', { body })).assigned[0]?.number ?? 0;
}
