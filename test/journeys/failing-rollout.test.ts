import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { SwupdateDevice } from '../devices/swupdate-device.ts';
import { SAYS } from '../devices/swupdate-words.ts';
import { assign, untilShown } from './assignments.ts';
import { Lab, OLD_VERSION } from './lab.ts';
import { assignmentIn, shutGates, startRollout, untilRollout } from './rollouts.ts';
import { takeUpdate } from './take-update.ts';
import { until } from './until.ts';

const LIMITS = { timeout: 240_000 };
const AT_THE_FIRST_ERROR = { percent: 0, minimum: 1 };

suite('a rollout whose update fails', { concurrency: 2 }, () => {
  test('a first phase that fails stops the second, whose device is offered nothing', LIMITS, async (t) => {
    await using lab = await Lab.open(t);
    if (lab === undefined) return;
    const { api } = lab;
    const devices = await Promise.all(['gw-1', 'gw-2'].map((name) => lab.addDevice({ name })));
    const rollout = await startRollout(api, {
      name: 'two phases',
      release: await lab.publishFor(devices[0] as SwupdateDevice),
      policy: { onFailure: 'stop' },
      phases: [{ size: { by: 'count', count: 1 }, error: AT_THE_FIRST_ERROR }, { size: { by: 'rest' } }],
    });
    await Promise.all(devices.map((device) => device.start()));
    const [first, second] = await inOrder(lab, rollout, devices);
    const [gate] = await shutGates(api, second.device.name);
    assert.equal(gate?.gate, 'phase-started');

    await first.device.waitForLog(SAYS.installed);
    await untilShown(api, first.number, 'verifying');
    await first.device.reboot('boot-fails');
    const failed = await untilShown(api, first.number, 'failed');
    const stopped = await untilRollout(api, rollout, ({ state }) => state === 'stopped');
    assert.deepEqual(
      [stopped.reason, stopped.counts, stopped.phases.map(({ erred }) => erred)],
      ['error-threshold', { failed: 1, canceled: 1 }, [1, 0]],
    );
    assert.equal(failed.attempts.length, 1);
    const canceled = await untilShown(api, second.number, 'canceled');
    assert.deepEqual(canceled.attempts, []);
    assert.equal(await second.device.runningVersion(), OLD_VERSION);
  });

  test('those that took the release return to the one before', LIMITS, async (t) => {
    await using lab = await Lab.open(t);
    if (lab === undefined) return;
    const { api, oldImage } = lab;
    await api.call('device-types.create', {
      body: { name: 'gateway', versionAttribute: 'version', downgrade: 'allowed' },
    });
    const good = await lab.addDevice({ name: 'gw-1', type: 'gateway' });
    const bad = await lab.addDevice({ name: 'gw-2', type: 'gateway' });
    const before = await lab.publishFor(good, { version: OLD_VERSION, image: oldImage });
    await good.start();
    await takeUpdate(api, good, await assign(api, good.name, { release: before }));

    const rollout = await startRollout(api, {
      name: 'comes back',
      release: await lab.publishFor(good),
      policy: { onFailure: 'return' },
      phases: [{ error: AT_THE_FIRST_ERROR }],
    });
    await takeUpdate(api, good, await assignmentIn(api, rollout, good.name));
    await bad.start();
    const number = await assignmentIn(api, rollout, bad.name);
    await bad.waitForLog(SAYS.installed);
    await untilShown(api, number, 'verifying');
    await bad.reboot('boot-fails');
    await untilShown(api, number, 'failed');

    const back = await theReturnOf(lab, rollout);
    const returned = await takeUpdate(api, good, await assignmentIn(api, back.id, good.name));
    assert.equal(returned.release.id, before);
    assert.equal(await good.runningVersion(), OLD_VERSION);
    const { runningRelease } = await api.call('devices.show', { params: { device: good.name } });
    assert.equal(runningRelease?.id, before);
    const finished = await untilRollout(api, back.id, ({ state }) => state === 'finished');
    assert.deepEqual([finished.parent, finished.relation, finished.counts], [rollout, 'return', { succeeded: 1 }]);
  });
});

type Member = { readonly device: SwupdateDevice; readonly number: number };

/** The members of a rollout of two phases of one device each, in the order of the phases. */
async function inOrder(lab: Lab, rollout: string, devices: readonly SwupdateDevice[]): Promise<[Member, Member]> {
  await untilRollout(lab.api, rollout, ({ phases: [one] }) => one?.state === 'started');
  const members = await Promise.all(
    devices.map(async (device) => ({ device, number: await assignmentIn(lab.api, rollout, device.name) })),
  );
  const waits = await Promise.all(
    members.map(async ({ device }) =>
      (await shutGates(lab.api, device.name)).some(({ gate }) => gate === 'phase-started'),
    ),
  );
  const [first] = members.filter((_, index) => waits[index] !== true);
  const [second] = members.filter((_, index) => waits[index] === true);
  assert.ok(first !== undefined && second !== undefined, 'no phase waits for the other');
  return [first, second];
}

async function theReturnOf({ api }: Lab, rollout: string): Promise<{ readonly id: string }> {
  const [back, ...more] = await until({
    what: `the return of rollout ${rollout}`,
    look: async () => (await api.call('rollouts.list')).items.filter(({ parent }) => parent === rollout),
    isIt: (returns) => returns.length > 0,
  });
  assert.ok(back !== undefined && more.length === 0);
  return back;
}
