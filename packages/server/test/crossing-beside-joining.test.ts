import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type pg from 'pg';
import { postgresMaker } from '../../store/test/postgres-maker.ts';
import { ddiClient, publishRelease } from './a-fleet.ts';
import { eventually } from './contract/fleet-maker.ts';
import { aConnectionTo, aServerOn, lockWaits } from './held-transactions.ts';

const { cluster, end } = postgresMaker();
after(end);

const ROUNDS = 6;
/** Nothing of what is waited for here takes nearly as long, unless two wait for each other. */
const DEADLOCK_SECONDS = 60;
const PATIENCE_MS = 45_000;

test('a report that crosses a threshold and a device that joins wait for each other never, however they meet', async (t) => {
  const url = await (await cluster(t))?.createDatabase('perhaps-migrated');
  if (url === undefined) return;
  const side = await aConnectionTo(t, url);
  const database = new URL(url).pathname.slice(1);
  await side.query(`alter database "${database}" set deadlock_timeout = '${DEADLOCK_SECONDS}s'`);
  const running = await aServerOn(t, url);
  const { api, server, url: doors } = running;
  const watch = await aConnectionTo(t, url);
  // A look of the server's own may hold the rollout's row already: whoever counts must not wait behind that.
  const writing = await aConnectionTo(t, url);
  const release = await publishRelease(running, { name: 'os', version: '1' });

  for (let round = 1; round <= ROUNDS; round += 1) {
    const { token } = await api.call('devices.create', { body: { name: `r${round}-a` } });
    const device = ddiClient(doors, { name: `r${round}-a`, authorization: `TargetToken ${token}` });
    const { id, number } = await api.call('rollouts.create', {
      body: {
        name: `round ${round}`,
        release: release.id,
        filter: `name==r${round}-*`,
        phases: [{ error: { percent: 0, minimum: 1 } }],
        policy: { dynamic: true },
        start: true,
      },
    });
    const { deploymentBase = '' } = await eventually(async () => {
      const answer = await device.poll();
      return answer.deploymentBase === undefined ? null : answer;
    });
    const action = Number(/deploymentBase\/(\d+)/.exec(deploymentBase)?.[1]);

    await side.query('begin');
    await side.query('select 1 from phase where rollout = $1 for update', [number]);
    const crossing = () => device.report(action, { finished: 'failure' });
    const joining = async () => {
      // No event tells of it: only a look finds it.
      await writing.query(
        `insert into device (tenant, name, name_fold, description, identity, created_at)
         values (1, $1, $1, '', 'accepted', 0)`,
        [`r${round}-b`],
      );
      await writing.query('update rollout set join_at = 0 where id = $1', [number]);
      await server.store.commands.run('joining.look', { rollout: number });
    };
    const [first, second] = round % 2 === 0 ? [crossing, joining] : [joining, crossing];
    const both = [first()];
    await waiting(watch, 1);
    both.push(second());
    await waiting(watch, 2);
    await side.query('commit');
    await within(Promise.all(both));

    const now = await api.call('rollouts.show', { params: { id } });
    const [phase] = now.phases;
    assert.deepEqual([now.state, now.reason, phase?.erred], ['paused', 'error-threshold', 1]);
    const { items } = await api.call('assignments.list', { query: { filter: `rollout==${id}` } });
    assert.equal(phase?.total, items.length);
  }
});

/** Until so many transactions of the database wait for a lock. */
async function waiting(watch: pg.Client, count: number): Promise<void> {
  await eventually(async () => ((await lockWaits(watch)) >= count ? true : null));
}

async function within(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('they wait for each other')), PATIENCE_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
