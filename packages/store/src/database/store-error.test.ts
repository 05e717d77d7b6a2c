import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureCode } from './store-error.ts';

const MEANINGS = {
  '23505': 'unique-violation',
  '53100': 'storage-full',
  '57P01': 'database-unreachable',
  '08006': 'database-unreachable',
  '25P03': 'database-unreachable',
  ECONNRESET: 'database-unreachable',
  '22P02': 'command-failed',
  'rollout-state': 'rollout-state',
};

test('a native code of a database is told by what it means to who asked', () => {
  for (const [code, meaning] of Object.entries(MEANINGS))
    assert.equal(failureCode(Object.assign(new Error('of the database'), { code })), meaning, code);
  for (const errcode of [13, 4874]) assert.equal(failureCode({ errcode }), 'storage-full');
});
