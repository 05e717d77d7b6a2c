import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { endedKept } from '../../src/doors/hawkbit-management/door-settings.ts';
import { createRetention } from '../../src/jobs/retention.ts';
import { checkCounts } from '../../src/upkeep/doctor/check-counts.ts';
import type { TimedFleet } from '../contract/fleet-maker.ts';
import { eventually } from '../contract/fleet-maker.ts';
import { aSet, assign, assigned, type Assigned, close } from './management-assigning.ts';
import { ask, expect, fresh, type Json, refusedAs } from './management-kit.ts';
import { aRollout, configure, rolloutOf, type Some } from './management-rollout-kit.ts';
import { differs, row, type Row } from './row.ts';
import { aModule, upload } from './software-kit.ts';

/** What the server of these rows is told. */
export const QUOTAS = {
  UPDRAFT_ACTIONS_MAX: '4',
  UPDRAFT_ARTIFACT_BYTES_MAX: '100000',
  UPDRAFT_STORAGE_BYTES_MAX: '400000',
};
const ACTIONS = Number(QUOTAS.UPDRAFT_ACTIONS_MAX);
const ARTIFACT_BYTES = Number(QUOTAS.UPDRAFT_ARTIFACT_BYTES_MAX);
const STORAGE_BYTES = Number(QUOTAS.UPDRAFT_STORAGE_BYTES_MAX);
const TYPES_TAKEN = 50;
const DAY_SECONDS = 86_400;
const LEASE_SECONDS = 61;

const artifactRows: readonly Row[] = [
  differs('mgmt.artifacts.size-quota', 'a file of more than 1 GiB is refused', {
    why: 'as large as the server’s setting UPDRAFT_ARTIFACT_BYTES_MAX says, and 16 GiB where it says nothing',
    check: async (fleet) => {
      const { id } = await aModule(fleet);
      const more = await upload(fleet, id, { bytes: randomBytes(ARTIFACT_BYTES + 1) });
      refusedAs(more, 429, 'quota.fileSizeExceeded');
      const { body } = await upload(fleet, id, { bytes: randomBytes(ARTIFACT_BYTES) });
      assert.equal(body.size, ARTIFACT_BYTES);
      await expect(fleet, 204, `DELETE /softwaremodules/${id}/artifacts/${body.id}`);
    },
  }),
  differs('mgmt.artifacts.storage-quota', 'artifacts of more than 20 GiB in all are refused', {
    why: 'as much as the server’s setting UPDRAFT_STORAGE_BYTES_MAX says, and what the disk has where it says nothing',
    check: async (fleet) => {
      const { id } = await aModule(fleet);
      let last: Json;
      for (let left = STORAGE_BYTES - (await stored(fleet)); left > 0; left -= last.size) {
        const answer = await upload(fleet, id, { bytes: randomBytes(Math.min(left, ARTIFACT_BYTES)) });
        assert.equal(answer.status, 201, answer.text);
        last = answer.body;
      }
      refusedAs(await upload(fleet, id, { bytes: Buffer.from('x') }), 429, 'quota.storageExceeded');
      await expect(fleet, 204, `DELETE /softwaremodules/${id}/artifacts/${last.id}`);
      const half = Math.ceil(last.size * 0.6);
      const together = Array.from({ length: 4 }, () => upload(fleet, id, { bytes: randomBytes(half) }));
      const statuses = (await Promise.all(together)).map(({ status }) => status);
      assert.deepEqual(
        statuses.toSorted((a, b) => a - b),
        [201, 429, 429, 429],
      );
      assert.equal((await upload(fleet, id, { bytes: Buffer.from('x') })).status, 201);
      for (const artifact of await expect(fleet, 200, `GET /softwaremodules/${id}/artifacts`))
        await expect(fleet, 204, `DELETE /softwaremodules/${id}/artifacts/${artifact.id}`);
    },
  }),
];

const actionRows: readonly Row[] = [
  row(
    'mgmt.targets.action-quota',
    'a target has at most so many actions, and is not assigned one more',
    async (fleet) => {
      const one = await withActions(fleet, ACTIONS);
      const other = await assigned(fleet);
      const id = await aSet(fleet);
      const again = { id, type: 'forced' };
      refusedAs(await ask(fleet, `POST /targets/${one.id}/assignedDS`, { body: again }), 429, 'quota.tooManyEntries');
      const both = [{ id: one.id }, { id: other.id }];
      refusedAs(
        await ask(fleet, `POST /distributionsets/${id}/assignedTargets`, { body: both }),
        429,
        'quota.tooManyEntries',
      );
      assert.deepEqual([await actionsOf(fleet, one), await actionsOf(fleet, other)], [ACTIONS, 1]);
      const same = await expect(fleet, 200, `POST /targets/${one.id}/assignedDS`, { body: { id: one.set } });
      assert.deepEqual([same.alreadyAssigned, same.assigned], [1, 0]);
    },
  ),
  row('mgmt.system.cleanup-quota', 'where a target has too many actions the oldest may go instead', async (fleet) => {
    const one = await withActions(fleet, ACTIONS);
    await configure(fleet, 'action.cleanup.onQuotaHit.percent', 50);
    try {
      const newest = await assign(fleet, one.target, { id: await aSet(fleet) });
      const { content } = await expect(fleet, 200, `GET /targets/${one.id}/actions`);
      assert.equal(content.length, ACTIONS / 2 + 1);
      assert.equal(content[0].id, newest);
    } finally {
      await expect(fleet, 204, 'DELETE /system/configs/action.cleanup.onQuotaHit.percent');
    }
  }),
  row(
    'mgmt.rollouts.action-quota',
    'a rollout brings no target one action too many, unless the oldest may go',
    async (fleet) => {
      const [full, other] = [await withActions(fleet, ACTIONS), await assigned(fleet)];
      await close(other, 'success');
      const query = `controllerid=in=(${full.id},${other.id})`;
      const some = { query, names: [full.id, other.id], devices: [full.device, other.device] };
      const without = await rolledOut(fleet, some);
      assert.equal(without.totalTargets, 1);
      assert.deepEqual([await actionsOf(fleet, full), await actionsOf(fleet, other)], [ACTIONS, 2]);
      const { uid } = await fleet.server.store.reader
        .selectFrom('rollout')
        .select('uid')
        .where('id', '=', without.id)
        .executeTakeFirstOrThrow();
      const { excluded } = await fleet.api.call('rollouts.why', { params: { id: uid } });
      assert.deepEqual(excluded, [{ reason: 'too-many-assignments', count: 1, examples: [full.id] }]);
      await configure(fleet, 'action.cleanup.onQuotaHit.percent', 50);
      try {
        const both = await rolledOut(fleet, some);
        assert.equal(both.totalTargets, 2);
        assert.deepEqual([await actionsOf(fleet, full), await actionsOf(fleet, other)], [ACTIONS / 2 + 1, 3]);
        const counts = await checkCounts({ db: fleet.server.store.reader }, { full: true, progress: () => undefined });
        assert.equal(counts.verdict, 'ok', counts.fact);
      } finally {
        await expect(fleet, 204, 'DELETE /system/configs/action.cleanup.onQuotaHit.percent');
      }
    },
  ),
  row(
    'mgmt.target-filters.action-quota',
    'an automatic assignment waits for a target that has too many actions, until the oldest may go',
    async (fleet) => {
      const [full, other] = [await withActions(fleet, ACTIONS), await assigned(fleet)];
      await close(other, 'success');
      const query = `controllerid=in=(${full.id},${other.id})`;
      const filter = await expect(fleet, 201, 'POST /targetfilters', { body: { name: fresh('filter'), query } });
      await expect(fleet, 200, `POST /targetfilters/${filter.id}/autoAssignDS`, { body: { id: await aSet(fleet) } });
      await eventually(async () => ((await actionsOf(fleet, other)) === 2 ? true : null));
      assert.equal(await actionsOf(fleet, full), ACTIONS);
      await configure(fleet, 'action.cleanup.onQuotaHit.percent', 25);
      try {
        await eventually(async () => ((await newestActionOf(fleet, full)) === full.action ? null : true));
        assert.deepEqual([await actionsOf(fleet, full), await actionsOf(fleet, other)], [ACTIONS, 2]);
      } finally {
        await expect(fleet, 204, 'DELETE /system/configs/action.cleanup.onQuotaHit.percent');
        await expect(fleet, 204, `DELETE /targetfilters/${filter.id}`);
      }
    },
  ),
  differs('mgmt.system.cleanup', 'actions that have ended so go when they are as old', {
    why: 'those of a rollout that goes on stay until it is over: it counts them',
    check: async (fleet) => {
      const [failed, good, open] = [await assigned(fleet), await assigned(fleet), await assigned(fleet)];
      await close(failed, 'failure');
      await close(good, 'success');
      await untilOver(fleet, [failed, good]);
      await configure(fleet, 'action.cleanup.auto.expiry', DAY_SECONDS * 1000);
      try {
        assert.deepEqual([await cleaned(fleet), await actionsOf(fleet, failed)], [0, 1]);
        fleet.pass(DAY_SECONDS + 1);
        assert.ok((await cleaned(fleet)) >= 1);
        assert.deepEqual(
          [await actionsOf(fleet, failed), await actionsOf(fleet, good), await actionsOf(fleet, open)],
          [0, 1, 1],
        );
        await configure(fleet, 'action.cleanup.auto.status', 'FINISHED');
        assert.ok((await cleaned(fleet)) >= 1);
        assert.deepEqual([await actionsOf(fleet, good), await actionsOf(fleet, open)], [0, 1]);
        const counts = await checkCounts({ db: fleet.server.store.reader }, { full: true, progress: () => undefined });
        assert.equal(counts.verdict, 'ok', counts.fact);
        const { _links: links } = JSON.parse((await good.device.ask(good.device.base)).text);
        assert.equal(links?.installedBase, undefined);
      } finally {
        for (const key of ['expiry', 'status'])
          await expect(fleet, 204, `DELETE /system/configs/action.cleanup.auto.${key}`);
      }
    },
  }),
  row('mgmt.system.deletable', 'only actions that have ended as the tenant allows may be deleted', async (fleet) => {
    const one = await withActions(fleet, 1);
    await configure(fleet, 'action.delete.allowed.statuses', 'CANCELED,ERROR');
    try {
      refusedAs(await ask(fleet, `DELETE /actions/${one.action}`), 405, 'action.notDeletable');
      const body = [one.action];
      refusedAs(await ask(fleet, `DELETE /targets/${one.id}/actions`, { body }), 405, 'action.notDeletable');
      await expect(fleet, 204, `DELETE /targets/${one.id}/actions?keepLast=0`);
      assert.equal(await actionsOf(fleet, one), 1);
    } finally {
      await expect(fleet, 204, 'DELETE /system/configs/action.delete.allowed.statuses');
    }
    await expect(fleet, 204, `DELETE /actions/${one.action}`);
  }),
];

const typeRows: readonly Row[] = [
  row('mgmt.target-types.quota', 'a target type has at most 50 types of distribution sets', async (fleet) => {
    const names = Array.from({ length: TYPES_TAKEN + 1 }, () => fresh('kind'));
    const kinds: Json[] = await expect(fleet, 201, 'POST /distributionsettypes', {
      body: names.map((name) => ({ name, key: name })),
    });
    const ids = kinds.map(({ id }) => ({ id }));
    const type = { name: fresh('type'), compatibledistributionsettypes: ids };
    refusedAs(await ask(fleet, 'POST /targettypes', { body: [type] }), 429, 'quota.tooManyEntries');
    const [made] = await expect(fleet, 201, 'POST /targettypes', {
      body: [{ ...type, compatibledistributionsettypes: ids.slice(1) }],
    });
    const what = `/targettypes/${made.id}/compatibledistributionsettypes`;
    refusedAs(await ask(fleet, `POST ${what}`, { body: ids.slice(0, 1) }), 429, 'quota.tooManyEntries');
    await expect(fleet, 204, `POST ${what}`, { body: ids.slice(1, 3) });
    assert.equal((await expect(fleet, 200, `GET ${what}`)).length, TYPES_TAKEN);
  }),
];

/** hawkBit's quotas (§13 of its device API), and what its settings remove: with numbers that are soon reached. */
export const quotaRows: readonly Row[] = [...artifactRows, ...actionRows, ...typeRows];

/** A target with so many actions that are over, and the newest of them. */
async function withActions(fleet: TimedFleet, count: number): Promise<Assigned> {
  let one = await assigned(fleet);
  for (let made = 1; ; made += 1) {
    await close(one, 'success');
    if (made === count) return one;
    const set = await aSet(fleet);
    one = { ...one, set, action: await assign(fleet, one.target, { id: set }) };
  }
}

async function actionsOf(fleet: TimedFleet, { id }: Pick<Assigned, 'id'>): Promise<number> {
  return (await expect(fleet, 200, `GET /targets/${id}/actions`)).total;
}

async function newestActionOf(fleet: TimedFleet, { id }: Pick<Assigned, 'id'>): Promise<number> {
  const { content } = await expect(fleet, 200, `GET /targets/${id}/actions?sort=id:desc`);
  return content[0].id;
}

/** A rollout that was made, and started. */
async function rolledOut(fleet: TimedFleet, some: Some): Promise<Json> {
  const rollout = await aRollout(fleet, some);
  await eventually(async () => ((await rolloutOf(fleet, rollout)).status === 'ready' ? true : null));
  await expect(fleet, 204, `POST /rollouts/${rollout.id}/start`);
  return rolloutOf(fleet, rollout);
}

/** The scheduler ends what carries a direct assignment when its device is done. */
async function untilOver({ server }: TimedFleet, some: readonly Assigned[]): Promise<void> {
  const rollouts = server.store.reader
    .selectFrom('assignment')
    .innerJoin('rollout', 'rollout.id', 'assignment.rollout')
    .select('rollout.id')
    .where('rollout.ended_at', 'is', null)
    .where(
      'assignment.number',
      'in',
      some.map(({ action }) => action),
    );
  await eventually(async () => ((await rollouts.execute()).length === 0 ? true : null));
}

/** How many actions one pass of the daily work removes. */
async function cleaned(fleet: TimedFleet): Promise<number> {
  fleet.pass(LEASE_SECONDS);
  const { store } = fleet.server;
  let count = 0;
  const onRemoved = ({ assignments = 0 }: { readonly assignments?: number }) => {
    count += assignments;
  };
  await createRetention(store, onRemoved, (tenant) => endedKept(store.reader, tenant)).apply(
    new AbortController().signal,
  );
  return count;
}

async function stored({ server }: TimedFleet): Promise<number> {
  const sizes = await server.store.reader.selectFrom('artifact').select('size').execute();
  return sizes.reduce((sum, { size }) => sum + size, 0);
}
