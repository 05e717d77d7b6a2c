import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { programsOrSkip } from '../programs/debian.ts';
import { makeServerCertificate, makeSigningKey } from './certificates.ts';
import type { DeviceOptions } from './device-options.ts';
import { allowedIsolations, type Isolation } from './isolation.ts';
import { ScriptedDdi } from './scripted-ddi.ts';
import { hashOf, makeImage } from './slot-image.ts';
import { DEVICE_PROGRAMS, SwupdateDevice } from './swupdate-device.ts';
import { SAYS } from './swupdate-words.ts';
import { makeSwu, type SwuRecipe } from './swu.ts';

const IMAGE_BYTES = 256 * 1024;
const TIME_LIMIT_MS = 60_000;
const LIMITS = { timeout: 240_000 };

suite('a device with the real SWUpdate', { concurrency: 4 }, () => {
  test('an installed update is reported as a success once the new slot has booted', LIMITS, async (t) => {
    await using lab = await openLab(t, { pollInterval: '00:05:00' });
    if (lab === undefined) return;
    const { server, device, oldImage, newImage } = lab;
    await lab.offer(7);
    await device.start();
    await device.pollNow();
    await device.waitForLog(SAYS.installed);
    assert.deepEqual(server.attributes, { version: '1.0.0', slot: 'A', serial: 'SN-1' });
    assert.equal(
      server.feedback.some(({ status }) => status.execution === 'closed'),
      false,
    );

    await device.reboot('boots-new');
    const end = await server.waitForEnd(TIME_LIMIT_MS);
    assert.deepEqual([end.id, end.status.result.finished], [7, 'success']);
    assert.equal(await device.slotHash('A'), hashOf(oldImage));
    assert.equal(await device.slotHash('B'), hashOf(newImage));
    assert.deepEqual([device.runningSlot, await device.runningVersion()], ['B', '2.0.0']);
    await server.waitForAttributes({ version: '2.0.0', slot: 'B', serial: 'SN-1' }, TIME_LIMIT_MS);
    assert.equal(
      server.requests.every(({ authorization }) => authorization === 'TargetToken secret'),
      true,
    );
  });

  test('a boot that failed is reported as a failure, and the old slot runs on', LIMITS, async (t) => {
    await using lab = await openLab(t);
    if (lab === undefined) return;
    const { server, device, newImage } = lab;
    await lab.offer(8);
    await device.start();
    await device.waitForLog(SAYS.installed);
    await device.reboot('boot-fails');
    const end = await server.waitForEnd(TIME_LIMIT_MS);
    assert.deepEqual([end.id, end.status.result.finished], [8, 'failure']);
    assert.deepEqual([device.runningSlot, await device.runningVersion()], ['A', '1.0.0']);
    assert.equal(await device.slotHash('B'), hashOf(newImage));
  });

  test(
    'a fallback that nobody noticed is reported as a success by a device that runs the old version',
    LIMITS,
    async (t) => {
      await using lab = await openLab(t);
      if (lab === undefined) return;
      const { server, device } = lab;
      await lab.offer(9);
      await device.start();
      await device.pollNow();
      await device.waitForLog(SAYS.installed);
      await device.reboot('old-version');
      const end = await server.waitForEnd(TIME_LIMIT_MS);
      assert.equal(end.status.result.finished, 'success');
      await server.waitForAttributes({ version: '1.0.0', slot: 'A', serial: 'SN-1' }, TIME_LIMIT_MS);
    },
  );

  test('the boot environment outlives all processes, and a start without a boot script says so', LIMITS, async (t) => {
    await using lab = await openLab(t);
    if (lab === undefined) return;
    const { server, device } = lab;
    if (device.isolation === 'none')
      return t.skip('this machine allows no mount namespace, so SWUpdate keeps no state');
    await device.setenv({ serial: 'SN-1' });
    await device.install(await lab.bundle());
    assert.deepEqual(await device.printenv(), { bootslot: 'B', serial: 'SN-1', ustate: '1' });
    server.offer(7, await readFile(await lab.bundle()));
    await device.start();
    await server.waitForFeedback(
      ({ status }) => status.details.includes('Update Installed, Testing Pending.'),
      TIME_LIMIT_MS,
    );
  });

  test(
    'a power cut in the middle of a download leaves an installation that the next start makes whole',
    LIMITS,
    async (t) => {
      await using lab = await openLab(t, { imageBytes: 4 * 1024 * 1024, pace: { maxDownloadSpeed: '1M' } });
      if (lab === undefined) return;
      const { device, newImage } = lab;
      await lab.offer(7, { installedDirectly: true });
      await device.start();
      await device.pollNow();
      await device.waitForLog(/Installing STREAM rootfs.img/);
      await device.cutPower();
      assert.notEqual(await device.slotHash('B'), hashOf(newImage));
      await device.start();
      await device.pollNow();
      await device.waitForLog(SAYS.installed);
      assert.equal(await device.slotHash('B'), hashOf(newImage));
    },
  );

  for (const isolation of ['user-namespace', 'none'] as const)
    test(`a device works with the isolation ${isolation}`, LIMITS, async (t) => {
      if (!(await allowedIsolations()).includes(isolation)) return t.skip(`this machine does not allow ${isolation}`);
      await using lab = await openLab(t, { isolation });
      if (lab === undefined) return;
      await lab.offer(7);
      await lab.device.start();
      await lab.device.pollNow();
      await lab.device.waitForLog(SAYS.installed);
      await lab.device.reboot('boots-new');
      const end = await lab.server.waitForEnd(TIME_LIMIT_MS);
      assert.equal(end.status.result.finished, 'success');
      assert.equal(await lab.device.slotHash('B'), hashOf(lab.newImage));
    });

  test('several devices take the same bundle at the same time', LIMITS, async (t) => {
    await using lab = await openLab(t);
    if (lab === undefined) return;
    const { server, device, newImage } = lab;
    if (device.isolation === 'none') return t.skip('without isolation the slots of two devices have different paths');
    await lab.offer(7);
    await using second = await SwupdateDevice.create({ ...lab.options, name: 'gw-2' });
    const devices = [device, second];
    await Promise.all(devices.map((each) => each.start()));
    await Promise.all(devices.map((each) => each.waitForLog(SAYS.installed)));
    await Promise.all(devices.map((each) => each.reboot('boots-new')));
    for (const name of ['gw-1', 'gw-2'])
      await server.waitForFeedback(
        ({ status, device: from }) => status.execution === 'closed' && from === name,
        TIME_LIMIT_MS,
      );
    for (const each of devices) assert.equal(await each.slotHash('B'), hashOf(newImage));
  });

  test('a device that is dropped in the middle of a download leaves nothing behind', LIMITS, async (t) => {
    await using lab = await openLab(t, { imageBytes: 4 * 1024 * 1024, pace: { maxDownloadSpeed: '1M' } });
    if (lab === undefined) return;
    const { device } = lab;
    await lab.offer(7, { installedDirectly: true });
    await device.start();
    await device.pollNow();
    await device.waitForLog(/Installing STREAM rootfs.img/);
    assert.notEqual((await commandLinesWith(device.folder)).length, 0);
    await device[Symbol.asyncDispose]();
    assert.deepEqual(await commandLinesWith(device.folder), []);
    assert.equal(existsSync(device.folder), false);
    assert.equal((await readFile('/proc/self/mounts', 'utf8')).includes(device.folder), false);
  });

  test('a wait for words that never come ends with the process or with its time', LIMITS, async (t) => {
    await using lab = await openLab(t);
    if (lab === undefined) return;
    const { device } = lab;
    await device.start();
    await assert.rejects(device.waitForLog(/never said/, { timeoutMs: 50 }), /50 ms passed/);
    await device.stop();
    await assert.rejects(device.waitForLog(/never said/), /gw-1 ended/);
    await assert.rejects(device.pollNow(), /is not running/);
    await assert.rejects(device.reboot('boots-new'), /nothing that could be booted/);
  });
});

type LabOptions = Pick<DeviceOptions, 'pace'> & {
  readonly pollInterval?: string;
  readonly imageBytes?: number;
  readonly isolation?: Isolation;
};

/** A scripted server and a device with version 1.0.0 that trusts it, and bundles with version 2.0.0 for it; undefined after a skip. */
async function openLab(t: TestContext, settings: LabOptions = {}) {
  if (programsOrSkip(t, [...DEVICE_PROGRAMS, 'openssl', 'cpio']) === undefined) return undefined;
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'lab-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const [certificate, signer] = await Promise.all([makeServerCertificate(folder), makeSigningKey(folder)]);
  const server = stack.use(await ScriptedDdi.listen(certificate, settings.pollInterval));
  const { imageBytes = IMAGE_BYTES, pollInterval: _, ...rest } = settings;
  const [oldImage, newImage] = [makeImage('1.0.0', imageBytes), makeImage('2.0.0', imageBytes)];
  const options: DeviceOptions = {
    name: 'gw-1',
    serverUrl: server.url,
    caFile: certificate.caFile,
    token: 'secret',
    signingCertificates: [signer.certificateFile],
    slots: { A: oldImage, B: imageBytes },
    attributes: { serial: 'SN-1' },
    ...rest,
  };
  const device = stack.use(await SwupdateDevice.create(options));
  const bundle = async (recipe: Partial<SwuRecipe> = {}): Promise<string> => {
    const file = path.join(folder, 'bundle.swu');
    const common = {
      version: '2.0.0',
      image: newImage,
      slotPaths: device.slotPaths,
      hardwareRevisions: ['1.0'],
      signer,
    };
    await makeSwu(file, { ...common, ...recipe });
    return file;
  };
  const offer = async (action: number, recipe: Partial<SwuRecipe> = {}): Promise<void> =>
    server.offer(action, await readFile(await bundle(recipe)));
  const owned = stack.move();
  return {
    server,
    device,
    options,
    oldImage,
    newImage,
    bundle,
    offer,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function commandLinesWith(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')));
  return lines.filter((line) => line.includes(text));
}
