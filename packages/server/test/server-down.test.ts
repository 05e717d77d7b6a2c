import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { advanceClock, createClockOffset } from '@updraft/store';
import { postgresMaker } from '../../store/test/postgres-maker.ts';
import { ddiClient, publishRelease, SWUPDATE_SAYS, type DdiClient } from './a-fleet.ts';
import { aServer, type TestServer } from './a-server.ts';

const HOUR_SECONDS = 3600;
const SILENCE_SECONDS = 2 * HOUR_SECONDS;
/** Members of a phase are looked through so often. */
const SWEEP_SECONDS = SILENCE_SECONDS / 4;
const DOWN_SECONDS = 30 * HOUR_SECONDS;
/** What a device has at least to tell what it did meanwhile: three polls of five minutes. */
const POLLS_SECONDS = 900;
/** Shorter than a server is down, so that it has passed when it is back. */
const TIME_LIMITS = { silenceSeconds: SILENCE_SECONDS, downloadingSeconds: HOUR_SECONDS };

const { cluster, end } = postgresMaker();
after(end);

type Environment = Readonly<Record<string, string>>;
const DATABASES: Readonly<Record<string, (t: TestContext) => Promise<Environment | undefined>>> = {
  SQLite: () => Promise.resolve({}),
  PostgreSQL: async (t) => {
    const url = await (await cluster(t))?.createDatabase('perhaps-migrated');
    if (url === undefined) return undefined;
    return { UPDRAFT_DATABASE_URL: url, UPDRAFT_INSTANCE_KEY: randomBytes(32).toString('hex') };
  },
};

for (const [database, environmentOf] of Object.entries(DATABASES)) {
  test(`a server that was down for hours calls nobody silent until its limit has passed anew, on ${database}`, async (t) => {
    const site = await aSite(t, await environmentOf(t));
    if (site === undefined) return;
    const { numbers } = await site.bring();
    await site.restart(DOWN_SECONDS);
    assert.deepEqual(await site.states(), { began: 'downloading', waits: 'ready' });
    await site.pass(POLLS_SECONDS - 60);
    assert.equal((await site.states()).began, 'downloading');
    await site.pass(SILENCE_SECONDS - POLLS_SECONDS);
    assert.equal((await site.states()).waits, 'ready');
    await site.pass(60 + SWEEP_SECONDS);
    assert.deepEqual(await site.states(), { began: 'failed', waits: 'failed' });
    const reasons = numbers.map(async (number) => {
      const { reason } = await site.api().call('assignments.show', { params: { number } });
      return reason;
    });
    assert.deepEqual(await Promise.all(reasons), ['downloading-limit', 'silence-limit']);
  });

  test(`what a device did while its server was down counts when it is back, on ${database}`, async (t) => {
    const site = await aSite(t, await environmentOf(t));
    if (site === undefined) return;
    const { began, numbers } = await site.bring();
    await site.restart(DOWN_SECONDS);
    const device = began();
    assert.ok((await device.poll()).deploymentBase);
    assert.equal((await device.report(numbers[0], SWUPDATE_SAYS.success)).status, 200);
    assert.equal((await site.states()).began, 'succeeded');
  });
}

/** A server on a clock of its own with two devices of a rollout: `began` has said that it starts, `waits` was never heard. */
async function aSite(t: TestContext, environment: Environment | undefined) {
  if (environment === undefined) return undefined;
  const dataDir = await mkdtemp(path.join(tmpdir(), 'updraft-down-'));
  const clockOffset = createClockOffset();
  const wish = { dataDir: path.join(dataDir, 'data'), environment, clockOffset };
  let server: TestServer = await aServer(t, wish);
  t.after(async () => {
    await server.server.stop();
    await rm(dataDir, { recursive: true });
  });
  const clientOf = (name: string, token: string): DdiClient =>
    ddiClient(server.url, { name, authorization: `TargetToken ${token}` });
  return {
    api: () => server.api,
    async bring() {
      const { token } = await server.api.call('devices.create', { body: { name: 'began' } });
      await server.api.call('devices.create', { body: { name: 'waits' } });
      const release = await publishRelease(server, { name: 'os', version: '2' });
      const policy = { timeLimits: TIME_LIMITS };
      const body = { name: 'all', release: release.id, policy, start: true };
      await server.api.call('rollouts.create', { body });
      await server.server.settleJobs();
      const { items } = await server.api.call('assignments.list');
      const numberOf = (name: string) => items.find(({ device }) => device === name)?.number ?? 0;
      const numbers = [numberOf('began'), numberOf('waits')] as const;
      const began = () => clientOf('began', token);
      await began().poll();
      assert.equal((await began().report(numbers[0], SWUPDATE_SAYS.start)).status, 200);
      return { began, numbers };
    },
    async restart(downSeconds: number) {
      await server.server.stop();
      advanceClock(clockOffset, downSeconds * 1000);
      server = await aServer(t, wish);
      await server.server.settleJobs();
    },
    async pass(seconds: number) {
      advanceClock(clockOffset, seconds * 1000);
      await server.server.settleJobs();
    },
    async states() {
      await server.server.settleJobs();
      const { items } = await server.api.call('assignments.list');
      return Object.fromEntries(items.map(({ device, state }) => [device, state])) as Record<'began' | 'waits', string>;
    },
  };
}
