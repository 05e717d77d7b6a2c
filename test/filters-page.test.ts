import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DEVICE_FIELDS, parseFilter } from '../packages/core/src/index.ts';
import { FILTER_OPERATORS } from '../packages/core/src/filter/filter-scanner.ts';

const page = readFileSync(new URL('../docs/filters.md', import.meta.url), 'utf8');

/** The cells of the table whose head begins with these words, row by row. */
function tableOf(head: string): readonly (readonly string[])[] {
  const from = page.indexOf(`| ${head} |`);
  assert.ok(from >= 0, `the page has a table "${head}"`);
  const lines = page.slice(from).split('\n');
  const rows = lines.slice(2, lines.indexOf(''));
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function wordsIn(cells: readonly (string | undefined)[]): readonly string[] {
  return cells.flatMap((cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word));
}

function problemOf(filter: string): string | null {
  const parsed = parseFilter(filter, DEVICE_FIELDS);
  return parsed.outcome === 'refused' ? parsed.problem.message : null;
}

test('every example of the page of filters is a filter over devices', () => {
  const examples = [...page.matchAll(/^```rsql\n([\s\S]*?)^```$/gm)].flatMap(([, text = '']) =>
    text.trim().split('\n'),
  );
  assert.ok(examples.length > 20);
  const refused = examples.filter((example) => problemOf(example) !== null);
  assert.deepEqual(refused, []);
});

test('the page of filters names every field, and no other', () => {
  const rows = tableOf('field | also written');
  const named = rows.flatMap(([field, others]) => wordsIn([field, others]));
  const fields = Object.keys(DEVICE_FIELDS).map((name) => (DEVICE_FIELDS[name]?.keyed ? `${name}.KEY` : name));
  assert.deepEqual(named.toSorted(), fields.toSorted());
  for (const [field, others] of rows) {
    const [first = '', ...more] = wordsIn([field, others]);
    for (const alias of more) assert.equal(DEVICE_FIELDS[alias]?.is, first);
  }
});

test('the page of filters names every operator, with its other form', () => {
  const rows = tableOf('operator | also written');
  const meanings: Readonly<Record<string, string>> = FILTER_OPERATORS;
  const pairs = rows.map(([operator, other]) => wordsIn([operator, other]));
  assert.deepEqual(pairs.flat().toSorted(), Object.keys(meanings).toSorted());
  for (const [first = '', ...others] of pairs)
    for (const other of others) assert.equal(meanings[other], meanings[first]);
});

test('the page of filters names every word of the fields that have words', () => {
  for (const [field, declared] of Object.entries(DEVICE_FIELDS)) {
    if (declared.type !== 'word' || declared.is !== undefined) continue;
    const said = new RegExp(`The words of \`${field}\`: ([^.]+)\\.`).exec(page)?.[1];
    assert.deepEqual(wordsIn([said]).toSorted(), [...declared.words].toSorted());
  }
});

test('a wrong filter is refused in the words of the page', () => {
  for (const [filter = '', said] of tableOf('filter | refused'))
    assert.equal(problemOf(wordsIn([filter])[0] ?? ''), said);
});
