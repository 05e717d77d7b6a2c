import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hashOf } from '../devices/slot-image.ts';
import { assign } from './assignments.ts';
import { Lab } from './lab.ts';
import { takeUpdate } from './take-update.ts';

const LIMITS = { timeout: 240_000 };
const ARTIFACTS = /\/softwaremodules\/.*\/artifacts\//;
const PARTIAL_CONTENT = 206;
/** The bytes of the image have begun to arrive in the slot. */
const STREAMING = /Installing STREAM rootfs.img/;

suite('a download that breaks off', { concurrency: 2 }, () => {
  test('a device goes on with its download where a server that was killed had stopped', LIMITS, async (t) => {
    // More than the sockets hold at this speed: what they hold is still read when the server is gone.
    await using lab = await Lab.open(t, { imageBytes: 24 * 1024 * 1024 });
    if (lab === undefined) return;
    const { api, server, newImage } = lab;
    const device = await lab.addDevice({ pace: { maxDownloadSpeed: '3M' } });
    const number = await assign(api, device.name, {
      release: await lab.publishFor(device, { installedDirectly: true }),
    });

    await device.start();
    await device.pollNow();
    await device.waitForLog(STREAMING);
    await server.kill9();
    await server.restart();
    const { attempts } = await takeUpdate(api, device, number);
    assert.notEqual(await server.countAnswers({ route: ARTIFACTS, status: PARTIAL_CONTENT }), 0);
    assert.deepEqual(
      attempts.map(({ ordinal, evidence }) => ({ ordinal, evidence })),
      [{ ordinal: 1, evidence: ['confirmed'] }],
    );
    assert.equal(await device.slotHash('B'), hashOf(newImage));
  });

  test(
    'a device whose power fails in the middle of an installation installs it at its next start',
    LIMITS,
    async (t) => {
      await using lab = await Lab.open(t, { imageBytes: 4 * 1024 * 1024 });
      if (lab === undefined) return;
      const { api, oldImage, newImage } = lab;
      const device = await lab.addDevice({ pace: { maxDownloadSpeed: '1M' } });
      const number = await assign(api, device.name, {
        release: await lab.publishFor(device, { installedDirectly: true }),
      });

      await device.start();
      await device.pollNow();
      await device.waitForLog(STREAMING);
      await device.cutPower();
      assert.notEqual(await device.slotHash('B'), hashOf(newImage));
      assert.equal(await device.slotHash('A'), hashOf(oldImage));

      await device.start();
      await device.pollNow();
      const { attempts } = await takeUpdate(api, device, number);
      assert.deepEqual(
        attempts.map(({ ordinal, evidence }) => ({ ordinal, evidence })),
        [{ ordinal: 1, evidence: ['confirmed'] }],
      );
      assert.equal(await device.slotHash('B'), hashOf(newImage));
    },
  );
});
