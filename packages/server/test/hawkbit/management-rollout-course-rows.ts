import assert from 'node:assert/strict';
import { basic } from '../a-server.ts';
import { eventually } from '../contract/fleet-maker.ts';
import { ask, expect, fresh, refusedAs } from './management-kit.ts';
import {
  aRollout,
  aSet,
  configure,
  groupsOf,
  offeredTo,
  oneMore,
  rolloutOf,
  someTargets,
  started,
  untilStatus,
  update,
} from './management-rollout-kit.ts';
import { deviceOf } from './management-targets-rows.ts';
import { differs, row, type Row } from './row.ts';

const threshold = (expression: string) => ({ condition: 'THRESHOLD', expression });

const courseRows: readonly Row[] = [
  row('mgmt.rollouts.start', 'a rollout that is started runs, its first group with it', async (fleet) => {
    const some = await someTargets(fleet, 2);
    const rollout = await started(fleet, some, { amountGroups: 2 });
    const { status, totalTargetsPerStatus } = await rolloutOf(fleet, rollout);
    assert.equal(status, 'running');
    assert.deepEqual(totalTargetsPerStatus, {
      scheduled: 1,
      running: 1,
      error: 0,
      finished: 0,
      cancelled: 0,
      notstarted: 0,
    });
    assert.deepEqual(
      (await groupsOf(fleet, rollout)).map((group) => group.status),
      ['running', 'scheduled'],
    );
    assert.equal((await offeredTo(some.devices)).length, 1);
  }),
  row('mgmt.rollouts.illegal', 'what a state does not allow is refused', async (fleet) => {
    const some = await someTargets(fleet, 1);
    const ready = await aRollout(fleet, some);
    for (const act of ['pause', 'resume', 'approve', 'deny', 'retry', 'triggerNextGroup'])
      refusedAs(await ask(fleet, `POST /rollouts/${ready.id}/${act}`), 400, 'rollout.illegalState');
    const running = await started(fleet, some);
    for (const act of ['start', 'resume', 'approve', 'retry'])
      refusedAs(await ask(fleet, `POST /rollouts/${running.id}/${act}`), 400, 'rollout.illegalState');
  }),
  row('mgmt.rollouts.next-group', 'the next group is started when enough have succeeded', async (fleet) => {
    const some = await someTargets(fleet, 2);
    const rollout = await started(fleet, some, { amountGroups: 2 });
    const [first] = await offeredTo(some.devices);
    assert.ok(first !== undefined);
    await update(first);
    const groups = await eventually(async () => {
      const shown = await groupsOf(fleet, rollout);
      return shown[1]?.status === 'running' ? shown : null;
    });
    assert.deepEqual([groups[0]?.status, groups[0]?.totalTargetsPerStatus.finished], ['finished', 1]);
  }),
  row('mgmt.rollouts.finished', 'a rollout is finished when every group is', async (fleet) => {
    const some = await someTargets(fleet, 1);
    const rollout = await started(fleet, some);
    await update(some.devices[0] as never);
    const shown = await untilStatus(fleet, rollout, 'finished');
    assert.equal(shown.totalTargetsPerStatus.finished, 1);
    assert.equal((await groupsOf(fleet, rollout))[0]?.status, 'finished');
  }),
  row('mgmt.rollouts.already', 'a target that has the set already is finished at once', async (fleet) => {
    const some = await someTargets(fleet, 1);
    const first = await started(fleet, some);
    await update(some.devices[0] as never);
    await untilStatus(fleet, first, 'finished');
    const again = await started(fleet, some, { distributionSetId: first.distributionSetId });
    assert.equal((await untilStatus(fleet, again, 'finished')).totalTargetsPerStatus.finished, 1);
  }),
  row('mgmt.rollouts.error', 'more errors than its threshold put a group in error, and pause', async (fleet) => {
    const some = await someTargets(fleet, 2);
    const rollout = await started(fleet, some, { amountGroups: 2, errorCondition: threshold('10') });
    const [first] = await offeredTo(some.devices);
    assert.ok(first !== undefined);
    await update(first, 'failure');
    const shown = await untilStatus(fleet, rollout, 'paused');
    assert.equal(shown.totalTargetsPerStatus.error, 1);
    assert.deepEqual(
      (await groupsOf(fleet, rollout)).map(({ status }) => status),
      ['error', 'scheduled'],
    );
  }),
  row('mgmt.rollouts.error-strict', 'as many errors as the threshold says are none too many', async (fleet) => {
    const some = await someTargets(fleet, 2);
    const rollout = await started(fleet, some, { errorCondition: threshold('50') });
    await update(some.devices[0] as never, 'failure');
    await eventually(async () => ((await rolloutOf(fleet, rollout)).totalTargetsPerStatus.error === 1 ? true : null));
    assert.equal((await rolloutOf(fleet, rollout)).status, 'running');
  }),
  row('mgmt.rollouts.resume-error', 'who resumes after errors starts the next group', async (fleet) => {
    const some = await someTargets(fleet, 2);
    const rollout = await started(fleet, some, { amountGroups: 2, errorCondition: threshold('10') });
    const [first] = await offeredTo(some.devices);
    await update(first as never, 'failure');
    await untilStatus(fleet, rollout, 'paused');
    await expect(fleet, 204, `POST /rollouts/${rollout.id}/resume`);
    assert.equal((await rolloutOf(fleet, rollout)).status, 'running');
    assert.deepEqual(
      (await groupsOf(fleet, rollout)).map(({ status }) => status),
      ['error', 'running'],
    );
  }),
  row('mgmt.rollouts.success-pause', 'a success may pause, and who resumes starts the next group', async (fleet) => {
    const some = await someTargets(fleet, 2);
    const rollout = await started(fleet, some, { amountGroups: 2, successAction: { action: 'PAUSE' } });
    const [first] = await offeredTo(some.devices);
    await update(first as never);
    await untilStatus(fleet, rollout, 'paused');
    assert.equal((await groupsOf(fleet, rollout))[1]?.status, 'scheduled');
    await expect(fleet, 204, `POST /rollouts/${rollout.id}/resume`);
    assert.equal((await groupsOf(fleet, rollout))[1]?.status, 'running');
  }),
  row('mgmt.rollouts.trigger', 'the next group is started by hand, as long as there is one', async (fleet) => {
    const some = await someTargets(fleet, 2);
    const rollout = await started(fleet, some, { amountGroups: 2 });
    await expect(fleet, 204, `POST /rollouts/${rollout.id}/triggerNextGroup`);
    assert.equal((await offeredTo(some.devices)).length, 2);
    refusedAs(await ask(fleet, `POST /rollouts/${rollout.id}/triggerNextGroup`), 400, 'rollout.illegalState');
  }),
  differs('mgmt.rollouts.pause', 'a paused rollout starts no group', {
    why: 'pausing holds every permission not yet granted, also in groups that were started',
    check: async (fleet) => {
      const some = await someTargets(fleet, 1);
      const rollout = await started(fleet, some);
      await expect(fleet, 204, `POST /rollouts/${rollout.id}/pause`);
      assert.equal((await rolloutOf(fleet, rollout)).status, 'paused');
      assert.equal((await offeredTo(some.devices)).length, 0);
      await expect(fleet, 204, `POST /rollouts/${rollout.id}/resume`);
      assert.equal((await offeredTo(some.devices)).length, 1);
    },
  }),
  row('mgmt.rollouts.stop', 'a stopped rollout calls back what it has not brought', async (fleet) => {
    const some = await someTargets(fleet, 2);
    const rollout = await started(fleet, some, { amountGroups: 2 });
    await expect(fleet, 204, `POST /rollouts/${rollout.id}/stop`);
    const shown = await untilStatus(fleet, rollout, 'stopped');
    assert.equal(shown.totalTargetsPerStatus.cancelled, 2);
    assert.ok((await groupsOf(fleet, rollout)).every(({ status }) => status === 'finished'));
    refusedAs(await ask(fleet, `POST /rollouts/${rollout.id}/stop`), 400, 'rollout.illegalState');
  }),
  row('mgmt.rollouts.stop-asks', 'a device that has begun is asked to cancel', async (fleet) => {
    const some = await someTargets(fleet, 1);
    const rollout = await started(fleet, some);
    const [device] = some.devices;
    assert.ok(device !== undefined);
    const { deploymentBase = '' } = await device.poll();
    const action = Number(/deploymentBase\/(\d+)/.exec(deploymentBase)?.[1]);
    await device.report(action, { execution: 'proceeding', finished: 'none' });
    await expect(fleet, 204, `POST /rollouts/${rollout.id}/stop`);
    await eventually(async () => ((await device.poll()).cancelAction === undefined ? null : true));
    assert.equal((await rolloutOf(fleet, rollout)).status, 'stopping');
    await device.report(action, { execution: 'closed', finished: 'success', about: 'cancelAction' });
    await untilStatus(fleet, rollout, 'stopped');
  }),
  row('mgmt.rollouts.stop-ready', 'a rollout is stopped before it began', async (fleet) => {
    const rollout = await aRollout(fleet, await someTargets(fleet, 1));
    await expect(fleet, 204, `POST /rollouts/${rollout.id}/stop`);
    await untilStatus(fleet, rollout, 'stopped');
  }),
  row('mgmt.rollouts.delete-ready', 'one that never started is gone, and its name is free', async (fleet) => {
    const some = await someTargets(fleet, 1);
    const { id, name } = await aRollout(fleet, some);
    await expect(fleet, 204, `DELETE /rollouts/${id}`);
    refusedAs(await ask(fleet, `GET /rollouts/${id}`), 404, 'repo.entityNotFound');
    const all = await expect(fleet, 200, `GET /rollouts?soft_deleted_mode=INCLUDE_SOFT_DELETED&q=name==${name}`);
    assert.equal(all.total, 0);
    await aRollout(fleet, some, { name });
  }),
  row('mgmt.rollouts.delete', 'one that was started is kept as a deleted one', async (fleet) => {
    const some = await someTargets(fleet, 1);
    const rollout = await started(fleet, some);
    await expect(fleet, 204, `DELETE /rollouts/${rollout.id}`);
    const shown = await untilStatus(fleet, rollout, 'deleted');
    assert.equal(shown.deleted, true);
    const totals: number[] = [];
    for (const mode of ['EXCLUDE_SOFT_DELETED', 'ONLY_SOFT_DELETED', 'INCLUDE_SOFT_DELETED'])
      totals.push((await expect(fleet, 200, `GET /rollouts?q=id==${rollout.id}&soft_deleted_mode=${mode}`)).total);
    assert.deepEqual(totals, [0, 1, 1]);
    assert.equal((await offeredTo(some.devices)).length, 0);
    refusedAs(await ask(fleet, `POST /rollouts/${rollout.id}/start`), 400, 'rollout.illegalState');
    await expect(fleet, 204, `DELETE /rollouts/${rollout.id}`);
  }),
  differs('mgmt.rollouts.delete-begun', 'deleting ends what has begun without its device', {
    why: 'a device that has begun is asked to cancel, and may tell its true end',
    check: async (fleet) => {
      const some = await someTargets(fleet, 1);
      const rollout = await started(fleet, some);
      const [device] = some.devices;
      assert.ok(device !== undefined);
      const { deploymentBase = '' } = await device.poll();
      const action = Number(/deploymentBase\/(\d+)/.exec(deploymentBase)?.[1]);
      await device.report(action, { execution: 'proceeding', finished: 'none' });
      await expect(fleet, 204, `DELETE /rollouts/${rollout.id}`);
      assert.equal((await rolloutOf(fleet, rollout)).status, 'deleting');
      await eventually(async () => ((await device.poll()).cancelAction === undefined ? null : true));
    },
  }),
  row('mgmt.rollouts.retry', 'a finished rollout is tried again with those that failed', async (fleet) => {
    const some = await someTargets(fleet, 3);
    const rollout = await started(fleet, some);
    for (const [index, device] of some.devices.entries()) await update(device, index === 0 ? 'failure' : 'success');
    await untilStatus(fleet, rollout, 'finished');
    const again = await expect(fleet, 201, `POST /rollouts/${rollout.id}/retry`);
    assert.deepEqual(
      [again.name, again.targetFilterQuery, again.totalTargets, again.totalGroups, again.weight, again.status],
      [`${rollout.name}_retry`, `failedrollout==${rollout.id}`, 1, 1, 1000, 'ready'],
    );
    assert.equal(again.distributionSetId, rollout.distributionSetId);
    refusedAs(await ask(fleet, `POST /rollouts/${rollout.id}/retry`), 409, 'repo.entityAlreadyExists');
  }),
  row('mgmt.rollouts.retry-none', 'where none has failed there is nothing to try again', async (fleet) => {
    const some = await someTargets(fleet, 1);
    const rollout = await started(fleet, some);
    await update(some.devices[0] as never);
    await untilStatus(fleet, rollout, 'finished');
    refusedAs(await ask(fleet, `POST /rollouts/${rollout.id}/retry`), 400, 'repo.constraintViolation');
  }),
  differs('mgmt.rollouts.starting', 'a rollout is starting while its actions are made', {
    why: 'its assignments are made before it is ready: the start is one write, and starting is never shown',
    check: async (fleet) => {
      const rollout = await started(fleet, await someTargets(fleet, 2));
      assert.equal((await rolloutOf(fleet, rollout)).status, 'running');
    },
  }),
  differs('mgmt.rollouts.short', 'a group that is over without its success leaves its rollout running', {
    why: 'with nothing open and too few succeeded it pauses, so that somebody decides',
    check: async (fleet) => {
      const some = await someTargets(fleet, 2);
      const wish = { amountGroups: 2, errorCondition: threshold('100') };
      const rollout = await started(fleet, some, wish);
      const [first] = await offeredTo(some.devices);
      await update(first as never, 'failure');
      await untilStatus(fleet, rollout, 'paused');
    },
  }),
];

const approvalRows: readonly Row[] = [
  row('mgmt.rollouts.approval', 'a rollout that waits for approval starts once it is approved', async (fleet) => {
    await configure(fleet, 'rollout.approval.enabled', true);
    try {
      const some = await someTargets(fleet, 1);
      const rollout = await aRollout(fleet, some);
      assert.equal(rollout.status, 'waiting_for_approval');
      refusedAs(await ask(fleet, `POST /rollouts/${rollout.id}/start`), 400, 'rollout.illegalState');
      await expect(fleet, 204, `POST /rollouts/${rollout.id}/approve?remark=fine%20with%20me`);
      const shown = await rolloutOf(fleet, rollout);
      assert.deepEqual(
        [shown.status, shown.approveDecidedBy, shown.approvalRemark],
        ['ready', 'admin', 'fine with me'],
      );
    } finally {
      await configure(fleet, 'rollout.approval.enabled', false);
    }
  }),
  row('mgmt.rollouts.denied', 'a denied rollout brings nothing', async (fleet) => {
    await configure(fleet, 'rollout.approval.enabled', true);
    try {
      const rollout = await aRollout(fleet, await someTargets(fleet, 1));
      await expect(fleet, 204, `POST /rollouts/${rollout.id}/deny?remark=no`);
      const shown = await rolloutOf(fleet, rollout);
      assert.deepEqual(
        [shown.status, shown.approveDecidedBy, shown.approvalRemark],
        ['approval_denied', 'admin', 'no'],
      );
      const found = await expect(fleet, 200, `GET /rollouts?q=id==${rollout.id};status==approval_denied`);
      assert.equal(found.total, 1);
      refusedAs(await ask(fleet, `POST /rollouts/${rollout.id}/start`), 400, 'rollout.illegalState');
    } finally {
      await configure(fleet, 'rollout.approval.enabled', false);
    }
  }),
  row('mgmt.rollouts.approval-right', 'who has not the right to approve does not', async (fleet) => {
    await configure(fleet, 'rollout.approval.enabled', true);
    try {
      const rollout = await aRollout(fleet, await someTargets(fleet, 1));
      const name = fresh('user');
      await fleet.api.call('users.create', { body: { name, password: 'correct horse', rights: [] } });
      const as = basic(name, 'correct horse');
      for (const act of ['approve', 'deny'])
        refusedAs(await ask(fleet, `POST /rollouts/${rollout.id}/${act}`, { as }), 403, 'insufficientPermission');
    } finally {
      await configure(fleet, 'rollout.approval.enabled', false);
    }
  }),
  row('mgmt.rollouts.remark', 'a remark has at most 255 characters', async (fleet) => {
    const rollout = await aRollout(fleet, await someTargets(fleet, 1));
    const answer = await ask(fleet, `POST /rollouts/${rollout.id}/approve?remark=${'a'.repeat(256)}`);
    refusedAs(answer, 400, 'repo.constraintViolation');
  }),
  row('mgmt.rollouts.confirmation', 'devices confirm where the tenant and the rollout ask for it', async (fleet) => {
    const some = await someTargets(fleet, 1);
    assert.equal((await aRollout(fleet, some, { confirmationRequired: true })).confirmationRequired, false);
    await configure(fleet, 'user.confirmation.flow.enabled', true);
    try {
      assert.equal((await aRollout(fleet, some)).confirmationRequired, true);
      assert.equal((await aRollout(fleet, some, { confirmationRequired: false })).confirmationRequired, false);
      const groups = [{ name: 'a', confirmationRequired: false }];
      assert.equal((await aRollout(fleet, some, { groups })).confirmationRequired, false);
    } finally {
      await configure(fleet, 'user.confirmation.flow.enabled', false);
    }
  }),
];

const dynamicRows: readonly Row[] = [
  row(
    'mgmt.rollouts.dynamic',
    'targets that come later join a dynamic rollout, which never finishes',
    async (fleet) => {
      const some = await someTargets(fleet, 1);
      const rollout = await started(fleet, some, { dynamic: true });
      assert.equal(rollout.dynamic, true);
      await update(some.devices[0] as never);
      const late = await oneMore(fleet, some, 'late');
      await eventually(async () => ((await rolloutOf(fleet, rollout)).totalTargets === 2 ? true : null));
      await eventually(async () => ((await offeredTo([deviceOf(fleet, late)])).length === 1 ? true : null));
      await update(deviceOf(fleet, late));
      assert.equal((await groupsOf(fleet, rollout)).at(-1)?.dynamic, true);
      assert.equal((await rolloutOf(fleet, rollout)).status, 'running');
    },
  ),
  row('mgmt.rollouts.dynamic-template', 'a full dynamic group is followed by another', async (fleet) => {
    const none = await someTargets(fleet, 0);
    const dynamicGroupTemplate = { nameSuffix: '-dyn', targetCount: 1 };
    const rollout = await started(fleet, none, { dynamic: true, amountGroups: 0, dynamicGroupTemplate });
    for (const name of ['a', 'b']) await oneMore(fleet, none, name);
    const groups = await eventually(async () => {
      const shown = await groupsOf(fleet, rollout);
      return shown.length === 2 ? shown : null;
    });
    assert.deepEqual(
      groups.map(({ name, totalTargets, dynamic }) => [name, totalTargets, dynamic]),
      [
        ['group-1', 1, false],
        ['group-2-dyn', 1, true],
      ],
    );
  }),
  row(
    'mgmt.rollouts.dynamic-contradictions',
    'a template needs a dynamic rollout, and that no groups',
    async (fleet) => {
      const some = await someTargets(fleet, 1);
      const dynamicGroupTemplate = { nameSuffix: '', targetCount: 1 };
      const base = { targetFilterQuery: some.query, distributionSetId: await aSet(fleet) };
      const wrong = [
        { dynamicGroupTemplate },
        { dynamic: true, groups: [{ name: 'a' }] },
        { dynamic: true, amountGroups: 0 },
      ];
      for (const wish of wrong) {
        const body = { ...base, name: fresh('r'), ...wish };
        refusedAs(await ask(fleet, 'POST /rollouts', { body }), 400, 'repo.constraintViolation');
      }
    },
  ),
  row(
    'mgmt.rollouts.dynamic-size',
    'without a template a dynamic group holds as many as the last static one',
    async (fleet) => {
      const some = await someTargets(fleet, 2);
      const rollout = await started(fleet, some, { dynamic: true });
      for (const name of ['a', 'b', 'c']) await oneMore(fleet, some, name);
      const groups = await eventually(async () => {
        const shown = await groupsOf(fleet, rollout);
        return shown.length === 3 && shown[2]?.totalTargets === 1 ? shown : null;
      });
      assert.deepEqual(
        groups.map(({ name, totalTargets }) => [name, totalTargets]),
        [
          ['group-1', 2],
          ['group-2', 2],
          ['group-3', 1],
        ],
      );
    },
  ),
];

export const rolloutCourseRows: readonly Row[] = [...courseRows, ...approvalRows, ...dynamicRows];
