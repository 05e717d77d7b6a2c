import assert from 'node:assert/strict';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test, type TestContext } from 'node:test';
import { runAndKill } from '../../packages/store/test/killed-child.ts';
import { postgresMaker } from '../../packages/store/test/postgres-maker.ts';
import { postgresQuestion } from '../../packages/store/test/postgres-question.ts';
import { createRetention } from '../../packages/server/src/jobs/retention.ts';
import { examine } from '../../packages/server/src/upkeep/doctor/examine.ts';
import { aFleet, SWUPDATE_SAYS, type TestFleet } from '../../packages/server/test/a-fleet.ts';
import { aServer } from '../../packages/server/test/a-server.ts';
import { eventually } from '../../packages/server/test/contract/fleet-maker.ts';
import { progress } from '../journeys/progress.ts';
import { INSTANCE_KEY, silent } from '../../packages/server/test/upkeep/a-backup.ts';

const { cluster, end } = postgresMaker();
after(end);

const LIMITS = { timeout: 900_000 };
const CHILD = new URL('../../packages/server/test/upkeep/retaining-child.ts', import.meta.url);
const UPDATES = 2;
/** A hundred slices for each update. */
const REPORTS = 60_000;
const KILLS = 20;
const DAYS_MS = 3 * 86_400_000;

type Ask = (sql: string) => Promise<number>;

/** Asks for one number, or changes what it is told, from beside the server. */
async function askOf(t: TestContext, fleet: TestFleet, url: string): Promise<Ask> {
  if (url !== 'sqlite:') return postgresQuestion(t, url);
  const database = new DatabaseSync(path.join(fleet.dataDir, 'updraft.db'), { timeout: 10_000 });
  t.after(() => database.close());
  return (sql) => Promise.resolve(Number(Object.values(database.prepare(sql).get() ?? {})[0]));
}

/** Updates that ended long ago, each with many reports. */
async function longEnded(fleet: TestFleet, ask: Ask): Promise<void> {
  await fleet.api.call('settings.change', { body: { keepRolloutsDays: 1 } });
  const release = await fleet.release();
  for (let made = 0; made < UPDATES; made += 1) {
    const device = await fleet.device();
    const { number } = await fleet.assign(release, device);
    await device.poll();
    await device.report(number, SWUPDATE_SAYS.start);
    await device.report(number, SWUPDATE_SAYS.success);
  }
  const open = `select count(*) from rollout where ended_at is null`;
  await eventually(async () => ((await ask(open)) === 0 ? true : null));
  await fleet.server.stop();
  await ask(`update rollout set ended_at = ended_at - ${DAYS_MS}`);
  while ((await ask('select count(*) from report')) < UPDATES * REPORTS)
    await ask(`insert into report (attempt, at, device_at, kind, code, details)
      select attempt, at, device_at, kind, code, details from report`);
}

for (const kind of ['SQLite', 'PostgreSQL'] as const)
  test(
    `a retention that is killed between and in its slices is gone on with, and the counts agree (${kind})`,
    LIMITS,
    async (t) => {
      const url = kind === 'SQLite' ? 'sqlite:' : await (await cluster(t))?.createDatabase();
      if (url === undefined) return;
      const environment: Readonly<Record<string, string>> =
        url === 'sqlite:' ? {} : { UPDRAFT_DATABASE_URL: url, UPDRAFT_INSTANCE_KEY: INSTANCE_KEY };
      const fleet = await aFleet(t, { environment });
      const ask = await askOf(t, fleet, url);
      await longEnded(fleet, ask);
      const reports = () => ask('select count(*) from report');
      const tell = progress();
      for (let kill = 0; kill < KILLS; kill += 1) {
        tell(`kill ${kill + 1} of ${KILLS}`);
        const before = await reports();
        await runAndKill(CHILD, [url, fleet.dataDir], { lines: 2, milliseconds: kill });
        assert.ok((await reports()) < before);
        const findings = await examine(
          { UPDRAFT_DATA_DIR: fleet.dataDir, ...environment },
          { full: true, progress: silent },
        );
        assert.deepEqual(
          findings.filter(({ verdict }) => verdict === 'fail'),
          [],
        );
        // The lease of the killed one is over.
        await ask('delete from lease');
      }
      assert.ok((await reports()) > 0, 'it was killed before its end');
      const again = await aServer(t, { dataDir: fleet.dataDir, environment });
      await createRetention(again.server.store, silent).apply(new AbortController().signal);
      for (const table of ['report', 'attempt', 'assignment', 'rollout'])
        assert.equal(await ask(`select count(*) from ${table}`), 0, table);
    },
  );
