import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { makeFactoryImage } from './factory-image.ts';

test('an identity that a shell would read as something else is refused', async () => {
  const identity = { tenant: 'default', serverUrl: 'https://10.0.2.2:1', caPem: '', bundleCertificatePem: '' };
  for (const deviceId of ['gw 1', 'gw$(reboot)', "gw'1", 'gw\nTENANT=other'])
    await assert.rejects(makeFactoryImage(path.join(tmpdir(), 'factory.img'), { ...identity, deviceId }), {
      code: 'usage',
    });
});
