import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hashOf, makeImage } from '../devices/slot-image.ts';
import { assign, eventsOf, untilShown } from './assignments.ts';
import { AFTER_A_FAILURE_BYTES, Lab, POLLS_APART } from './lab.ts';
import { assignmentIn, startRollout } from './rollouts.ts';
import { takeUpdate } from './take-update.ts';

const LIMITS = { timeout: 240_000 };
const NEWER = '2.0.1';
const PACE = { maxDownloadSpeed: '2M' };

suite('a release that a newer one supersedes', { concurrency: 2 }, () => {
  for (const by of ['a direct assignment', 'a rollout'] as const)
    test(`a device that is downloading leaves it for ${by}`, LIMITS, async (t) => {
      await using lab = await Lab.open(t, { imageBytes: 24 * 1024 * 1024, pollInterval: POLLS_APART });
      if (lab === undefined) return;
      const { api, newImage } = lab;
      const device = await lab.addDevice({ pace: PACE });
      const old = await assign(api, device.name, {
        release: await lab.publishFor(device, { installedDirectly: true }),
      });
      const image = makeImage(NEWER, AFTER_A_FAILURE_BYTES);
      const release = await lab.publishFor(device, { version: NEWER, image });

      await device.start();
      await device.pollNow();
      await device.waitForLog(/Installing STREAM rootfs.img/);
      const next =
        by === 'a rollout'
          ? await assignmentIn(api, await startRollout(api, { name: 'newer', release }), device.name)
          : await assign(api, device.name, { release });
      const { attempts } = await untilShown(api, old, 'superseded');
      assert.deepEqual(
        attempts.map(({ state }) => state),
        ['canceled'],
      );
      assert.deepEqual((await eventsOf(api, old)).slice(-3), [
        'attempt.cancel-asked',
        'attempt.canceled',
        'assignment.superseded',
      ]);
      await takeUpdate(api, device, next);
      assert.notEqual(await device.slotHash('B'), hashOf(newImage));
      assert.equal(await device.slotHash('B', image.length), hashOf(image));
    });
});
