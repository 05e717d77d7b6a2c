import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEVICE_FIELDS } from './device-fields.ts';
import { parseFilter } from './parse-filter.ts';
import { writeFilter } from './write-filter.ts';

function parsed(text: string) {
  const filter = parseFilter(text, DEVICE_FIELDS);
  return filter.outcome === 'parsed' ? filter.filter : assert.fail(`${text}: ${filter.problem.message}`);
}

const FILTERS = [
  '',
  'name==gw-*',
  'name=in=(a,"b c",\'*\')',
  'name!="back\\\\slash"',
  'description=="say \\"so\\" \\* now"',
  'attribute."serial number"==7;attribute.hw=is=null',
  'metadata.note!=x,(tag==a;tag!=b),overdue==true',
  'group==/plant/*;group!=/plant/line1',
  'number=ge=7 and (type==board or (site==berlin and state==offered))',
  'lastContactAt=lt=-P7D;createdAt=ge=2026-01-31',
  'createdAt<${NOW_TS-PT1H};lastContactAt=ge=${OVERDUE_TS}',
  'attribute.seen=lt=${NOW};attribute.seen=gt=${NOW_TS+P1D};description==$${NOW}',
  "description=='';type=is=null;penalty!=true;standing=out=(failed,updating)",
];

test('what is written of a filter is read as that filter', () => {
  for (const text of FILTERS) {
    const filter = parsed(text);
    assert.deepEqual(parsed(writeFilter(filter, DEVICE_FIELDS)), filter, text);
  }
});

test('any text is written so that it is read again', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 3 }), fc.string({ minLength: 1 }), (parts, key) => {
      const isPlain = parts.length === 1;
      const operand = isPlain ? (parts[0] ?? '').toLowerCase() : { parts: parts.map((part) => part.toLowerCase()) };
      const filter = { type: 'equals' as const, field: 'attribute', key, operands: [operand], negated: false };
      assert.deepEqual(parsed(writeFilter(filter, DEVICE_FIELDS)), filter);
    }),
  );
});
