import assert from 'node:assert/strict';
import type { Filter, FilterFields } from '@updraft/core';
import { compareCodePoints, fold, matchesFilter, parseFilter, settleFilter } from '@updraft/core';
import fc from 'fast-check';
import type { ListDeclaration } from '../../src/list/list-fields.ts';
import type { ListRequest } from '../../src/list/read-page.ts';
import { MAX_COUNTED_TOTAL, readPage } from '../../src/list/read-page.ts';
import type { TrialDevice } from '../commands/trial-commands.ts';
import type { StoreUnderTest } from '../store-under-test.ts';
import { filterOf, pattern, quoted, text, words } from './random-text.ts';
import type { StoreMaker } from './store-maker.ts';
import { storeTest } from './store-maker.ts';

const list: ListDeclaration = {
  fields: {
    name: { type: 'text', column: 'device.name_fold', sortable: true },
    site: { type: 'exact', column: 'device.site' },
    created: { type: 'instant', column: 'device.created_at', sortable: true },
    number: { type: 'number', column: 'device.id', sortable: true },
    release: { type: 'number', column: 'device.running_release_id' },
    attribute: {
      type: 'text',
      keyed: true,
      column: 'device_attribute.value_fold',
      rows: {
        from: 'device_attribute',
        owner: 'device_attribute.device',
        of: 'device.id',
        key: 'device_attribute.key',
      },
    },
  },
  id: 'device.id',
  defaultSort: 'name',
};

const attributes = fc.dictionary(fc.constantFrom('v', 'V', 'k'), text, { maxKeys: 3, noNullPrototype: true });
const devices = fc.uniqueArray(
  fc.record({ name: text, site: text, created: fc.integer({ min: 0, max: 5 }), attributes }),
  { selector: ({ name }) => name, maxLength: 12 },
);

const equality = fc.constantFrom('==', '!=');
const order = fc.constantFrom('<', '<=', '>', '>=');
const values = fc.array(fc.oneof(quoted, pattern), { minLength: 1, maxLength: 3 }).map((each) => `(${each.join(',')})`);
const textField = fc.constantFrom('name', 'attribute.v', 'attribute.k');
const small = fc.integer({ min: 0, max: 6 }).map(String);
const comparison = fc.oneof(
  words(textField, equality, fc.oneof(quoted, pattern)),
  words(textField, order, quoted),
  words(textField, fc.constantFrom('=in=', '=out='), values),
  words(fc.constant('site'), equality, quoted),
  words(fc.constantFrom('created', 'number'), fc.oneof(equality, order), small),
  words(fc.constant('release'), fc.oneof(equality, order), small),
);
const filter = filterOf(comparison);

/** What lists promise, whatever the database: the same as memory does. */
export function listsContract(maker: StoreMaker): void {
  const contract = storeTest.bind(undefined, maker);

  contract('a filter, an order and pages say the same as memory does', async (store) => {
    let tenants = 0;
    const orders = fc.constantFrom('name', '-name', 'created', '-created', 'number', '-number');
    await fc.assert(
      fc.asyncProperty(devices, filter, orders, async (rows, query, sort) => {
        const tenant = await store.commands.run('tenant.add', { name: `t${(tenants += 1)}` });
        await store.commands.run('device.add-many', { tenant, devices: rows });
        const expected = inMemory(rows, query, sort);
        const { names, totals } = await readAll(store, tenant, { filter: query, sort, limit: 3 });
        // A numbered filter would need the ids, which memory has not.
        if (/number/.test(query)) return;
        assert.deepEqual(names, expected);
        assert.deepEqual(totals, [expected.length]);
      }),
      { numRuns: 60 },
    );
  });

  contract('a total is counted up to a bound', async (store) => {
    await store.commands.run('rows.add', { from: 1, count: MAX_COUNTED_TOTAL + 1 });
    const contacts: ListDeclaration = {
      fields: { device: { type: 'number', column: 'contact.device', sortable: true } },
      id: 'contact.device',
      defaultSort: 'device',
    };
    const totalOf = async (query: string) => {
      const page = await readPage(
        { reader: store.longReader, query: store.longReader.selectFrom('contact').select('device') },
        contacts,
        { limit: 2, filter: query },
      );
      assert.ok(page.outcome === 'page');
      return [page.total, page.totalIsExact];
    };
    assert.deepEqual(await totalOf(''), [MAX_COUNTED_TOTAL, false]);
    assert.deepEqual(await totalOf('device!=1'), [MAX_COUNTED_TOTAL, true]);
    assert.deepEqual(await totalOf('device==1'), [1, true]);
  });

  contract('a page asked wrongly is refused with its code', async (store) => {
    const tenant = await store.commands.run('tenant.add', { name: 'one' });
    const codeOf = async (request: Partial<ListRequest>) => {
      const page = await pageOf(store, tenant, { limit: 1, ...request });
      return page.outcome === 'refused' ? page.code : page.outcome;
    };
    assert.equal(await codeOf({ filter: 'nme==a' }), 'filter-invalid');
    for (const sort of ['nme', 'site', 'attribute', '', '-', '__proto__'])
      assert.equal(await codeOf({ sort }), 'sort-invalid', sort);
    for (const cursor of ['', 'x', '!', Buffer.from('[1]').toString('base64url'), 'W10'])
      assert.equal(await codeOf({ cursor }), 'cursor-invalid', cursor);
  });

  contract('a cursor belongs to its order', async (store) => {
    const tenant = await store.commands.run('tenant.add', { name: 'one' });
    const two = ['a', 'b'].map((name) => ({ name, site: '', created: 0, attributes: {} }));
    await store.commands.run('device.add-many', { tenant, devices: two });
    const first = await pageOf(store, tenant, { limit: 1 });
    assert.ok(first.outcome === 'page' && first.next !== null);
    const again = await pageOf(store, tenant, { limit: 1, sort: '-name', cursor: first.next });
    assert.equal(again.outcome === 'refused' && again.code, 'cursor-invalid');
  });
}

function inMemory(rows: readonly TrialDevice[], query: string, sort: string): readonly string[] {
  const parsed = parseFilter(query, list.fields as FilterFields);
  assert.equal(parsed.outcome, 'parsed', JSON.stringify(parsed));
  const read = settleFilter((parsed as { filter: Filter }).filter, list.fields, { now: 0, overdueAt: 0 });
  const matching = rows.filter((row) => matchesFilter(read, list.fields, (field, key) => valuesOf(row, field, key)));
  const ordered = matching.toSorted((a, b) => {
    if (sort.endsWith('name'))
      return compareCodePoints(fold(a.name), fold(b.name)) || rows.indexOf(a) - rows.indexOf(b);
    return (sort.endsWith('created') ? a.created - b.created : 0) || rows.indexOf(a) - rows.indexOf(b);
  });
  return (sort.startsWith('-') ? ordered.toReversed() : ordered).map(({ name }) => name);
}

function valuesOf(row: TrialDevice, field: string, key: string | null): readonly (string | number)[] {
  if (field === 'name') return [row.name];
  if (field === 'site') return [row.site];
  if (field === 'created') return [row.created];
  const entries = Object.entries(row.attributes).filter(([each]) => each === key);
  return field === 'attribute' ? entries.map(([, value]) => value) : [];
}

async function readAll(store: StoreUnderTest, tenant: number, request: ListRequest) {
  const names: string[] = [];
  const totals = new Set<number>();
  for (let cursor: string | undefined; ;) {
    const page = await pageOf(store, tenant, { ...request, cursor });
    assert.ok(page.outcome === 'page', JSON.stringify(page));
    names.push(...page.rows.map(({ name }) => name));
    totals.add(page.total);
    if (page.next === null) return { names, totals: [...totals] };
    cursor = page.next;
  }
}

function pageOf({ longReader }: StoreUnderTest, tenant: number, request: ListRequest) {
  const query = longReader.selectFrom('device').select('device.name').where('device.tenant', '=', tenant);
  return readPage({ reader: longReader, query }, list, request);
}
