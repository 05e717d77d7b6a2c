import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeCbor, encodeCbor } from './cbor.ts';

const hex = (text: string) => decodeCbor(Buffer.from(text.replaceAll(' ', ''), 'hex'));

test('what JSON can say is the same after a way through CBOR', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const plain = JSON.parse(JSON.stringify(value)) as unknown;
      assert.deepEqual(decodeCbor(encodeCbor(plain)), { value: plain });
    }),
  );
});

test('keys stand in the order in which they are said', () => {
  const bytes = Buffer.from(encodeCbor({ zebra: 1, a: 2 }));
  assert.ok(bytes.indexOf('zebra') < bytes.indexOf('a\u0002'));
});

test('maps and lists without a length, as Java writes them, are read', () => {
  assert.deepEqual(hex('bf 61 61 9f 01 02 ff ff'), { value: { a: [1, 2] } });
});

test('what no field takes is unreadable: bytes that go on, big numbers, depth, nothing', () => {
  for (const bytes of ['', '01 01', '1b ff ff ff ff ff ff ff ff', 'f9 7e 00', 'f9 7c 00', 'c1 01', '9f 01', '61'])
    assert.equal(hex(bytes), 'unreadable', bytes);
  assert.equal(decodeCbor(Buffer.alloc(200_000, 0x81)), 'unreadable');
});

test('any bytes are read or are not, and nothing is thrown', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeCbor(bytes)));
});
