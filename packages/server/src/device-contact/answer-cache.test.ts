import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerCache, MAX_CACHED_ANSWERS, NEWCOMERS_PER_PLACE, type Asking } from './answer-cache.ts';
import { DropLog } from './drop-log.ts';

const asking: Asking = {
  tenant: 'default',
  device: 'gw',
  authorization: 'TargetToken a',
  origin: 'http://u',
  splitsOffers: 'never',
};
const answer = { device: 1, body: '{}', stamp: { deviceRevision: 1, rolloutsRevision: 1 } };
const lasting = { tenant: 7, until: null };
const nobody = { devices: [], tenants: [], events: false };

function aCache() {
  const drops = new DropLog();
  return { drops, cache: new AnswerCache<typeof answer>(drops) };
}

function kept({ drops, cache }: ReturnType<typeof aCache>, who: Asking = asking, device = 1) {
  cache.keep(who, { ...answer, device }, { ...lasting, ticket: drops.ticket() });
}

test('an answer is given again to who asks the same in the same way', () => {
  const known = aCache();
  const { cache } = known;
  kept(known);
  assert.equal(cache.get(asking, 0)?.body, '{}');
  for (const other of [
    { tenant: 'DEFAULT' },
    { device: 'gw2' },
    { authorization: 'TargetToken b' },
    { authorization: 'TargetToken ab' },
    { origin: 'https://u' },
    { splitsOffers: 'at-windows' as const },
  ])
    assert.equal(cache.get({ ...asking, ...other }, 0), null, JSON.stringify(other));
});

test('a commit drops what it touched: the device’s answers in every spelling, or the tenant’s', () => {
  const known = aCache();
  const { cache, drops } = known;
  const spelt = { ...asking, tenant: 'Default' };
  for (const who of [asking, spelt]) kept(known, who);
  drops.drop({ ...nobody, devices: [2] });
  assert.ok(cache.get(asking, 0));
  drops.drop({ ...nobody, devices: [1] });
  assert.deepEqual([cache.get(asking, 0), cache.get(spelt, 0)], [null, null]);
  kept(known);
  drops.drop({ ...nobody, heard: [1] });
  assert.equal(cache.get(asking, 0), null);
  kept(known);
  drops.drop({ ...nobody, tenants: [8] });
  assert.ok(cache.get(asking, 0));
  drops.drop({ ...nobody, tenants: [7] });
  assert.equal(cache.get(asking, 0), null);
  kept(known);
  assert.ok(cache.get(asking, 0), 'what is read after the drop is kept');
});

test('an answer that was read before a drop is not kept after it', () => {
  const known = aCache();
  const { cache, drops } = known;
  const ticket = drops.ticket();
  drops.drop({ ...nobody, devices: [1] });
  cache.keep(asking, answer, { ...lasting, ticket });
  assert.equal(cache.get(asking, 0), null);
});

test('of more answers than it holds, the oldest go', () => {
  const known = aCache();
  const { cache } = known;
  for (let device = 0; device <= MAX_CACHED_ANSWERS; device += 1)
    kept(known, { ...asking, device: `gw-${device}` }, device);
  assert.equal(cache.get({ ...asking, device: 'gw-0' }, 0), null);
  assert.ok(cache.get({ ...asking, device: 'gw-1' }, 0));
  assert.ok(cache.get({ ...asking, device: `gw-${MAX_CACHED_ANSWERS}` }, 0));
});

test('of a fleet that asks in turn and is larger than the room, most that are kept are asked for again', () => {
  const drops = new DropLog();
  const cache = new AnswerCache<typeof answer>(drops, { newcomersPerPlace: NEWCOMERS_PER_PLACE });
  const fleet = Array.from({ length: MAX_CACHED_ANSWERS + 2000 }, (_, index) => ({ ...asking, device: `gw-${index}` }));
  const turn = () => {
    let given = 0;
    for (const [device, who] of fleet.entries())
      if (cache.get(who, 0) === null) kept({ drops, cache }, who, device);
      else given += 1;
    return given;
  };
  assert.equal(turn(), 0);
  const given = turn() / MAX_CACHED_ANSWERS;
  assert.ok(given > 0.9, String(given));
});

test('what is kept of a device is renewed also where there is no room', () => {
  const drops = new DropLog();
  const cache = new AnswerCache<typeof answer>(drops, { newcomersPerPlace: NEWCOMERS_PER_PLACE });
  for (let device = 0; device < MAX_CACHED_ANSWERS; device += 1)
    kept({ drops, cache }, { ...asking, device: `gw-${device}` }, device);
  const who = { ...asking, device: 'gw-5' };
  drops.drop({ ...nobody, devices: [5] });
  assert.equal(cache.get(who, 0), null);
  kept({ drops, cache }, who, 5);
  assert.ok(cache.get(who, 0));
});

test('an answer counts until a gate may change by time', () => {
  const known = aCache();
  const { cache, drops } = known;
  cache.keep(asking, answer, { ...lasting, ticket: drops.ticket(), until: 100 });
  assert.ok(cache.get(asking, 99));
  assert.equal(cache.get(asking, 100), null);
});

test('everything can be forgotten, also what is just being read', () => {
  const known = aCache();
  const { cache, drops } = known;
  kept(known);
  const ticket = drops.ticket();
  drops.clear();
  cache.keep(asking, answer, { ...lasting, ticket });
  assert.equal(cache.get(asking, 0), null);
  kept(known);
  assert.ok(cache.get(asking, 0));
});
