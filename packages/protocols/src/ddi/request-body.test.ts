import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DdiFeedback, MAX_DETAILS } from './feedback.ts';
import { readDdiBody } from './request-body.ts';

const read = (text: string) => readDdiBody(Buffer.from(text));

test('what is JSON is read as it is, line ends outside strings included', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) =>
      assert.deepEqual(read(JSON.stringify(value, null, 2)), { value: JSON.parse(JSON.stringify(value)) as unknown }),
    ),
  );
});

test('raw controls inside strings become spaces', () => {
  assert.deepEqual(read('{"a":"b\nc\td\u0000"}'), { value: { a: 'b c d ' } });
  assert.equal(read('{"a":"b"c"}'), 'unreadable');
  assert.equal(read(''), 'unreadable');
});

test('any bytes are read or are not, and nothing is thrown', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readDdiBody(bytes)));
});

const status = (details: unknown) => ({ status: { execution: 'proceeding', result: { finished: 'none' }, details } });

test('whatever stands in details, a report is taken, and what no database takes is left out', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (details) => {
      const { details: kept } = DdiFeedback.parse(status(details)).status;
      assert.ok(kept.length <= MAX_DETAILS + 1);
      assert.ok(kept.every((detail) => detail !== '' && !detail.includes('\u0000') && detail.isWellFormed()));
    }),
  );
});

test('execution and finished must be known words, and nothing else must be there', () => {
  assert.ok(!DdiFeedback.safeParse({ status: { execution: 'closed', result: {} } }).success);
  assert.ok(!DdiFeedback.safeParse({ status: { execution: 'CLOSED', result: { finished: 'success' } } }).success);
  assert.ok(!DdiFeedback.safeParse({ status: { result: { finished: 'success' } } }).success);
  assert.ok(DdiFeedback.safeParse({ status: { execution: 'closed', result: { finished: 'success' } } }).success);
});
