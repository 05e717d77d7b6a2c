import assert from 'node:assert/strict';
import type { Command, CommandRunner } from '../../src/command.ts';
import { advanceClock, createClockOffset, standClock } from '../../src/database/database-clock.ts';
import type { StoreUnderTest } from '../store-under-test.ts';
import type { StoreMaker } from './store-maker.ts';
import { storeTest } from './store-maker.ts';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

/** What running commands promises, whatever the database. */
export function commandsContract(maker: StoreMaker): void {
  const contract = storeTest.bind(undefined, maker);

  contract('what a command wrote can be read when it has answered', async (store) => {
    const tenant = await store.commands.run('tenant.add', { name: 'One' });
    const query = store.reader.selectFrom('tenant').select(['id', 'name']);
    assert.deepEqual(await query.execute(), [{ id: tenant, name: 'One' }]);
    const long = store.longReader.selectFrom('tenant').select('name');
    assert.deepEqual(await long.execute(), [{ name: 'One' }]);
  });

  contract('a command that throws leaves nothing, and those beside it stay', async (store) => {
    const tenant = await store.commands.run('tenant.add', { name: 'one' });
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, (_, at) =>
        at % 3 === 0
          ? store.commands.run('tenant.count-then-throw', { tenant })
          : store.commands.run('tenant.count', { tenant, by: 1 }),
      ),
    );
    const failures = results.filter((result) => result.status === 'rejected');
    assert.equal(failures.length, 10);
    for (const { reason } of failures) assert.equal((reason as { code: string }).code, 'on-purpose');
    assert.equal(await revisionOf(store, tenant), 21);
  });

  contract('the cause of a failure comes with it', async (store) => {
    const failure = await store.commands.run('tenant.count-then-throw', { tenant: 1 }).catch((error: unknown) => error);
    assert.ok(failure instanceof Error && failure.cause instanceof Error);
    assert.equal(failure.name, 'CommandFailed');
    assert.equal(failure.cause.message, 'on purpose');
    assert.match(failure.cause.stack ?? '', /trial-commands/);
  });

  contract('a value that a unique index holds is told by its code', async (store) => {
    await store.commands.run('tenant.add', { name: 'one' });
    await assert.rejects(store.commands.run('tenant.add', { name: 'ONE' }), { code: 'unique-violation' });
  });

  contract('a command that nobody wrote is told by its code', async (store) => {
    const commands = store.commands as unknown as CommandRunner<Record<string, Command<never, unknown>>>;
    for (const name of ['no.such', 'constructor', '__proto__'])
      await assert.rejects(commands.run(name, undefined as never), { code: 'command-unknown' });
  });

  contract('commands that race for one row all find it', async (store) => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, () => store.commands.run('tenant.ensure', { name: 'shared' })),
    );
    assert.equal(new Set(ids).size, 1);
  });

  contract('commands on one row count each of them', async (store) => {
    const tenant = await store.commands.run('tenant.add', { name: 'one' });
    await Promise.all(Array.from({ length: 50 }, () => store.commands.run('tenant.count', { tenant, by: 2 })));
    assert.equal(await revisionOf(store, tenant), 101);
  });

  contract('what a commit touched is told before its command has answered', async (store) => {
    const tenant = await store.commands.run('tenant.add', { name: 'one' });
    assert.deepEqual(
      store.told.map(({ tenants }) => tenants),
      [[tenant]],
    );
  });

  contract('a failed command tells nothing as touched', async (store) => {
    await assert.rejects(store.commands.run('tenant.count-then-throw', { tenant: 7 }));
    assert.deepEqual(store.told, []);
  });

  contract('whole numbers are whole in arithmetic', async (store) => {
    assert.equal(await store.commands.run('half.divide', { by: 2 }), 3);
  });

  contract('the clock of commands is the database’s, moved by the offset', async (_store, t) => {
    const clockOffset = createClockOffset();
    const opened = await maker.open(t, { clockOffset });
    assert.ok(opened);
    await using moved = opened;
    advanceClock(clockOffset, 5 * HOUR_MS);
    const ahead = (await moved.commands.run('clock.read', undefined)) - Date.now();
    assert.ok(Math.abs(ahead - 5 * HOUR_MS) < HOUR_MS / 2, String(ahead));
    assert.ok(Math.abs((await moved.now()) - Date.now() - 5 * HOUR_MS) < HOUR_MS / 2);
  });

  contract('a clock that stands tells the same time to all until it is moved', async (_store, t) => {
    const clockOffset = createClockOffset();
    const opened = await maker.open(t, { clockOffset });
    assert.ok(opened);
    await using stood = opened;
    const at = Date.parse('2031-01-06T12:00:00Z');
    const told = async () => [await stood.commands.run('clock.read', undefined), await stood.now(), stood.clock()];
    standClock(clockOffset, at);
    assert.deepEqual(await told(), [at, at, at]);
    advanceClock(clockOffset, HOUR_MS);
    assert.deepEqual(await told(), [at + HOUR_MS, at + HOUR_MS, at + HOUR_MS]);
  });

  contract('a lease has one owner until it is over or given back', async (_store, t) => {
    const clockOffset = createClockOffset();
    const opened = await maker.open(t, { clockOffset });
    assert.ok(opened);
    await using moved = opened;
    const acquire = (owner: string) => moved.commands.run('lease.acquire', { owner, milliseconds: HOUR_MS });
    assert.equal(await acquire('a'), true);
    assert.equal(await acquire('b'), false);
    assert.equal(await acquire('a'), true);
    advanceClock(clockOffset, HOUR_MS + 1000);
    assert.equal(await acquire('b'), true);
    assert.equal(await acquire('a'), false);
    await moved.commands.run('lease.release', { owner: 'a' });
    assert.equal(await acquire('a'), false);
    await moved.commands.run('lease.release', { owner: 'b' });
    assert.equal(await acquire('a'), true);
  });

  contract('a lease that was taken while the clock was a year ahead is over when it is put back', async (_store, t) => {
    const clockOffset = createClockOffset();
    const opened = await maker.open(t, { clockOffset });
    assert.ok(opened);
    await using moved = opened;
    const acquire = (owner: string) => moved.commands.run('lease.acquire', { owner, milliseconds: HOUR_MS });
    advanceClock(clockOffset, YEAR_MS);
    assert.equal(await acquire('a'), true);
    advanceClock(clockOffset, -YEAR_MS);
    assert.equal(await acquire('b'), true);
    assert.equal(await acquire('a'), false);
  });

  contract('a closed store takes no command', async (store) => {
    await store.close();
    await assert.rejects(store.commands.run('clock.read', undefined), { code: 'store-closed' });
  });

  contract('closing waits for what was asked before', async (store) => {
    const running = Array.from({ length: 20 }, (_, at) => store.commands.run('tenant.add', { name: `t${at}` }));
    await store.close();
    assert.equal((await Promise.all(running)).length, 20);
  });

  contract('the reader writes nothing and begins no transaction', async (store) => {
    await assert.rejects(store.reader.transaction().execute(async () => undefined));
  });
}

async function revisionOf(store: StoreUnderTest, tenant: number): Promise<number | undefined> {
  const query = store.reader.selectFrom('tenant').select('rollouts_revision').where('id', '=', tenant);
  return (await query.executeTakeFirst())?.rollouts_revision;
}
