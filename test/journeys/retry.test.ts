import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hashOf } from '../devices/slot-image.ts';
import { untilShown } from './assignments.ts';
import { CutLink } from './cut-link.ts';
import { Lab } from './lab.ts';
import { assignmentIn, startRollout, untilRollout } from './rollouts.ts';
import { takeUpdate } from './take-update.ts';
import { until } from './until.ts';

const LIMITS = { timeout: 240_000 };
const RETRIES = { limit: 2, on: ['failed' as const], firstSeconds: 3, factor: 1, jitterPercent: 0 };
const IMAGE_BYTES = 4 * 1024 * 1024;
/** Polls and reports fit, a bundle does not. */
const CUT_AFTER_BYTES = 1024 * 1024;

suite('an update that is tried again', () => {
  test('a device whose download is cut for good gets a new attempt after the back-off', LIMITS, async (t) => {
    await using lab = await Lab.open(t, { imageBytes: IMAGE_BYTES });
    if (lab === undefined) return;
    const { api, newImage } = lab;
    await using link = await CutLink.open(lab.server.url, CUT_AFTER_BYTES);
    const device = await lab.addDevice({ serverUrl: link.url, pace: { retries: 1 } });
    const release = await lab.publishFor(device, { installedDirectly: true });
    const rollout = await startRollout(api, { name: 'again', release, policy: { retries: RETRIES } });
    const number = await assignmentIn(api, rollout, device.name);

    await device.start();
    await device.pollNow();
    const { failedAttempts, notBefore } = await until({
      what: 'the failure of the first attempt',
      look: () => api.call('assignments.show', { params: { number } }),
      isIt: (assignment) => assignment.failedAttempts > 0,
    });
    assert.equal(failedAttempts, 1);
    assert.ok(notBefore !== null);
    assert.ok(link.cuts >= 2, 'the device has not used its own tries');
    // Before the back-off is over: the next attempt is not to be cut.
    await link.mend();
    const { phases } = await untilRollout(api, rollout, (shown) => shown.phases[0]?.erred === 1);
    assert.equal(phases[0]?.state, 'started');

    const { attempts } = await takeUpdate(api, device, number);
    const [first, second, ...more] = attempts.toSorted((a, b) => a.ordinal - b.ordinal);
    assert.deepEqual([first?.state, second?.state, more], ['failed', 'succeeded', []]);
    assert.notEqual(first?.number, second?.number);
    assert.ok((second?.offeredAt ?? '') >= notBefore, 'the second attempt was offered before its time');
    assert.equal(await device.slotHash('B'), hashOf(newImage));
    const { counts } = await untilRollout(api, rollout, (shown) => shown.phases[0]?.erred === 0);
    assert.deepEqual(counts, { succeeded: 1 });
    await untilShown(api, number, 'succeeded');
  });
});
