import { advanceClock, createClockOffset, type ClockOffset } from '@updraft/store';
import { randomBytes } from 'node:crypto';
import { after, test, type TestContext } from 'node:test';
import { postgresMaker } from '../../../store/test/postgres-maker.ts';
import { aFleet, type DdiClient, type TestFleet } from '../a-fleet.ts';

/** A fleet whose time a test may let pass. */
export type TimedFleet = TestFleet & { readonly pass: (seconds: number) => void };

/** Starts a server on a new database without rows; undefined where the test was skipped. */
export type FleetMaker = {
  readonly name: string;
  readonly open: (t: TestContext) => Promise<TimedFleet | undefined>;
};

export const sqliteFleets: FleetMaker = { name: 'SQLite', open: (t) => timedFleet(t, {}) };

/** One cluster for the tests of a file; each server has a database of its own. */
export function postgresFleets(): FleetMaker {
  const { cluster, end } = postgresMaker();
  after(end);
  return {
    name: 'PostgreSQL',
    open: async (t) => {
      const url = await (await cluster(t))?.createDatabase('perhaps-migrated');
      if (url === undefined) return undefined;
      return timedFleet(t, { UPDRAFT_DATABASE_URL: url, UPDRAFT_INSTANCE_KEY: randomBytes(32).toString('hex') });
    },
  };
}

async function timedFleet(t: TestContext, environment: Readonly<Record<string, string>>): Promise<TimedFleet> {
  const clockOffset: ClockOffset = createClockOffset();
  return withTime(await aFleet(t, { environment, clockOffset }), clockOffset);
}

/** What is due by then is begun at once: nobody waits for the next tick. */
export function withTime(fleet: TestFleet, clockOffset: ClockOffset): TimedFleet {
  return {
    ...fleet,
    pass: (seconds) => {
      advanceClock(clockOffset, Math.round(seconds * 1000));
      void fleet.server.settleJobs();
    },
  };
}

export type FleetCheck = (fleet: TimedFleet, t: TestContext) => Promise<void>;

/** A contract on one database: each check is a test of its own, with devices and releases of its own on one server. */
export function fleetTests(maker: FleetMaker, title: string, checks: Readonly<Record<string, FleetCheck>>): void {
  void test(`${title}, on ${maker.name}`, async (t) => {
    const fleet = await maker.open(t);
    if (fleet === undefined) return;
    for (const [name, check] of Object.entries(checks)) await t.test(name, (inner) => check(fleet, inner));
  });
}

/** Looks until `look` gives something, which the jobs bring about within about a second. */
export async function eventually<T>(look: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > deadline) throw new Error('it did not come about');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** All that has happened so far and matches: on PostgreSQL an event is numbered, and listed, a moment after its commit. */
export async function eventsSoFar({ api, server }: TestFleet, filter: string) {
  const events = server.store.reader.selectFrom('event');
  const { last } = await events.select(({ fn }) => fn.max('id').as('last')).executeTakeFirstOrThrow();
  const unlisted = events.select('id').where('position', 'is', null).where('id', '<=', Number(last));
  await eventually(async () => ((await unlisted.executeTakeFirst()) === undefined ? true : null));
  return (await api.call('events.list', { query: { filter, limit: 500 } })).items;
}

/** A poll, whose time is written. */
export async function contactWritten(fleet: TestFleet, device: DdiClient): Promise<void> {
  await device.poll();
  await fleet.server.writeContacts();
}
