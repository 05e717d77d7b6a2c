import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventFeed, type FeedPlace } from './event-feed.ts';

/** A feed of what was there when it was looked; the looks are counted. */
function aFeed() {
  const looks: FeedPlace[] = [];
  const now = { events: 0 };
  const feed = new EventFeed(async (place) => {
    looks.push(place);
    return now.events;
  });
  const ask = (place: Partial<FeedPlace> = {}, isBehind = false) =>
    feed.next({ tenant: 1, after: 0, ...place }, isBehind);
  return { looks, now, ask };
}

test('hundreds who stand at one place are told by one look, however often they ask', async () => {
  const { looks, ask } = aFeed();
  for (let round = 1; round <= 3; round += 1) {
    await Promise.all(Array.from({ length: 300 }, () => ask()));
    assert.equal(looks.length, round);
  }
});

test('who asks after something has come is told of it, though others asked before', async () => {
  const { now, ask } = aFeed();
  const early = ask();
  assert.equal(await early, 0);
  now.events = 1;
  const late = ask();
  now.events = 2;
  const later = ask();
  assert.deepEqual(await Promise.all([late, later]), [2, 2]);
});

test('other places and other tenants are looked at by themselves', async () => {
  const { looks, ask } = aFeed();
  await Promise.all([ask(), ask({ after: 7 }), ask({ tenant: 2 }), ask({ after: 7 })]);
  assert.deepEqual(looks, [
    { tenant: 1, after: 0 },
    { tenant: 1, after: 7 },
    { tenant: 2, after: 0 },
  ]);
});

test('who is behind does not wait for the others to rest', async () => {
  const { looks, ask } = aFeed();
  await ask();
  const resting = ask({ after: 1 });
  for (let after = 2; after <= 5; after += 1) await ask({ after }, true);
  assert.deepEqual(
    looks.map(({ after }) => after),
    [0, 2, 3, 4, 5],
  );
  await resting;
});

test('a look that fails fails for those who shared it, and the next is made anew', async () => {
  let isBroken = true;
  const feed = new EventFeed(async () => {
    if (isBroken) throw new Error('on purpose');
    return 'well';
  });
  const place = { tenant: 1, after: 0 };
  for (const told of [feed.next(place, false), feed.next(place, false)]) await assert.rejects(told, /on purpose/);
  isBroken = false;
  assert.equal(await feed.next(place, false), 'well');
});
