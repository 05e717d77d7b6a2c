import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressFromGuest, authorityOf } from './server-from-guest.ts';

test('a server on this machine has another address for a device under QEMU', () => {
  for (const host of ['localhost', '127.0.0.1', '[::1]'])
    assert.equal(addressFromGuest(`https://${host}:8443`), 'https://10.0.2.2:8443');
  assert.equal(addressFromGuest('https://updates.example.com/'), 'https://updates.example.com');
});

test('a server without TLS is refused', async () => {
  await assert.rejects(authorityOf('http://127.0.0.1:8080', null), { code: 'server-without-tls' });
});
