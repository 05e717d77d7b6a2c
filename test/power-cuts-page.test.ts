import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cutTable } from './power-cuts/cut-table.ts';

const page = readFileSync(new URL('../docs/power-cuts.md', import.meta.url), 'utf8');
const [, table = ''] = /<!-- table -->\n([^]*)<!-- end of table -->/.exec(page) ?? [];

test('the page on power cuts shows the table that its run prints, with no brick', () => {
  assert.deepEqual(shapeOf(table), shapeOf(cutTable({ writes: [], flushes: [] }, [], [])));
  const cells = table
    .split('\n')
    .findLast((line) => line.startsWith('|'))
    ?.split('|')
    .map((cell) => cell.trim());
  const [, bricks, , , , all] = cells?.toReversed().slice(1) ?? [];
  assert.ok(Number(all) >= 2000);
  assert.equal(bricks, '0');
});

/** Its words without figures and layout. */
function shapeOf(text: string): string[] {
  return text
    .split(/[|\n]/)
    .map((cell) =>
      cell
        .trim()
        .replaceAll(/[\d ]+/g, '#')
        .replace(/^-+$/, '---'),
    )
    .filter((cell) => cell !== '');
}
