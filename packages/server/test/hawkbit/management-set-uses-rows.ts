import assert from 'node:assert/strict';
import type { TestFleet } from '../a-fleet.ts';
import { ask, expect, fresh, type Json, refusedAs } from './management-kit.ts';
import { aTarget } from './management-targets-rows.ts';
import { differs, gap, row, type Row } from './row.ts';
import { aModule, aSet } from './software-kit.ts';

const LIST = '/distributionsets';

async function names(fleet: TestFleet, what: string): Promise<readonly string[]> {
  return (await expect(fleet, 200, `GET ${what}`)).content.map((one: Json) => one.controllerId);
}

/** A set that is assigned to a new target. */
async function assignedSet(fleet: TestFleet, wish: Json = {}) {
  const set = await aSet(fleet);
  const { controllerId } = await aTarget(fleet);
  const body = [{ id: controllerId, ...wish }];
  const answer = await expect(fleet, 200, `POST ${LIST}/${set.id}/assignedTargets`, { body });
  return { set, controllerId, action: answer.assignedActions[0]?.id as number, answer };
}

const statusOf = async (fleet: TestFleet, { controllerId, action }: { controllerId: string; action: number }) =>
  (await expect(fleet, 200, `GET /targets/${controllerId}/actions/${action}`)).status;

/** What becomes of distribution sets: §1, §2, §3.3, §3.6 of the reference. */
export const setUseRows: readonly Row[] = [
  row('mgmt.set-uses.assign', 'a set is assigned to targets, and is locked with that', async (fleet) => {
    const { set, controllerId, answer } = await assignedSet(fleet);
    assert.deepEqual([answer.assigned, answer.alreadyAssigned, answer.total], [1, 0, 1]);
    const [{ id, _links }] = answer.assignedActions;
    assert.equal(_links.self.href, `${fleet.url}/rest/v1/targets/${controllerId}/actions/${id}`);
    assert.deepEqual(await names(fleet, `${LIST}/${set.id}/assignedTargets`), [controllerId]);
    assert.deepEqual(await names(fleet, `${LIST}/${set.id}/installedTargets`), []);
    assert.equal((await expect(fleet, 200, `GET ${LIST}/${set.id}`)).locked, true);
    const body = [{ id: (await aModule(fleet)).id }];
    refusedAs(await ask(fleet, `POST ${LIST}/${set.id}/assignedSM`, { body }), 423, 'locked');
  }),
  row(
    'mgmt.set-uses.assign-again',
    'who has it already gets no second action, and who is unknown none',
    async (fleet) => {
      const { set, controllerId } = await assignedSet(fleet);
      const body = [{ id: controllerId }, { id: fresh('nobody') }];
      const again = await expect(fleet, 200, `POST ${LIST}/${set.id}/assignedTargets`, { body });
      assert.deepEqual([again.assigned, again.alreadyAssigned, again.total, again.assignedActions], [0, 1, 1, []]);
    },
  ),
  row('mgmt.set-uses.assign-wishes', 'each target may be assigned in its own way', async (fleet) => {
    const set = await aSet(fleet);
    const targets = [await aTarget(fleet), await aTarget(fleet)].map(({ controllerId }) => controllerId);
    const maintenanceWindow = { schedule: '0 0 3 * * ?', duration: '02:00:00', timezone: '+01:00' };
    const body = [
      { id: targets[0], type: 'soft', weight: 7, maintenanceWindow },
      { id: targets[1], type: 'timeforced', forcetime: 1_900_000_000_000 },
    ];
    const answer = await expect(fleet, 200, `POST ${LIST}/${set.id}/assignedTargets`, { body });
    const shown: Json[] = [];
    for (const [at, { id }] of answer.assignedActions.entries())
      shown.push(await expect(fleet, 200, `GET /targets/${targets[at]}/actions/${id}`));
    assert.deepEqual(
      shown.map(({ forceType, weight, forceTime }) => [forceType, weight, forceTime]),
      [
        ['soft', 7, undefined],
        ['timeforced', 1000, 1_900_000_000_000],
      ],
    );
    assert.equal(shown[0].maintenanceWindow.schedule, maintenanceWindow.schedule);
  }),
  row('mgmt.set-uses.offline', 'what runs it already is noted as installed', async (fleet) => {
    const set = await aSet(fleet);
    const { controllerId } = await aTarget(fleet);
    const body = [{ id: controllerId }];
    const answer = await expect(fleet, 200, `POST ${LIST}/${set.id}/assignedTargets?offline=true`, { body });
    assert.equal(answer.assigned, 1);
    assert.deepEqual(await names(fleet, `${LIST}/${set.id}/installedTargets`), [controllerId]);
    assert.deepEqual(await names(fleet, `${LIST}/${set.id}/assignedTargets?q=updatestatus==in_sync`), [controllerId]);
    assert.equal(await statusOf(fleet, { controllerId, action: answer.assignedActions[0].id }), 'finished');
  }),
  row(
    'mgmt.set-uses.assign-refused',
    'what is not complete, not there, said twice or without its window’s parts is refused',
    async (fleet) => {
      const { controllerId } = await aTarget(fleet);
      const body = [{ id: controllerId }];
      const [empty] = await expect(fleet, 201, `POST ${LIST}`, { body: [{ name: fresh('s'), version: '1' }] });
      refusedAs(
        await ask(fleet, `POST ${LIST}/${empty.id}/assignedTargets`, { body }),
        400,
        'distributionset.incomplete',
      );
      const app = await aModule(fleet);
      const half = await aSet(fleet, { type: 'os_app', modules: [{ id: app.id }] });
      refusedAs(
        await ask(fleet, `POST ${LIST}/${half.id}/assignedTargets`, { body }),
        400,
        'distributionset.incomplete',
      );
      const set = await aSet(fleet);
      const what = `POST ${LIST}/${set.id}/assignedTargets`;
      refusedAs(await ask(fleet, what, { body: [...body, ...body] }), 400, 'repo.constraintViolation');
      const maintenanceWindow = { schedule: '0 0 3 * * ?' };
      const halfWindow = [{ id: controllerId, maintenanceWindow }];
      refusedAs(await ask(fleet, what, { body: halfWindow }), 400, 'maintenanceScheduleInvalid');
      for (const [method, path] of [
        ['GET', 'assignedTargets'],
        ['GET', 'installedTargets'],
        ['GET', 'statistics'],
      ])
        refusedAs(await ask(fleet, `${method} ${LIST}/999999/${path}`), 404, 'repo.entityNotFound');
      refusedAs(await ask(fleet, `POST ${LIST}/999999/assignedTargets`, { body }), 404, 'repo.entityNotFound');
    },
  ),
  row('mgmt.set-uses.deleted', 'a deleted set is assigned no more', async (fleet) => {
    const { set, controllerId } = await assignedSet(fleet);
    await expect(fleet, 204, `DELETE ${LIST}/${set.id}`);
    const body = [{ id: controllerId }];
    refusedAs(await ask(fleet, `POST ${LIST}/${set.id}/assignedTargets`, { body }), 404, 'repo.entityNotFound');
  }),
  row(
    'mgmt.set-uses.statistics',
    'actions of a set are counted by their states; what there is none of is left out',
    async (fleet) => {
      const { set } = await assignedSet(fleet);
      const counts = { RUNNING: 1, total: 1 };
      const all = await expect(fleet, 200, `GET ${LIST}/${set.id}/statistics`);
      assert.deepEqual(all.actions, counts);
      assert.ok(!('rollouts' in all));
      assert.deepEqual(await expect(fleet, 200, `GET ${LIST}/${set.id}/statistics/actions`), { actions: counts });
      assert.deepEqual(await expect(fleet, 200, `GET ${LIST}/${set.id}/statistics/rollouts`), {});
      assert.deepEqual(await expect(fleet, 200, `GET ${LIST}/${set.id}/statistics/autoassignments`), {});
    },
  ),
  row(
    'mgmt.set-uses.invalidate-soft',
    'an invalid set is assigned no more, and its targets are asked to cancel',
    async (fleet) => {
      const one = await assignedSet(fleet);
      const what = `POST ${LIST}/${one.set.id}`;
      await expect(fleet, 204, `${what}/invalidate`, { body: { actionCancelationType: 'soft' } });
      assert.equal((await expect(fleet, 200, `GET ${LIST}/${one.set.id}`)).valid, false);
      assert.ok(['canceling', 'canceled'].includes(await statusOf(fleet, one)));
      const body = [{ id: (await aTarget(fleet)).controllerId }];
      refusedAs(await ask(fleet, `${what}/assignedTargets`, { body }), 400, 'distributionset.invalid');
    },
  ),
  row('mgmt.set-uses.invalidate-force', 'forced, its actions end at once', async (fleet) => {
    const one = await assignedSet(fleet);
    const body = { actionCancelationType: 'force' };
    await expect(fleet, 204, `POST ${LIST}/${one.set.id}/invalidate`, { body });
    assert.equal(await statusOf(fleet, one), 'canceled');
  }),
  differs('mgmt.set-uses.invalidate-none', 'with none, its actions stay, and wait for ever if they have not begun', {
    why: 'a withdrawn release holds every permission not yet granted',
    check: async (fleet) => {
      const one = await assignedSet(fleet);
      const body = { actionCancelationType: 'none' };
      await expect(fleet, 204, `POST ${LIST}/${one.set.id}/invalidate`, { body });
      assert.equal(await statusOf(fleet, one), 'running');
      assert.equal((await expect(fleet, 200, `GET ${LIST}/${one.set.id}`)).valid, false);
    },
  }),
  row('mgmt.set-uses.invalidate-unknown', 'there are three ways to cancel', async (fleet) => {
    const { id } = await aSet(fleet);
    const body = { actionCancelationType: 'hard' };
    refusedAs(await ask(fleet, `POST ${LIST}/${id}/invalidate`, { body }), 400, 'rest.body.notReadable');
    const soft = { actionCancelationType: 'soft' };
    refusedAs(await ask(fleet, `POST ${LIST}/999999/invalidate`, { body: soft }), 404, 'repo.entityNotFound');
  }),
  row(
    'mgmt.set-uses.auto',
    'what assigns a set by itself is listed and counted, until it is invalid',
    async (fleet) => {
      const { id } = await aSet(fleet);
      const filter = { name: fresh('filter'), query: `name==${fresh('none')}` };
      const saved = await expect(fleet, 201, 'POST /targetfilters', { body: filter });
      await expect(fleet, 200, `POST /targetfilters/${saved.id}/autoAssignDS`, { body: { id } });
      const what = `GET ${LIST}/${id}`;
      const filters = async () => (await expect(fleet, 200, `${what}/autoAssignTargetFilters`)).content;
      assert.deepEqual(
        (await filters()).map((one: Json) => one.id),
        [saved.id],
      );
      const { content } = await expect(fleet, 200, `${what}/autoAssignments`);
      assert.deepEqual(
        content.map((one: Json) => one.distributionSetId),
        [id],
      );
      assert.deepEqual(await expect(fleet, 200, `${what}/statistics/autoassignments`), { totalAutoAssignments: 1 });
      const body = { actionCancelationType: 'none' };
      await expect(fleet, 204, `POST ${LIST}/${id}/invalidate`, { body });
      assert.deepEqual(await filters(), []);
      for (const path of ['autoAssignTargetFilters', 'autoAssignments'])
        refusedAs(await ask(fleet, `GET ${LIST}/999999/${path}`), 404, 'repo.entityNotFound');
    },
  ),
  gap(
    'mgmt.set-uses.invalidate-busy',
    'invalidating while another does is told as 423 after 5 s',
    'commands come one after the other: nobody waits for a lock',
  ),
  gap(
    'mgmt.set-uses.skip-implicit-lock',
    'a set with certain tags is not locked by its first assignment',
    'a published release never changes',
  ),
];
