import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { USTATE } from '../devices/boot-environment.ts';
import { hashOf } from '../devices/slot-image.ts';
import { SAYS } from '../devices/swupdate-words.ts';
import { assign, eventsOf, reportsOf, untilShown } from './assignments.ts';
import { Lab } from './lab.ts';

const LIMITS = { timeout: 240_000 };
/** What an installation of long ago, that no server heard the end of, leaves in the boot environment. */
const LEFT_BEHIND = [
  { result: 'success', ustate: USTATE.testing, words: 'Update Installed.' },
  { result: 'failure', ustate: USTATE.failed, words: 'Update Failed.' },
] as const;

suite('a result of long ago', { concurrency: 2 }, () => {
  for (const { result, ustate, words } of LEFT_BEHIND)
    test(`a stale ${result} is credited to nothing, and the update is then really installed`, LIMITS, async (t) => {
      await using lab = await Lab.open(t);
      if (lab === undefined) return;
      const { api, newImage } = lab;
      const device = await lab.addDevice();
      const number = await assign(api, device.name, { release: await lab.publishFor(device) });
      await device.setenv({ ustate });

      await device.start();
      await device.waitForLog(SAYS.installed);
      await untilShown(api, number, 'verifying');
      const reports = await reportsOf(api, number);
      assert.deepEqual(
        reports.filter(({ kind }) => kind === 'stale').map(({ details }) => details),
        [[words]],
      );
      assert.equal(await device.slotHash('B'), hashOf(newImage));

      await device.reboot('boots-new');
      const { attempts } = await untilShown(api, number, 'succeeded');
      assert.deepEqual(
        attempts.map(({ ordinal, evidence }) => ({ ordinal, evidence })),
        [{ ordinal: 1, evidence: ['confirmed'] }],
      );
      const names = await eventsOf(api, number);
      assert.deepEqual(
        names.filter((name) => /succeeded|failed|rolled-back/.test(name)),
        ['attempt.succeeded', 'assignment.succeeded'],
      );
    });
});
