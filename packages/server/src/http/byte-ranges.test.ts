import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { frameRanges, MAX_RANGES_PER_REQUEST, selectRanges } from './byte-ranges.ts';

const LENGTH = 100;
const CHANGED = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT') + 250;
const object = { length: LENGTH, etag: '"a1b2"', lastModified: CHANGED };

/** hawkbit-ddi.md §6 and RFC 9110 §14; `416`, `whole`, or the ranges. */
const table: readonly (readonly [range: string, expected: string])[] = [
  ['bytes=0-9', '0-9'],
  ['bytes=0-0', '0-0'],
  ['bytes=90-', '90-99'],
  ['bytes=0-', '0-99'],
  ['bytes=-10', '90-99'],
  ['bytes=-100', '0-99'],
  ['bytes=-1000', '0-99'],
  ['bytes=95-200', '95-99'],
  ['bytes=99-99', '99-99'],
  ['Bytes = 1-2', '1-2'],
  ['bytes=0-9,20-29', '0-9 20-29'],
  ['bytes=0-9, 20-29 ,-5', '0-9 20-29 95-99'],
  ['bytes=50-59,0-9', '50-59 0-9'],
  ['bytes=0-9,200-', '0-9'],
  ['bytes=100-', '416'],
  ['bytes=100-200', '416'],
  ['bytes=9-5', '416'],
  ['bytes=-0', '416'],
  ['bytes=-', '416'],
  ['bytes=', '416'],
  ['bytes=a-b', '416'],
  ['bytes=0-9,x', '416'],
  ['bytes=1-2-3', '416'],
  ['bytes=0-9,9-20', '416'],
  ['bytes=0-,0-', '416'],
  ['bytes=0-99,-1', '416'],
  ['items=0-9', 'whole'],
  ['nonsense', 'whole'],
];

for (const [range, expected] of table) {
  test(`"${range}" of 100 bytes selects ${expected}`, () => {
    assert.equal(shown(selectRanges({ range }, object)), expected);
  });
}

test('no Range selects the whole object', () => {
  assert.equal(shown(selectRanges({}, object)), 'whole');
});

test('an empty object satisfies no range', () => {
  const empty = { ...object, length: 0 };
  for (const range of ['bytes=0-', 'bytes=-1', 'bytes=0-0']) assert.equal(shown(selectRanges({ range }, empty)), '416');
});

const conditions: readonly (readonly [ifRange: string, expected: string])[] = [
  ['"a1b2"', '0-9'],
  ['"other"', 'whole'],
  ['W/"a1b2"', 'whole'],
  ['Wed, 21 Oct 2026 07:28:00 GMT', '0-9'],
  ['Wed, 21 Oct 2026 07:28:01 GMT', '0-9'],
  ['Wed, 21 Oct 2026 07:27:59 GMT', 'whole'],
  ['yesterday', 'whole'],
];

for (const [ifRange, expected] of conditions) {
  test(`If-Range ${ifRange} selects ${expected}`, () => {
    assert.equal(shown(selectRanges({ range: 'bytes=0-9', ifRange }, object)), expected);
  });
}

test('more ranges than the limit are not satisfiable, as many as the limit are', () => {
  const ranges = (count: number) => Array.from({ length: count }, (_, index) => `${index * 2}-${index * 2}`).join(',');
  const long = { ...object, length: 1_000_000 };
  assert.equal(selectRanges({ range: `bytes=${ranges(MAX_RANGES_PER_REQUEST)}` }, long).kind, 'ranges');
  assert.equal(selectRanges({ range: `bytes=${ranges(MAX_RANGES_PER_REQUEST + 1)}` }, long).kind, 'unsatisfiable');
});

test('whatever is asked, no byte is selected twice and none outside of the object', () => {
  const number = fc.integer({ min: 0, max: 120 }).map(String);
  const spec = fc.oneof(
    fc.tuple(number, number).map(([a, b]) => `${a}-${b}`),
    number.map((a) => `${a}-`),
    number.map((a) => `-${a}`),
    fc.string({ maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(spec, { maxLength: 6 }), (specs) => {
      const selection = selectRanges({ range: `bytes=${specs.join(',')}` }, object);
      if (selection.kind !== 'ranges') return;
      const bytes = selection.ranges.flatMap(({ start, end }) =>
        Array.from({ length: end - start + 1 }, (_, index) => start + index),
      );
      assert.equal(new Set(bytes).size, bytes.length);
      assert.ok(bytes.every((byte) => byte >= 0 && byte < LENGTH));
    }),
  );
});

test('several ranges are framed in the exact shape that SWUpdate reads', () => {
  const framing = frameRanges(
    [
      { start: 10, end: 19 },
      { start: 0, end: 4 },
    ],
    { length: LENGTH, contentType: 'application/octet-stream', boundary: 'abc' },
  );
  const body = framing.heads.map((head, index) => `${head.toString()}${index === 0 ? '0123456789' : '01234'}`).join('');
  const expected = [
    '--abc',
    'Content-Type: application/octet-stream',
    'Content-Range: bytes 10-19/100',
    '',
    '0123456789',
    '--abc',
    'Content-Type: application/octet-stream',
    'Content-Range: bytes 0-4/100',
    '',
    '01234',
    '--abc--',
  ].join('\r\n');
  assert.equal(body + framing.tail.toString(), expected);
  assert.equal(framing.contentType, 'multipart/byteranges; boundary=abc');
  assert.equal(framing.contentLength, expected.length);
});

function shown(selection: ReturnType<typeof selectRanges>): string {
  if (selection.kind === 'unsatisfiable') return '416';
  if (selection.kind === 'whole') return 'whole';
  return selection.ranges.map(({ start, end }) => `${start}-${end}`).join(' ');
}
