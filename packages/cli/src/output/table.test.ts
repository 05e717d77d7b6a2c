import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sheetLines, tablePrinter } from './table.ts';
import type { Column } from './table.ts';
import { textWidth } from './text-width.ts';

type Row = { readonly name: string; readonly count: number };

const COLUMNS: readonly Column<Row>[] = [
  { title: 'NAME', value: (row) => row.name },
  { title: 'COUNT', value: (row) => String(row.count), align: 'right' },
];
const plain = (_: unknown, text: string) => text;

test('columns are aligned, numbers to the right', () => {
  const lines = tablePrinter(COLUMNS, { width: null, paint: plain })([
    { name: 'gw-1', count: 5 },
    { name: 'gateway-12', count: 1200 },
  ]);
  assert.deepEqual(lines, ['NAME        COUNT', 'gw-1            5', 'gateway-12   1200']);
});

test('on a terminal no line is wider than it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ name: fc.string({ maxLength: 200 }), count: fc.nat() }), { minLength: 1 }),
      fc.integer({ min: 20, max: 120 }),
      (rows, width) => tablePrinter(COLUMNS, { width, paint: plain })(rows).every((line) => textWidth(line) <= width),
    ),
  );
});

test('where there is no terminal nothing is cut', () => {
  const name = 'x'.repeat(500);
  assert.match(tablePrinter(COLUMNS, { width: null, paint: plain })([{ name, count: 1 }])[1] ?? '', new RegExp(name));
});

test('later pages keep the columns of the first and have no titles', () => {
  const print = tablePrinter(COLUMNS, { width: null, paint: plain });
  print([{ name: 'gateway-12', count: 1 }]);
  assert.deepEqual(print([{ name: 'gw', count: 2 }]), ['gw              2']);
});

test('colour does not shift a column', () => {
  const columns: Column<Row>[] = [{ title: 'NAME', value: (row) => row.name, style: () => 'red' }, ...COLUMNS.slice(1)];
  const [, line] = tablePrinter(columns, { width: null, paint: (_, text) => `<${text}>` })([{ name: 'ab', count: 1 }]);
  assert.equal(line, '<ab  >      1');
});

test('a sheet leaves out what is not known', () => {
  assert.deepEqual(
    sheetLines([
      ['name', 'gw-1'],
      ['description', ''],
      ['last contact', null],
    ]),
    ['name  gw-1'],
  );
});
