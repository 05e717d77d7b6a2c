import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { makeBootScript } from './boot-script.ts';

test('a boot script lies in an image of type script, whose sums hold', () => {
  const text = 'echo hello\n';
  const image = makeBootScript(text, 'updraft', 1_700_000_000);
  const data = image.subarray(64);
  assert.equal(image.readUInt32BE(0), 0x27051956);
  assert.equal(image.readUInt32BE(8), 1_700_000_000);
  assert.equal(image.readUInt32BE(12), data.length);
  assert.equal(image.readUInt32BE(24), crc32(data));
  const zeroed = Buffer.from(image.subarray(0, 64));
  zeroed.writeUInt32BE(0, 4);
  assert.equal(image.readUInt32BE(4), crc32(zeroed));
  assert.deepEqual([data.readUInt32BE(0), data.readUInt32BE(4)], [text.length, 0]);
  assert.equal(data.toString('utf8', 8), text);
});
