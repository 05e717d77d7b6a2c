import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_GROUP_DEPTH, pathsUpwards, readGroupPath } from './group-path.ts';

test('a path is kept with one slash before each part', () => {
  for (const written of ['plant/line 1', '/plant/line 1', '/plant/line 1/', ' plant / line 1 '])
    assert.equal(readGroupPath(written), '/plant/line 1', written);
});

test('a path with an empty part, a control character or too many parts is none', () => {
  for (const written of [
    '',
    '/',
    '//',
    'a//b',
    'a/\n',
    'a/\u0000',
    'a/ /b',
    'a/'.repeat(MAX_GROUP_DEPTH + 1),
    'a'.repeat(600),
  ])
    assert.equal(readGroupPath(written), null, written);
});

test('a path lies below each that it begins with', () => {
  assert.deepEqual(pathsUpwards('/a/b/c'), ['/a/b/c', '/a/b', '/a']);
});
