import assert from 'node:assert/strict';
import { lastPosition, readEvents } from '../../src/outbox/read-events.ts';
import type { StoreUnderTest } from '../store-under-test.ts';
import type { StoreMaker } from './store-maker.ts';
import { storeTest } from './store-maker.ts';

/** What the outbox promises, whatever the database. */
export function eventsContract(maker: StoreMaker): void {
  const contract = storeTest.bind(undefined, maker);

  contract('events of many commands at once get positions without gaps', async (store) => {
    const tenant = await store.commands.run('tenant.add', { name: 'one' });
    const names = Array.from({ length: 60 }, (_, at) => `trial.e${at}`);
    const all = readUpTo(store, tenant, names.length);
    await Promise.all(names.map((name) => store.commands.run('event.append', { tenant, name })));
    const events = await all;
    assert.deepEqual(
      events.map(({ position }) => position),
      names.map((_, at) => at + 1),
    );
    assert.deepEqual(events.map(({ name }) => name).toSorted(), names.toSorted());
    assert.equal(await lastPosition(store.reader, tenant), names.length);
  });

  contract('an event comes back as it was appended', async (store) => {
    const tenant = await store.commands.run('tenant.add', { name: 'one' });
    const all = readUpTo(store, tenant, 1);
    await store.commands.run('event.append', { tenant, name: 'trial.made' });
    const [event] = await all;
    assert.ok(event && event.at > 0);
    assert.deepEqual(
      { ...event, at: 0 },
      {
        position: 1,
        at: 0,
        name: 'trial.made',
        actor: null,
        subject: { kind: 'tenant', id: String(tenant) },
        data: { name: 'trial.made' },
      },
    );
  });

  contract('a tenant reads its own events only', async (store) => {
    const mine = await store.commands.run('tenant.add', { name: 'mine' });
    const other = await store.commands.run('tenant.add', { name: 'other' });
    const all = readUpTo(store, mine, 1);
    await store.commands.run('event.append', { tenant: other, name: 'trial.theirs' });
    await store.commands.run('event.append', { tenant: mine, name: 'trial.mine' });
    assert.deepEqual(
      (await all).map(({ name }) => name),
      ['trial.mine'],
    );
    assert.equal(await lastPosition(store.reader, 999), 0);
  });

  contract('a failed command leaves no event', async (store) => {
    const tenant = await store.commands.run('tenant.add', { name: 'one' });
    await assert.rejects(store.commands.run('sql.run', { text: 'select nothing from nowhere' }));
    const all = readUpTo(store, tenant, 1);
    await store.commands.run('event.append', { tenant, name: 'trial.after' });
    assert.equal((await all)[0]?.position, 1);
  });

  contract('positions go on beyond 32 bits', async (store) => {
    const tenant = await store.commands.run('tenant.add', { name: 'one' });
    await store.commands.run('sql.run', { text: `update server_state set value = '5000000000'` });
    const all = readUpTo(store, tenant, 1);
    await store.commands.run('event.append', { tenant, name: 'trial.late' });
    assert.equal((await all)[0]?.position, 5_000_000_001);
  });
}

/** Reads as a live reader does: woken, from the position it has, until it has seen `count`. */
export function readUpTo(store: StoreUnderTest, tenant: number, count: number) {
  type Seen = Awaited<ReturnType<typeof readEvents>>;
  const { promise, resolve, reject } = Promise.withResolvers<Seen>();
  const seen: Seen[number][] = [];
  let reading = Promise.resolve();
  const read = async () => {
    const after = seen.at(-1)?.position ?? 0;
    seen.push(...(await readEvents(store.reader, tenant, { after, limit: 7 })));
    if ((seen.at(-1)?.position ?? 0) > after) await read();
    if (seen.length >= count) {
      stop();
      resolve(seen);
    }
  };
  const stop = store.onEvents(() => {
    reading = reading.then(read).catch(reject);
  });
  return promise;
}
