import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newUid } from './uid.ts';

test('a uid is a UUIDv7 of its millisecond', () => {
  const uid = newUid(0x0123456789ab);
  assert.match(uid, /^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('a later uid sorts after an earlier one', () => {
  assert.ok(newUid(1_700_000_000_001) > newUid(1_700_000_000_000));
});

test('uids of one millisecond differ', () => {
  const uids = new Set(Array.from({ length: 1000 }, () => newUid(1_700_000_000_000)));
  assert.equal(uids.size, 1000);
});
