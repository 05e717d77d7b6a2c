import assert from 'node:assert/strict';
import type { TestFleet } from '../a-fleet.ts';
import { ask, expect, type Json, refusedAs } from './management-kit.ts';
import { aSet, someTargets, started, update } from './management-rollout-kit.ts';
import { row, type Row } from './row.ts';

/** A target with an action of its own. */
async function anAction(fleet: TestFleet) {
  const some = await someTargets(fleet, 1);
  const [name] = some.names;
  const [device] = some.devices;
  assert.ok(name !== undefined && device !== undefined);
  const set = await aSet(fleet);
  const made = await expect(fleet, 200, `POST /targets/${name}/assignedDS`, { body: { id: set, weight: 7 } });
  return { id: made.assignedActions[0].id as number, set, name, device };
}

async function idsFor(fleet: TestFleet, query: string): Promise<readonly number[]> {
  return (await expect(fleet, 200, `GET /actions?${query}`)).content.map(({ id }: Json) => id);
}

/** `/actions`: over all targets. */
export const actionRows: readonly Row[] = [
  row('mgmt.actions.list', 'actions of all targets are listed, the newest first', async (fleet) => {
    const first = await anAction(fleet);
    const second = await anAction(fleet);
    const q = encodeURIComponent(`target.controllerId=in=(${first.name},${second.name})`);
    assert.deepEqual(await idsFor(fleet, `q=${q}`), [second.id, first.id]);
    assert.deepEqual(await idsFor(fleet, `q=${q}&sort=id:ASC`), [first.id, second.id]);
    const { content, total } = await expect(fleet, 200, `GET /actions?q=${q}&limit=1`);
    assert.deepEqual([content.length, total, Object.keys(content[0]._links)], [1, 2, ['self']]);
  }),
  row('mgmt.actions.full', 'a full list links what actions are about', async (fleet) => {
    const { name, set } = await anAction(fleet);
    const { content } = await expect(fleet, 200, `GET /actions?q=target.controllerId==${name}&representation=full`);
    assert.equal(content[0]._links.target.name, name);
    assert.match(content[0]._links.distributionset.href, new RegExp(`/distributionsets/${set}$`));
  }),
  row('mgmt.actions.show', 'one action is shown under its own id', async (fleet) => {
    const { id, name } = await anAction(fleet);
    const action = await expect(fleet, 200, `GET /actions/${id}`);
    assert.deepEqual(
      [action.id, action.type, action.active, action.status, action.forceType, action.weight],
      [id, 'update', true, 'running', 'forced', 7],
    );
    assert.equal(action._links.target.name, name);
    refusedAs(await ask(fleet, 'GET /actions/999999'), 404, 'repo.entityNotFound');
  }),
  row('mgmt.actions.search', 'actions are found by each of their fields', async (fleet) => {
    const { id, name, set } = await anAction(fleet);
    const queries = [
      `id==${id}`,
      'active==true',
      'status==RUNNING',
      'weight==7',
      `target.name==${name}`,
      'target.updateStatus==pending',
      `distributionset.id==${set}`,
      'distributionset.name==system*;distributionset.version==1.0',
      'createdby==admin;createdat=gt=0;lastmodifiedat=gt=0',
    ];
    for (const q of queries)
      assert.deepEqual(await idsFor(fleet, `q=${encodeURIComponent(`(${q});target.controllerId==${name}`)}`), [id], q);
    refusedAs(await ask(fleet, 'GET /actions?q=colour==red'), 400, 'rest.param.rsqlInvalidField');
  }),
  row('mgmt.actions.search-rollout', 'actions are found by their rollout and its group', async (fleet) => {
    const some = await someTargets(fleet, 1);
    const rollout = await started(fleet, some);
    const [group] = (await expect(fleet, 200, `GET /rollouts/${rollout.id}/deploygroups`)).content;
    const [id] = await idsFor(fleet, `q=rollout.id==${rollout.id}`);
    assert.ok(id !== undefined);
    for (const q of [`rollout.name==${rollout.name}`, `rolloutgroup.id==${group.id}`])
      assert.deepEqual(await idsFor(fleet, `q=${q}`), [id], q);
    const action = await expect(fleet, 200, `GET /actions/${id}`);
    assert.deepEqual([action.rollout, action.rolloutName], [rollout.id, rollout.name]);
    assert.match(action._links.rollout.href, new RegExp(`/rollouts/${rollout.id}$`));
  }),
  row('mgmt.actions.search-group-name', 'actions are found by rolloutgroup.name and externalref', async (fleet) => {
    const rollout = await started(fleet, await someTargets(fleet, 2), { amountGroups: 2 });
    const q = (name: string) => `q=rollout.id==${rollout.id};rolloutgroup.name==${name}`;
    assert.equal((await idsFor(fleet, q('GROUP-2'))).length, 1);
    assert.deepEqual(await idsFor(fleet, `${q('group-2')};externalref==given`), []);
  }),
  row('mgmt.actions.delete-one', 'an action that is over is deleted', async (fleet) => {
    const { id, device } = await anAction(fleet);
    refusedAs(await ask(fleet, `DELETE /actions/${id}`), 405, 'action.notDeletable');
    await update(device);
    await expect(fleet, 204, `DELETE /actions/${id}`);
    refusedAs(await ask(fleet, `DELETE /actions/${id}`), 404, 'repo.entityNotFound');
  }),
  row('mgmt.actions.delete', 'actions are deleted by their ids or by a query, and not by both', async (fleet) => {
    const [first, second] = [await anAction(fleet), await anAction(fleet)];
    for (const { device } of [first, second]) await update(device);
    refusedAs(await ask(fleet, 'DELETE /actions'), 400, 'repo.constraintViolation');
    const both = await ask(fleet, 'DELETE /actions?q=id==1', { body: [first.id] });
    refusedAs(both, 400, 'repo.constraintViolation');
    await expect(fleet, 204, 'DELETE /actions', { body: [first.id] });
    await expect(fleet, 204, `DELETE /actions?q=target.controllerId==${second.name}`);
    for (const { id } of [first, second]) await expect(fleet, 404, `GET /actions/${id}`);
  }),
];
