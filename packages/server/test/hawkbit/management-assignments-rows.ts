import assert from 'node:assert/strict';
import { NO_LIMIT_SECONDS } from '@updraft/core';
import type { TestFleet } from '../a-fleet.ts';
import { aDraft, actionOf, aSet, assign, assigned, close, setId, statusOf } from './management-assigning.ts';
import { ask, expect, fresh, type Json, refusedAs } from './management-kit.ts';
import { aTarget, deviceOf } from './management-targets-rows.ts';
import { row, type Row } from './row.ts';

/** Assignments to targets: §1 and §3.3 of the reference. */
export const assignmentRows: readonly Row[] = [
  row(
    'mgmt.targets.assign',
    'a distribution set is assigned to a target, whose device is offered it',
    async (fleet) => {
      const target = await aTarget(fleet);
      const id = target.controllerId;
      const set = await aSet(fleet);
      const answer = await expect(fleet, 200, `POST /targets/${id}/assignedDS`, { body: { id: set } });
      const [{ id: action, _links }] = answer.assignedActions;
      assert.deepEqual([answer.assigned, answer.alreadyAssigned, answer.total], [1, 0, 1]);
      assert.equal(_links.self.href, `${fleet.url}/rest/v1/targets/${id}/actions/${action}`);
      assert.equal(await statusOf(fleet, id), 'pending');
      assert.match((await deviceOf(fleet, target).poll()).deploymentBase ?? '', new RegExp(`/${action}\\?`));
    },
  ),
  row('mgmt.targets.assign-array', 'an assignment may be an array of one', async (fleet) => {
    const target = await aTarget(fleet);
    await assign(fleet, target, [{ id: await aSet(fleet), type: 'soft', weight: 7 }]);
    const both = [{ id: await aSet(fleet) }, { id: await aSet(fleet) }];
    const answer = await ask(fleet, `POST /targets/${target.controllerId}/assignedDS`, { body: both });
    refusedAs(answer, 400, 'multiAssignmentNotEnabled');
  }),
  row(
    'mgmt.targets.assign-again',
    'what is assigned already, or runs already, is counted and makes nothing',
    async (fleet) => {
      const one = await assigned(fleet);
      const again = () => expect(fleet, 200, `POST /targets/${one.id}/assignedDS`, { body: { id: one.set } });
      assert.deepEqual(await again(), { assigned: 0, alreadyAssigned: 1, total: 1, assignedActions: [] });
      await one.device.poll();
      await close(one, 'success');
      assert.equal((await again()).alreadyAssigned, 1);
    },
  ),
  row('mgmt.targets.assign-draft', 'its first assignment publishes a distribution set', async (fleet) => {
    const set = await aDraft(fleet);
    const what = `GET /distributionsets/${set}`;
    assert.equal((await expect(fleet, 200, what)).locked, false);
    await assign(fleet, await aTarget(fleet), { id: set });
    assert.equal((await expect(fleet, 200, what)).locked, true);
  }),
  row('mgmt.targets.assign-incomplete', 'one without modules is incomplete', async (fleet) => {
    const title = { name: fresh('set'), version: '1' };
    const draft = await fleet.api.call('releases.create', { body: { ...title, components: [] } });
    const { controllerId } = await aTarget(fleet);
    const body = { id: await setId(fleet, draft) };
    const answer = await ask(fleet, `POST /targets/${controllerId}/assignedDS`, { body });
    refusedAs(answer, 400, 'distributionset.incomplete');
  }),
  row('mgmt.targets.assign-invalid', 'one that is withdrawn is invalid', async (fleet) => {
    const release = await fleet.release();
    await fleet.api.call('releases.withdraw', { params: { id: release.id } });
    const { controllerId } = await aTarget(fleet);
    const body = { id: await setId(fleet, release) };
    refusedAs(await ask(fleet, `POST /targets/${controllerId}/assignedDS`, { body }), 400, 'distributionset.invalid');
  }),
  row('mgmt.targets.assign-unknown', 'neither is assigned without the other', async (fleet) => {
    const { controllerId } = await aTarget(fleet);
    const body = { id: await aSet(fleet) };
    refusedAs(await ask(fleet, 'POST /targets/nobody/assignedDS', { body }), 404, 'repo.entityNotFound');
    const none = await ask(fleet, `POST /targets/${controllerId}/assignedDS`, { body: { id: 999_999 } });
    refusedAs(none, 404, 'repo.entityNotFound');
  }),
  row('mgmt.targets.assign-types', 'an assignment says how urgent it is', async (fleet) => {
    const forcetime = Date.now() + 86_400_000;
    for (const [wish, forceType] of [
      [{}, 'forced'],
      [{ type: 'soft' }, 'soft'],
      [{ type: 'downloadonly' }, 'downloadonly'],
      [{ type: 'timeforced', forcetime }, 'timeforced'],
    ] as const) {
      const one = await assigned(fleet, wish);
      const action = await actionOf(fleet, one);
      assert.deepEqual(
        [action.forceType, action.forceTime],
        [forceType, forceType === 'timeforced' ? forcetime : undefined],
      );
    }
    const { controllerId } = await aTarget(fleet);
    const body = { id: await aSet(fleet), type: 'now' };
    refusedAs(await ask(fleet, `POST /targets/${controllerId}/assignedDS`, { body }), 400, 'rest.body.notReadable');
  }),
  row('mgmt.targets.assign-policy', 'what this API assigns is tried once and waits without a limit', async (fleet) => {
    const { action } = await assigned(fleet);
    const { policy } = await fleet.server.store.reader
      .selectFrom('assignment')
      .innerJoin('rollout', 'rollout.id', 'assignment.rollout')
      .select('rollout.policy')
      .where('assignment.number', '=', action)
      .executeTakeFirstOrThrow();
    const { retries, timeLimits } = JSON.parse(policy) as Json;
    assert.deepEqual([retries.limit, timeLimits.silenceSeconds], [0, NO_LIMIT_SECONDS]);
    assert.deepEqual([timeLimits.downloadingSeconds, timeLimits.cancelingSeconds], [NO_LIMIT_SECONDS, 86_400]);
  }),
  row('mgmt.targets.assign-window', 'an assignment has a maintenance window in a zone of its own', async (fleet) => {
    const maintenanceWindow = { schedule: '0 0 22 ? * *', duration: '02:00:00', timezone: '+05:30' };
    const action = await actionOf(fleet, await assigned(fleet, { maintenanceWindow }));
    const { nextStartAt, ...written } = action.maintenanceWindow;
    assert.deepEqual(written, maintenanceWindow);
    assert.equal(typeof nextStartAt, 'number');
  }),
  row(
    'mgmt.targets.assign-window-wrong',
    'a window without one of its parts, or that never opens, is refused',
    async (fleet) => {
      const { controllerId } = await aTarget(fleet);
      const window = { schedule: '0 0 22 ? * *', duration: '02:00:00', timezone: '+00:00' };
      for (const maintenanceWindow of [
        { schedule: window.schedule },
        { ...window, duration: '25:00:00' },
        { ...window, schedule: 'at ten' },
        { ...window, schedule: '0 0 22 1 1 ? 2001' },
      ]) {
        const body = { id: await aSet(fleet), maintenanceWindow };
        const answer = await ask(fleet, `POST /targets/${controllerId}/assignedDS`, { body });
        refusedAs(answer, 400, 'maintenanceScheduleInvalid');
      }
    },
  ),
  row(
    'mgmt.targets.assign-newer',
    'a newer assignment asks the device to give up the older, whatever their weights',
    async (fleet) => {
      const one = await assigned(fleet, { weight: 900 });
      await one.device.poll();
      await assign(fleet, one.target, { id: await aSet(fleet), weight: 1 });
      const older = await actionOf(fleet, one);
      assert.deepEqual([older.status, older.type, older.active], ['canceling', 'cancel', true]);
      assert.ok('cancelAction' in (await one.device.poll()));
    },
  ),
  row(
    'mgmt.targets.assign-incompatible',
    'a set whose type a target’s type does not take is refused',
    async (fleet) => {
      const [type] = await expect(fleet, 201, 'POST /targettypes', { body: [{ name: fresh('t') }] });
      const { controllerId } = await aTarget(fleet, { targetType: type.id });
      const { content } = await expect(fleet, 200, 'GET /distributionsettypes?q=key==os');
      const module = [{ name: fresh('module'), version: '1', type: 'os' }];
      const [{ id }] = await expect(fleet, 201, 'POST /softwaremodules', { body: module });
      const sets = [{ name: fresh('set'), version: '1', type: 'os', modules: [{ id }] }];
      const [set] = await expect(fleet, 201, 'POST /distributionsets', { body: sets });
      const body = { id: set.id };
      const what = `POST /targets/${controllerId}/assignedDS`;
      refusedAs(await ask(fleet, what, { body }), 400, 'target.type.incompatible');
      const added = [{ id: content[0].id }];
      await expect(fleet, 204, `POST /targettypes/${type.id}/compatibledistributionsettypes`, { body: added });
      await expect(fleet, 200, what, { body });
    },
  ),
  row('mgmt.targets.assign-offline', 'what a target runs already is noted', async (fleet) => {
    const target = await aTarget(fleet);
    const set = await aSet(fleet);
    const id = target.controllerId;
    const answer = await expect(fleet, 200, `POST /targets/${id}/assignedDS?offline=true`, { body: { id: set } });
    assert.deepEqual([answer.assigned, answer.alreadyAssigned], [1, 0]);
    const action = await actionOf(fleet, { id, action: answer.assignedActions[0].id });
    assert.deepEqual([action.status, action.active, await statusOf(fleet, id)], ['finished', false, 'in_sync']);
    assert.equal((await expect(fleet, 200, `GET /targets/${id}/installedDS`)).id, set);
    assert.equal((await expect(fleet, 200, `GET /targets/${id}/assignedDS`)).id, set);
  }),
  row('mgmt.targets.assign-offline-pending', 'a target that is being updated is left as it is', async (fleet) => {
    const one = await assigned(fleet);
    const body = { id: await aSet(fleet) };
    const answer = await expect(fleet, 200, `POST /targets/${one.id}/assignedDS?offline=true`, { body });
    assert.equal(answer.assigned, 0);
    assert.equal((await actionOf(fleet, one)).active, true);
  }),
  row('mgmt.targets.sets', 'what a target is to run and what it runs follow its updates', async (fleet) => {
    const one = await assigned(fleet);
    const installed = `/targets/${one.id}/installedDS`;
    const wanted = await expect(fleet, 200, `GET /targets/${one.id}/assignedDS`);
    assert.deepEqual([wanted.id, wanted.valid, wanted.locked], [one.set, true, true]);
    assert.equal(wanted.modules.length, 1);
    await expect(fleet, 204, `GET ${installed}`);
    await one.device.poll();
    await close(one, 'success');
    assert.equal((await expect(fleet, 200, `GET ${installed}`)).id, one.set);
    const shown = await expect(fleet, 200, `GET /targets/${one.id}`);
    assert.deepEqual([shown.updateStatus, typeof shown.installedAt], ['in_sync', 'number']);
    refusedAs(await ask(fleet, 'GET /targets/nobody/assignedDS'), 404, 'repo.entityNotFound');
  }),
  row('mgmt.targets.sets-none', 'a target that nothing was assigned to has neither', async (fleet) => {
    const { controllerId } = await aTarget(fleet);
    for (const which of ['assignedDS', 'installedDS'])
      await expect(fleet, 204, `GET /targets/${controllerId}/${which}`);
  }),
  row('mgmt.targets.error', 'a failed update leaves its target in error, and with nothing to run', async (fleet) => {
    const one = await assigned(fleet);
    await one.device.poll();
    await close(one, 'failure', 42);
    const action = await actionOf(fleet, one);
    assert.deepEqual([action.status, action.active, action.lastStatusCode], ['error', false, 42]);
    assert.equal(await statusOf(fleet, one.id), 'error');
    await expect(fleet, 204, `GET /targets/${one.id}/assignedDS`);
  }),
  row(
    'mgmt.targets.assign-confirmation',
    'where the confirmation flow is on, an assignment waits for the user unless it says otherwise',
    async (fleet) => {
      await withSetting(fleet, 'user.confirmation.flow.enabled', async () => {
        const waiting = await assigned(fleet);
        assert.equal((await actionOf(fleet, waiting)).status, 'wait_for_confirmation');
        const going = await assigned(fleet, { confirmationRequired: false });
        assert.equal((await actionOf(fleet, going)).status, 'running');
        const shown = await expect(fleet, 200, `GET /targets/${waiting.id}`);
        assert.deepEqual([shown.autoConfirmActive, 'autoConfirm' in shown._links], [false, true]);
        await expect(fleet, 204, `POST /targets/${waiting.id}/autoConfirm/activate`);
        assert.equal((await actionOf(fleet, waiting)).status, 'running');
        assert.equal((await expect(fleet, 200, `GET /targets/${waiting.id}`)).autoConfirmActive, true);
      });
      const free = await assigned(fleet, { confirmationRequired: true });
      assert.equal((await actionOf(fleet, free)).status, 'running');
    },
  ),
  row(
    'mgmt.targets.assign-autoclose',
    'where actions close by themselves, a newer assignment ends the older without its device',
    async (fleet) => {
      await withSetting(fleet, 'repository.actions.autoclose.enabled', async () => {
        const one = await assigned(fleet);
        await one.device.poll();
        await assign(fleet, one.target, { id: await aSet(fleet) });
        const older = await actionOf(fleet, one);
        assert.deepEqual([older.status, older.active], ['canceled', false]);
      });
    },
  ),
];

async function withSetting(fleet: TestFleet, key: string, act: () => Promise<void>): Promise<void> {
  await expect(fleet, 204, `PUT /system/configs/${key}`, { body: { value: true } });
  try {
    await act();
  } finally {
    await expect(fleet, 204, `DELETE /system/configs/${key}`);
  }
}
