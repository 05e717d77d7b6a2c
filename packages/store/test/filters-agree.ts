import assert from 'node:assert/strict';
import { compareCodePoints, DEVICE_FIELDS, fold, matchesFilter, parseFilter, settleFilter } from '@updraft/core';
import fc from 'fast-check';
import { readOrder } from '../src/list/page-order.ts';
import { readLarge } from '../src/list/read-large.ts';
import { LARGE_LIMITS, readPage } from '../src/list/read-page.ts';
import { DEVICE_LIST } from '../src/repositories/device-list.ts';
import { selectDevices } from '../src/repositories/device-repository.ts';
import { readFilterFacts } from '../src/repositories/filter-facts-repository.ts';
import type { RandomFleet } from './commands/random-fleet.ts';
import { deviceFilter, fleet, MOMENTS } from './contract/random-devices.ts';
import type { StoreUnderTest } from './store-under-test.ts';

const FILTERS_PER_FLEET = 10;
/** So small that a handful of devices is walked in slices, given up, found by an index and counted in part. */
const TINY_LIMITS = [
  { total: 1, sliceRows: 2, walkRows: 2, driveRows: 2, farSliceRows: 3, rowsForTotal: 4 },
  { total: 3, sliceRows: 1, walkRows: 4, driveRows: 5, farSliceRows: 1, rowsForTotal: 100 },
];

/**
 * Random devices are written into every store, and random filters are asked of each: its SQL, on every way to a page,
 * says what memory says, and the stores say the same. `SEED` and `RUNS` in the environment play a run again, or more.
 */
export async function filtersAgree(
  stores: readonly StoreUnderTest[],
  runs: number,
  tell?: (told: string) => void,
): Promise<void> {
  const filters = fc.array(deviceFilter, { minLength: FILTERS_PER_FLEET, maxLength: FILTERS_PER_FLEET });
  const { SEED, RUNS } = process.env;
  let tenants = 0;
  await fc.assert(
    fc.asyncProperty(fleet, filters, async (random, queries) => {
      const name = `t${(tenants += 1)}`;
      tell?.(`fleet ${tenants} of ${runs}`);
      const fleets = await Promise.all(stores.map((store) => written(store, name, random)));
      for (const query of queries) {
        const answers = await Promise.all(fleets.map((each) => answerOf(each, query)));
        for (const answer of answers) assert.deepEqual(answer, answers[0], query);
      }
    }),
    { numRuns: Number(RUNS ?? runs), ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
  );
}

type Written = {
  readonly store: StoreUnderTest;
  readonly tenant: number;
  readonly devices: readonly { readonly id: number; readonly name: string }[];
};

async function written(store: StoreUnderTest, name: string, random: Omit<RandomFleet, 'tenant'>): Promise<Written> {
  const tenant = await store.commands.run('tenant.add', { name });
  const ids = await store.commands.run('fleet.add', { ...random, tenant });
  return { store, tenant, devices: random.devices.map((device, at) => ({ id: ids[at] ?? 0, name: device.name })) };
}

/** The names of the devices that match, once memory and every way through SQL have agreed on them. */
async function answerOf(all: Written, query: string): Promise<readonly string[]> {
  const expected = await inMemory(all, query);
  const reader = all.store.longReader;
  const rows = selectDevices(reader).where('device.tenant', '=', all.tenant);
  for (const source of [{}, { tenant: all.tenant }]) {
    const request = { limit: 100, filter: query };
    const page = await readPage({ reader, query: rows, moments: MOMENTS, ...source }, DEVICE_LIST, request);
    assert.ok(page.outcome === 'page', JSON.stringify(page));
    const names = page.rows.map(({ name }) => name);
    assert.deepEqual([names, page.total, page.totalIsExact], [expected, expected.length, true], query);
  }
  await comparePlaces(all, query, expected);
  return expected;
}

function settled(query: string) {
  const parsed = parseFilter(query, DEVICE_FIELDS);
  if (parsed.outcome === 'refused') return assert.fail(`${query}: ${parsed.problem.message}`);
  return settleFilter(parsed.filter, DEVICE_FIELDS, MOMENTS);
}

async function inMemory({ store, devices }: Written, query: string): Promise<readonly string[]> {
  const filter = settled(query);
  const ids = devices.map(({ id }) => id);
  const facts = await readFilterFacts(store.longReader, ids);
  assert.equal(facts.size, ids.length);
  const matches = (id: number) => matchesFilter(filter, DEVICE_FIELDS, facts.get(id) ?? assert.fail('no facts'));
  return devices
    .filter(({ id }) => matches(id))
    .toSorted((a, b) => compareCodePoints(fold(a.name), fold(b.name)) || a.id - b.id)
    .map(({ name }) => name);
}

const ORDERS = ['name', '-displayName', 'createdAt'] as const;
const PAGE = 3;

/** The ways by index and by slices, which only a large list goes: a first page, and what stands behind its first row. */
async function comparePlaces({ store, tenant, devices }: Written, query: string, expected: readonly string[]) {
  const { fields, id } = DEVICE_LIST;
  const large = { db: store.longReader, fields, id, table: 'device', tenantColumn: 'device.tenant', tenant };
  const named = new Map(devices.map((device) => [device.id, device.name]));
  for (const sort of ORDERS) {
    const order = readOrder(DEVICE_LIST, sort);
    assert.ok(typeof order !== 'string');
    const asked = { filter: settled(query), order, after: undefined, limit: PAGE };
    const all = await readLarge(large, { ...asked, limit: devices.length + 1 }, LARGE_LIMITS);
    const inOrder = all.places.map((place) => named.get(place.id) ?? assert.fail('another device'));
    if (sort === 'name') assert.deepEqual(inOrder, expected, query);
    assert.deepEqual(inOrder.toSorted(compareCodePoints), expected.toSorted(compareCodePoints), query);
    for (const limits of TINY_LIMITS)
      for (const skipped of [0, 1]) {
        const after = skipped === 0 ? undefined : all.places[0];
        const { places, total, totalIsExact } = await readLarge(large, { ...asked, after }, limits);
        const names = places.map((place) => named.get(place.id));
        const wanted = inOrder.slice(after === undefined ? 0 : 1).slice(0, PAGE);
        assert.deepEqual(names, wanted, `${query} by ${sort}, ${skipped} skipped`);
        assert.ok(totalIsExact ? total === expected.length : total <= expected.length, query);
      }
  }
}
