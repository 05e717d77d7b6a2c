import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namedPeers } from './named-peers.ts';

test('addresses and networks are known in both families, and nobody else', () => {
  const isNamed = namedPeers(['10.0.0.5', '192.168.0.0/24', 'fd00::/8', '::1']);
  for (const address of ['10.0.0.5', '::ffff:10.0.0.5', '192.168.0.77', 'fd12::1', '::1'])
    assert.ok(isNamed(address), String(address));
  for (const address of ['10.0.0.6', '192.168.1.1', 'fe80::1', '', undefined, 'x'])
    assert.ok(!isNamed(address), String(address));
  assert.ok(!namedPeers([])('127.0.0.1'));
});
