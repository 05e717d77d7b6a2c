import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CREDENTIAL_CACHED_SECONDS, MAX_CACHED_CREDENTIALS, VerifiedCredentials } from './verified-credentials.ts';

const ann = { id: 1, revision: 1 };

test('a password that was right is remembered for its time only', () => {
  let now = 0;
  const verified = new VerifiedCredentials(() => now);
  verified.remember(ann, 'right');
  assert.equal(verified.knows(ann, 'right'), true);
  now = CREDENTIAL_CACHED_SECONDS * 1000;
  assert.equal(verified.knows(ann, 'right'), false);
});

test('it counts for this user, this password and this revision', () => {
  const verified = new VerifiedCredentials(() => 0);
  verified.remember(ann, 'right');
  assert.equal(verified.knows(ann, 'wrong'), false);
  assert.equal(verified.knows({ id: 2, revision: 1 }, 'right'), false);
  assert.equal(verified.knows({ id: 1, revision: 2 }, 'right'), false);
});

test('of too many the oldest is forgotten', () => {
  const verified = new VerifiedCredentials(() => 0);
  for (let id = 0; id <= MAX_CACHED_CREDENTIALS; id += 1) verified.remember({ id, revision: 1 }, 'right');
  assert.equal(verified.knows({ id: 0, revision: 1 }, 'right'), false);
  assert.equal(verified.knows({ id: 1, revision: 1 }, 'right'), true);
});
