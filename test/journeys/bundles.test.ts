import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { makeAesKey } from '../devices/certificates.ts';
import { hashOf, makeImage } from '../devices/slot-image.ts';
import { assign } from './assignments.ts';
import { Lab, NEW_VERSION } from './lab.ts';
import { takeUpdate } from './take-update.ts';
import { createBundle } from './updraft-bundle.ts';

const LIMITS = { timeout: 240_000 };
const NEWEST_VERSION = '3.0.0';

suite('a bundle on its way into a slot', { concurrency: 2 }, () => {
  test('our own, encrypted and compressed, goes into whichever slot does not run', LIMITS, async (t) => {
    await using lab = await Lab.open(t);
    if (lab === undefined) return;
    const { api, folder, signer, newImage } = lab;
    const encryptedWith = await makeAesKey(folder);
    const device = await lab.addDevice({ aesKeyFile: encryptedWith.file });
    const newestImage = makeImage(NEWEST_VERSION, newImage.length);
    const order = { slotPaths: device.slotPaths, signer, encryptedWith };

    const first = await createBundle(folder, { ...order, version: NEW_VERSION, image: newImage });
    const toB = await assign(api, device.name, { release: await lab.publishBundle(first) });
    await device.start();
    await device.pollNow();
    await takeUpdate(api, device, toB);
    assert.equal(await device.slotHash('B'), hashOf(newImage));
    assert.equal(device.runningSlot, 'B');

    const second = await createBundle(folder, { ...order, version: NEWEST_VERSION, image: newestImage });
    const toA = await assign(api, device.name, { release: await lab.publishBundle(second, NEWEST_VERSION) });
    await takeUpdate(api, device, toA);
    assert.equal(await device.slotHash('A'), hashOf(newestImage));
    assert.equal(await device.slotHash('B'), hashOf(newImage));
    assert.equal(device.runningSlot, 'A');
  });

  test('one of openssl and cpio, encrypted and compressed, is installed as well', LIMITS, async (t) => {
    await using lab = await Lab.open(t);
    if (lab === undefined) return;
    const { api, newImage } = lab;
    const encryptedWith = await makeAesKey(lab.folder);
    const device = await lab.addDevice({ aesKeyFile: encryptedWith.file });
    const release = await lab.publishFor(device, { encryptedWith, compressed: 'zstd', installedDirectly: true });
    const number = await assign(api, device.name, { release });
    await device.start();
    await device.pollNow();
    await takeUpdate(api, device, number);
    assert.equal(await device.slotHash('B'), hashOf(newImage));
  });
});
