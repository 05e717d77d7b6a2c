import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { ApiProblem, type ApiClient } from '@updraft/protocols';
import { makeSigningKey } from '../devices/certificates.ts';
import { hashOf } from '../devices/slot-image.ts';
import type { SwupdateDevice } from '../devices/swupdate-device.ts';
import { assign, untilShown, wordsAbout, type ShownAssignment } from './assignments.ts';
import { Lab } from './lab.ts';
import { upload } from './software.ts';

const LIMITS = { timeout: 240_000 };
const MAX_TRIES = 15;

suite('a bundle that no device should take', { concurrency: 2 }, () => {
  test('is refused at its upload with a code that says why, where signatures are required', LIMITS, async (t) => {
    await using lab = await Lab.open(t);
    if (lab === undefined) return;
    const bad = await badBundles(lab, await lab.addDevice());
    await lab.requireSignatures(await readFile(lab.signer.certificateFile, 'utf8'));
    assert.equal((await lab.api.call('settings.show')).signingPolicy, 'require');
    const codes = await Promise.all(bad.map(async ({ file }) => codeOf(upload(lab.api, file))));
    assert.deepEqual(codes, ['bundle-content-mismatch', 'bundle-signer-unknown', 'bundle-unsigned']);
    assert.equal((await lab.api.call('artifacts.list')).total, 0);
  });

  test('is refused by the device and shown as failed with its reason, where the policy is off', LIMITS, async (t) => {
    await using lab = await Lab.open(t);
    if (lab === undefined) return;
    const { api, oldImage } = lab;
    await lab.requireSignatures(await readFile(lab.signer.certificateFile, 'utf8'));
    await api.call('settings.change', { body: { signingPolicy: 'off', penaltyFailures: 0 } });
    const device = await lab.addDevice();
    await device.start();
    for (const { file, version, reason } of await badBundles(lab, device)) {
      const release = await lab.publishBundle(file, version);
      const { failed, words } = await tries(api, device, { release, reason });
      assert.deepEqual(
        failed.attempts.map(({ state }) => state),
        ['failed'],
      );
      assert.equal(failed.reason, 'failed');
      assert.match(failed.message ?? '', /No suitable .swu image found/);
      assert.match(words, reason);
    }
    assert.equal(await device.slotHash('B'), hashOf(Buffer.alloc(oldImage.length)));
  });
});

type Refusal = { readonly failed: ShownAssignment; readonly words: string };

/** Which of its lines SWUpdate passes on is a race inside it: another try tells what one has kept to itself. */
async function tries(
  api: ApiClient,
  { name }: SwupdateDevice,
  { release, reason }: { readonly release: string; readonly reason: RegExp },
): Promise<Refusal> {
  for (let run = 1; ; run++) {
    const number = await assign(api, name, { release });
    const failed = await untilShown(api, number, 'failed');
    const words = await wordsAbout(api, number);
    if (reason.test(words) || run === MAX_TRIES) return { failed, words };
  }
}

type BadBundle = { readonly file: string; readonly version: string; readonly reason: RegExp };

async function badBundles(lab: Lab, device: SwupdateDevice): Promise<readonly BadBundle[]> {
  const stranger = await makeSigningKey(lab.folder, { name: 'stranger' });
  return [
    {
      file: await lab.makeBundle(device, { version: '2.0.1', tampered: true }),
      version: '2.0.1',
      reason: /HASH mismatch/,
    },
    {
      file: await lab.makeBundle(device, { version: '2.0.2', signer: stranger }),
      version: '2.0.2',
      reason: /Authentication of all signatures failed/,
    },
    {
      file: await lab.makeBundle(device, { version: '2.0.3', signer: undefined }),
      version: '2.0.3',
      reason: /Image invalid or corrupted/,
    },
  ];
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    if (error instanceof ApiProblem) return error.code;
    throw error;
  }
}
