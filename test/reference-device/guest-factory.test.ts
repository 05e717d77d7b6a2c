import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { makeFactoryImage } from '../../reference-device/src/image/factory-image.ts';
import { programsOrSkip } from '../programs/debian.ts';
import { mustRun } from '../programs/run-program.ts';

/** As long as one of RSA. */
const PEM = 'p'.repeat(2000);

test('an identity with all that a device may have fits into its image, which holds its words', async (t) => {
  const programs = programsOrSkip(t, ['mke2fs']);
  if (programs === undefined) return;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'factory-'));
  t.after(() => rm(folder, { recursive: true }));
  const image = path.join(folder, 'factory.img');
  await makeFactoryImage(image, {
    deviceId: 'gw-1',
    tenant: 'default',
    serverUrl: 'https://10.0.2.2:1',
    address: 'dhcp',
    caPem: PEM,
    bundleCertificatePem: PEM,
    bundleAesKey: 'ab',
    client: { certificatePem: PEM, keyPem: PEM },
    policy: { allowDowngrade: true, quietSeconds: 60, retries: 2, retrySeconds: 1 },
  });
  // Of the same package.
  const debugfs = path.join(path.dirname(programs.mke2fs), 'debugfs');
  const read = (file: string): Promise<string> => mustRun(debugfs, ['-R', `cat ${file}`, image]);
  assert.match(await read('/identity'), /^ADDRESS=dhcp$/m);
  assert.equal(await read('/policy'), 'ALLOW_DOWNGRADE=1\nQUIET_SECONDS=60\nRETRIES=2\nRETRY_SECONDS=1\n');
  for (const file of ['/ca.pem', '/key.pem', '/client.pem', '/client.key']) assert.equal(await read(file), PEM, file);
});
