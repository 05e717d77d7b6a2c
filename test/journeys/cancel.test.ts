import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hashOf, makeImage } from '../devices/slot-image.ts';
import { SAYS } from '../devices/swupdate-words.ts';
import { assign, eventsOf, reportsOf, untilShown } from './assignments.ts';
import { AFTER_A_FAILURE_BYTES, Lab, POLLS_APART, POLLS_WHEN_TOLD } from './lab.ts';
import { takeUpdate } from './take-update.ts';

const LIMITS = { timeout: 240_000 };

suite('an assignment that is canceled', { concurrency: 2 }, () => {
  test('a device that has been offered an update, and is asked in time, leaves it', LIMITS, async (t) => {
    await using lab = await Lab.open(t, { pollInterval: POLLS_WHEN_TOLD });
    if (lab === undefined) return;
    const { api, oldImage } = lab;
    const device = await lab.addDevice();
    const number = await assign(api, device.name, { release: await lab.publishFor(device) });

    await device.start();
    await untilShown(api, number, 'offered');
    const asked = await api.call('assignments.cancel', { params: { number } });
    assert.equal(asked.state, 'canceling');
    await device.pollNow();
    const { attempts } = await untilShown(api, number, 'canceled');
    assert.deepEqual(
      attempts.map(({ state, begunAt }) => ({ state, begunAt })),
      [{ state: 'canceled', begunAt: null }],
    );
    assert.deepEqual(await eventsOf(api, number), [
      'attempt.offered',
      'attempt.cancel-asked',
      'attempt.canceled',
      'assignment.canceled',
    ]);
    assert.equal((await reportsOf(api, number)).at(-1)?.kind, 'cancel-acknowledged');
    assert.equal(await device.slotHash('A'), hashOf(oldImage));
    assert.equal(await device.slotHash('B'), hashOf(Buffer.alloc(oldImage.length)));
  });

  test('a device that is downloading breaks off, and takes the next update as ever', LIMITS, async (t) => {
    await using lab = await Lab.open(t, { imageBytes: 24 * 1024 * 1024, pollInterval: POLLS_APART });
    if (lab === undefined) return;
    const { api, oldImage, newImage } = lab;
    const device = await lab.addDevice({ pace: { maxDownloadSpeed: '2M' } });
    const number = await assign(api, device.name, {
      release: await lab.publishFor(device, { installedDirectly: true }),
    });

    await device.start();
    await device.pollNow();
    await device.waitForLog(/Installing STREAM rootfs.img/);
    await api.call('assignments.cancel', { params: { number } });
    await untilShown(api, number, 'canceled');
    assert.deepEqual((await eventsOf(api, number)).slice(-3), [
      'attempt.cancel-asked',
      'attempt.canceled',
      'assignment.canceled',
    ]);
    assert.notEqual(await device.slotHash('B'), hashOf(newImage));
    assert.equal(await device.slotHash('A'), hashOf(oldImage));

    await device.waitForLog(SAYS.brokenOff);
    const image = makeImage('2.0.1', AFTER_A_FAILURE_BYTES);
    const next = await assign(api, device.name, {
      release: await lab.publishFor(device, { version: '2.0.1', image }),
    });
    await takeUpdate(api, device, next);
    assert.equal(await device.slotHash('B', image.length), hashOf(image));
  });
});
