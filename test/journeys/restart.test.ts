import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { hashOf } from '../devices/slot-image.ts';
import { SAYS } from '../devices/swupdate-words.ts';
import { assign, eventsUpTo, reportsOf, untilShown, wordsAbout } from './assignments.ts';
import type { Database } from './databases.ts';
import { Lab, NEW_VERSION } from './lab.ts';
import { assignmentIn } from './rollouts.ts';
import { takeUpdate } from './take-update.ts';
import { until } from './until.ts';

const LIMITS = { timeout: 240_000 };
const DATABASES: readonly Database[] = ['sqlite', 'postgresql'];

suite('an update ends at the restart', { concurrency: 2 }, () => {
  for (const database of DATABASES) {
    test(`an update counts when the device has booted it and says so (${database})`, LIMITS, (t) =>
      booted(t, database),
    );
    test(`a device that could not boot the update has rolled back (${database})`, LIMITS, (t) =>
      rolledBack(t, database),
    );
  }

  test('a device that restarts without its boot script installs the update again', LIMITS, async (t) => {
    await using lab = await Lab.open(t);
    if (lab === undefined) return;
    const { api, newImage } = lab;
    const device = await lab.addDevice();
    const number = await assign(api, device.name, { release: await lab.publishFor(device) });
    await device.start();
    await device.pollNow();
    await device.waitForLog(SAYS.installed);
    await untilShown(api, number, 'verifying');
    await device.stop();
    await device.start();
    const { attempts } = await takeUpdate(api, device, number);
    assert.deepEqual(
      attempts.map(({ ordinal, evidence }) => ({ ordinal, evidence })),
      [{ ordinal: 1, evidence: ['confirmed'] }],
    );
    assert.match(await wordsAbout(api, number), /Update Installed, Testing Pending\./);
    assert.equal(await device.slotHash('B'), hashOf(newImage));
  });
});

async function booted(t: TestContext, database: Database): Promise<void> {
  await using lab = await Lab.open(t, { database });
  if (lab === undefined) return;
  const { api, oldImage, newImage } = lab;
  const device = await lab.addDevice();
  const release = await lab.publishFor(device);
  const rollout = await api.call('rollouts.create', {
    body: { name: 'spring', release, filter: 'name==gw-1', start: true },
  });
  const number = await assignmentIn(api, rollout.id, 'gw-1');

  await device.start();
  await device.pollNow();
  await device.waitForLog(SAYS.installed);
  await untilShown(api, number, 'verifying');
  await device.waitForLog(SAYS.awaitingReboot);
  const waiting = await untilShown(api, number, 'verifying');
  assert.deepEqual(
    waiting.attempts.map(({ state, evidence }) => ({ state, evidence })),
    [{ state: 'verifying', evidence: [] }],
  );
  assert.equal((await api.call('devices.show', { params: { device: 'gw-1' } })).runningRelease, null);

  await device.reboot('boots-new');
  const { attempts, endedAt } = await untilShown(api, number, 'succeeded');
  assert.deepEqual(
    attempts.map(({ state, evidence }) => ({ state, evidence })),
    [{ state: 'succeeded', evidence: ['confirmed'] }],
  );
  assert.notEqual(endedAt, null);
  assert.equal(await device.slotHash('A'), hashOf(oldImage));
  assert.equal(await device.slotHash('B'), hashOf(newImage));
  assert.deepEqual([device.runningSlot, await device.runningVersion()], ['B', NEW_VERSION]);

  const shown = await until({
    what: 'the attribute of the new version',
    look: () => api.call('devices.show', { params: { device: 'gw-1' } }),
    isIt: ({ attributes }) => attributes['version'] === NEW_VERSION,
  });
  assert.equal(shown.runningRelease?.id, release);
  assert.equal(shown.assignment, null);
  assert.deepEqual(await eventsUpTo(api, number, 'assignment.succeeded'), [
    'attempt.offered',
    'attempt.download-started',
    'attempt.downloaded',
    'attempt.install-started',
    'attempt.installed',
    'attempt.succeeded',
    'assignment.succeeded',
  ]);
  const ended = await until({
    what: 'the end of the rollout',
    look: () => api.call('rollouts.show', { params: { id: rollout.id } }),
    isIt: ({ state }) => state === 'finished',
  });
  assert.deepEqual([ended.total, ended.counts], [1, { succeeded: 1 }]);
}

async function rolledBack(t: TestContext, database: Database): Promise<void> {
  await using lab = await Lab.open(t, { database });
  if (lab === undefined) return;
  const { api, oldImage, newImage } = lab;
  const device = await lab.addDevice();
  const number = await assign(api, device.name, { release: await lab.publishFor(device) });

  await device.start();
  await device.pollNow();
  await device.waitForLog(SAYS.installed);
  await untilShown(api, number, 'verifying');
  await device.reboot('boot-fails');
  const { attempts, reason, message } = await untilShown(api, number, 'failed');
  assert.deepEqual(
    attempts.map(({ state, evidence }) => ({ state, evidence })),
    [{ state: 'rolled-back', evidence: [] }],
  );
  assert.deepEqual([reason, message], ['rolled-back', 'Update Failed.']);
  const last = (await reportsOf(api, number)).at(-1);
  assert.deepEqual([last?.kind, last?.details], ['rolled-back', ['Update Failed.']]);
  const names = await eventsUpTo(api, number, 'assignment.failed');
  assert.deepEqual(names.slice(-2), ['attempt.rolled-back', 'assignment.failed']);
  assert.equal(await device.slotHash('A'), hashOf(oldImage));
  assert.equal(await device.slotHash('B'), hashOf(newImage));
  assert.equal(device.runningSlot, 'A');
  assert.equal((await api.call('devices.show', { params: { device: 'gw-1' } })).runningRelease, null);
}
