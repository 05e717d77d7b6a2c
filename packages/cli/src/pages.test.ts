import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allRows } from './pages.ts';
import type { PageQuery } from './pages.ts';

/** A list of the numbers up to `total`, in pages as large as is asked for. */
function aList(total: number) {
  const asked: PageQuery[] = [];
  return {
    asked,
    fetchPage: async (query: PageQuery) => {
      asked.push(query);
      const from = Number(query.cursor ?? 0);
      const items = Array.from({ length: Math.min(query.limit, total - from) }, (_, at) => from + at);
      const end = from + items.length;
      return { items, total, totalIsExact: true, next: end < total ? String(end) : null };
    },
  };
}

test('a list is read to its end', async () => {
  const list = aList(1_234);
  assert.equal((await allRows(list.fetchPage)).length, 1_234);
  assert.deepEqual(
    list.asked.map((query) => query.cursor),
    [undefined, '500', '1000'],
  );
});

test('a limit asks for no more rows than it wants', async () => {
  const list = aList(1_234);
  assert.equal((await allRows(list.fetchPage, { limit: 600 })).length, 600);
  assert.deepEqual(
    list.asked.map((query) => query.limit),
    [500, 100],
  );
});

test('filter and order go with every page', async () => {
  const list = aList(600);
  await allRows(list.fetchPage, { filter: 'a==b', sort: '-a' });
  assert.deepEqual(
    list.asked.map(({ filter, sort }) => [filter, sort]),
    [
      ['a==b', '-a'],
      ['a==b', '-a'],
    ],
  );
});
