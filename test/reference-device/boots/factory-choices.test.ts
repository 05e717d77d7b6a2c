import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { issueCertificate, makeAesKey, makeAuthority } from '../../devices/certificates.ts';
import { assign, untilShown } from '../../journeys/assignments.ts';
import { DeviceLab } from '../device-lab.ts';
import { STEP_LIMIT_MS } from '../reference-device.ts';

const LIMITS = { timeout: 3_600_000 };
const NAME = 'gw-1';

test(
  'a device with a certificate in place of a token, an address by DHCP and a key for bundles takes an encrypted update',
  LIMITS,
  async (t) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'device-ca-'));
    t.after(() => rm(folder, { recursive: true }));
    const authority = await makeAuthority(folder, 'device-ca');
    await using lab = await DeviceLab.open(t, { UPDRAFT_TLS_CLIENT_CA: authority.certificateFile });
    if (lab === undefined) return;
    const { api } = lab;
    const [own, aesKey] = await Promise.all([issueCertificate(folder, authority, { name: NAME }), makeAesKey(folder)]);
    await api.call('settings.change', {
      body: { targetTokens: false, trustedHeader: true, headerAuthorities: 'device-ca' },
    });
    const [certificatePem, keyPem, bundleAesKey] = await Promise.all(
      [own.certificateFile, own.keyFile, aesKey.file].map((file) => readFile(file, 'utf8')),
    );
    assert.ok(certificatePem !== undefined && keyPem !== undefined && bundleAesKey !== undefined);
    const device = await lab.addDevice(t, {
      name: NAME,
      client: { certificatePem, keyPem },
      bundleAesKey,
      address: 'dhcp',
    });
    await device.boot();
    assert.match(await device.shell('pidof udhcpc'), /^\d+$/);
    assert.match(await device.shell('ip -4 address show dev eth0'), /inet 10\.0\.2\.\d+\/24/);

    const release = await lab.publish({ version: '2.0.0', aesKeyFile: aesKey.file });
    const number = await assign(api, device.name, { release });
    await device.says('committed slot=b version=2.0.0');
    await untilShown(api, number, 'succeeded', STEP_LIMIT_MS);
  },
);
