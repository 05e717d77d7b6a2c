import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hashOf } from '../devices/slot-image.ts';
import { SAYS } from '../devices/swupdate-words.ts';
import { assignmentIn, shutGates, startRollout } from './rollouts.ts';
import { untilShown } from './assignments.ts';
import { Lab, POLLS_WHEN_TOLD } from './lab.ts';
import { takeUpdate } from './take-update.ts';
import { until } from './until.ts';

const LIMITS = { timeout: 240_000 };
const HOUR_MS = 3_600_000;
const SECOND_MS = 1_000;
/** The shortest that a policy takes. */
const WINDOW_SECONDS = 60;
/** What is left of it: long enough to begin in, shorter than the installation below takes at its speed. */
const REST_SECONDS = 16;
const IMAGE_BYTES = 12 * 1024 * 1024;
const SPEED = '500k';

suite('a rollout with a window', { concurrency: 2 }, () => {
  test('outside the window nothing is offered, and why says when it opens', LIMITS, async (t) => {
    await using lab = await Lab.open(t, { pollInterval: POLLS_WHEN_TOLD });
    if (lab === undefined) return;
    const { api } = lab;
    const device = await lab.addDevice();
    const opens = wholeSecond(Date.now() + 3 * HOUR_MS);
    const rollout = await startRollout(api, {
      name: 'by night',
      release: await lab.publishFor(device),
      policy: { windows: { windows: [{ cron: dailyAt(opens), durationSeconds: 3_600 }] } },
    });
    const number = await assignmentIn(api, rollout, device.name);
    await device.start();
    await device.pollNow();
    await heardTwice(lab, device.name);
    await untilContactKnown(lab, device.name);

    assert.equal((await api.call('assignments.show', { params: { number } })).state, 'ready');
    const [window, ...others] = await shutGates(api, device.name);
    assert.deepEqual([window?.gate, window?.nextChange, others], ['window', opens.toISOString(), []]);
    assert.match(window?.fact ?? '', /opens/);

    // The same device, once the window is open.
    await api.call('rollouts.change', { params: { id: rollout }, body: { policy: { windows: { windows: [] } } } });
    await device.pollNow();
    await takeUpdate(api, device, number);
  });

  test('a window that closes during an installation does not disturb it', LIMITS, async (t) => {
    await using lab = await Lab.open(t, { imageBytes: IMAGE_BYTES });
    if (lab === undefined) return;
    const { api, newImage } = lab;
    const device = await lab.addDevice({ pace: { maxDownloadSpeed: SPEED } });
    const release = await lab.publishFor(device, { installedDirectly: true });
    await device.start();
    const opened = wholeSecond(Date.now() - (WINDOW_SECONDS - REST_SECONDS) * SECOND_MS);
    const rollout = await startRollout(api, {
      name: 'in time',
      release,
      policy: { windows: { windows: [{ cron: dailyAt(opened), durationSeconds: WINDOW_SECONDS }] } },
    });
    const number = await assignmentIn(api, rollout, device.name);
    await device.pollNow();
    await device.waitForLog(/Installing STREAM rootfs.img/);

    const installed = device.waitForLog(SAYS.installed);
    const shut = await until({
      what: 'the end of the window',
      look: () => shutGates(api, device.name),
      isIt: (gates) => gates.some(({ gate }) => gate === 'window'),
    });
    assert.equal(shut[0]?.gate, 'window');
    assert.notEqual(await device.slotHash('B'), hashOf(newImage), 'the window closed too late for this test');
    await installed;
    const { attempts } = await takeUpdate(api, device, number);
    assert.deepEqual(
      attempts.map(({ ordinal, state }) => ({ ordinal, state })),
      [{ ordinal: 1, state: 'succeeded' }],
    );
    assert.equal(await device.slotHash('B'), hashOf(newImage));
    await untilShown(api, number, 'succeeded');
  });
});

function wholeSecond(ms: number): Date {
  return new Date(Math.floor(ms / SECOND_MS) * SECOND_MS);
}

function dailyAt(moment: Date): string {
  return `${moment.getUTCSeconds()} ${moment.getUTCMinutes()} ${moment.getUTCHours()} ? * *`;
}

/** Until the server has answered two polls of the device: its first asks only for its attributes. */
async function heardTwice({ server }: Lab, name: string): Promise<void> {
  await until({
    what: `two polls of ${name}`,
    look: () => server.countAnswers({ route: /\/controller\/v1\/:[a-zA-Z]+$/, status: 200 }),
    isIt: (polls) => polls >= 2,
  });
}

/** Contacts are written in batches behind the polls. */
async function untilContactKnown({ api }: Lab, name: string): Promise<void> {
  await until({
    what: `the contact of ${name}`,
    look: () => api.call('devices.show', { params: { device: name } }),
    isIt: ({ lastContactAt }) => lastContactAt !== null,
  });
}
