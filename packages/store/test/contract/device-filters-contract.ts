import assert from 'node:assert/strict';
import {
  compareCodePoints,
  DEVICE_FIELDS,
  type FieldReader,
  fold,
  matchesFilter,
  parseFilter,
  settleFilter,
} from '@updraft/core';
import fc from 'fast-check';
import { readOrder } from '../../src/list/page-order.ts';
import { readLarge } from '../../src/list/read-large.ts';
import { readPage } from '../../src/list/read-page.ts';
import { DEVICE_LIST } from '../../src/repositories/device-list.ts';
import { selectDevices } from '../../src/repositories/device-repository.ts';
import { readFilterFacts } from '../../src/repositories/filter-facts-repository.ts';
import type { StoreUnderTest } from '../store-under-test.ts';
import { deviceFilter, fleet, MOMENTS } from './random-devices.ts';
import type { StoreMaker } from './store-maker.ts';
import { storeTest } from './store-maker.ts';

const RUNS = 12;
const FILTERS_PER_FLEET = 10;
/** So small that a handful of devices is walked in slices, given up, found by an index and counted in part. */
const TINY_LIMITS = [
  { total: 1, sliceRows: 2, walkRows: 2, rowsForTotal: 4 },
  { total: 3, sliceRows: 1, walkRows: 4, rowsForTotal: 100 },
];

/** What filters over devices promise, whatever the database: they match what memory says that they match. */
export function deviceFiltersContract(maker: StoreMaker): void {
  const contract = storeTest.bind(undefined, maker);

  contract('a filter over any facts of devices says the same in SQL as in memory', async (store) => {
    let tenants = 0;
    const filters = fc.array(deviceFilter, { minLength: FILTERS_PER_FLEET, maxLength: FILTERS_PER_FLEET });
    await fc.assert(
      fc.asyncProperty(fleet, filters, async (random, queries) => {
        const tenant = await store.commands.run('tenant.add', { name: `t${(tenants += 1)}` });
        const ids = await store.commands.run('fleet.add', { ...random, tenant });
        const devices = await Promise.all(
          random.devices.map(async ({ name }, at) => {
            const facts = await readFilterFacts(store.longReader, ids[at] ?? 0);
            assert.ok(facts !== undefined);
            return { id: ids[at] ?? 0, name, facts };
          }),
        );
        for (const query of queries) await agree(store, { tenant, devices, query });
      }),
      { numRuns: 30, ...(process.env.SEED ? { seed: Number(process.env.SEED) } : {}) },
    );
  });
}

type Fleet = {
  readonly tenant: number;
  readonly devices: readonly { readonly id: number; readonly name: string; readonly facts: FieldReader }[];
  readonly query: string;
};

async function agree({ longReader: reader }: StoreUnderTest, { tenant, devices, query }: Fleet): Promise<void> {
  const parsed = parseFilter(query, DEVICE_FIELDS);
  assert.equal(parsed.outcome, 'parsed', JSON.stringify(parsed));
  if (parsed.outcome !== 'parsed') return;
  const filter = settleFilter(parsed.filter, DEVICE_FIELDS, MOMENTS);
  const expected = devices
    .toSorted((a, b) => compareCodePoints(fold(a.name), fold(b.name)) || a.id - b.id)
    .filter(({ facts }) => matchesFilter(filter, DEVICE_FIELDS, facts))
    .map(({ name }) => name);
  const rows = selectDevices(reader).where('device.tenant', '=', tenant);
  const request = { limit: 100, filter: query };
  for (const source of [{}, { tenant }]) {
    const page = await readPage({ reader, query: rows, moments: MOMENTS, ...source }, DEVICE_LIST, request);
    assert.ok(page.outcome === 'page', JSON.stringify(page));
    assert.deepEqual(
      page.rows.map(({ name }) => name),
      expected,
      query,
    );
    assert.deepEqual([page.total, page.totalIsExact], [expected.length, true], query);
  }
  const order = readOrder(DEVICE_LIST, undefined);
  assert.ok(typeof order !== 'string');
  const { fields, id } = DEVICE_LIST;
  const large = { db: reader, fields, id, table: 'device', tenantColumn: 'device.tenant', tenant };
  const named = new Map(devices.map((device) => [device.id, device.name]));
  for (const limits of TINY_LIMITS) {
    const { places, total } = await readLarge(large, { filter, order, after: undefined, limit: 3 }, limits);
    assert.deepEqual(
      places.map((place) => named.get(place.id)),
      expected.slice(0, 3),
      query,
    );
    assert.ok(total <= Math.max(expected.length, limits.total), query);
  }
}
