import assert from 'node:assert/strict';
import type { TestFleet } from '../a-fleet.ts';
import { send } from './ddi-kit.ts';
import { actionOf, aSet, assign, assigned, close, statusOf } from './management-assigning.ts';
import { ask, expect, type Json, refusedAs } from './management-kit.ts';
import { aTarget } from './management-targets-rows.ts';
import { row, type Row } from './row.ts';

/** Actions of targets: §1 and §2 of the reference. */
export const targetActionRows: readonly Row[] = [
  row('mgmt.targets.action', 'an action links what it is about', async (fleet) => {
    const one = await assigned(fleet);
    const action = await actionOf(fleet, one);
    assert.deepEqual([action.id, action.type, action.status, action.active], [one.action, 'update', 'running', true]);
    assert.deepEqual([action.weight, action.createdBy], [1000, 'admin']);
    assert.deepEqual(Object.keys(action._links), ['self', 'target', 'distributionset', 'status']);
    assert.deepEqual([action._links.target.name, 'rollout' in action], [one.id, false]);
    assert.match(action._links.distributionset.name, /^system-\d+:1\.0$/);
  }),
  row('mgmt.targets.action-message-long', 'a long message of a device is told in pieces of 512', async (fleet) => {
    const one = await assigned(fleet);
    const details = ['a'.repeat(1100), 'short'];
    const body = { status: { execution: 'proceeding', result: { finished: 'none' }, details } };
    assert.equal((await send(one.device, `deploymentBase/${one.action}/feedback`, body)).status, 200);
    const { content } = await expect(fleet, 200, `GET /targets/${one.id}/actions/${one.action}/status`);
    assert.deepEqual(
      content[0].messages.map((message: string) => message.length),
      [512, 512, 76, 5],
    );
  }),
  row(
    'mgmt.targets.action-status-word',
    'an action is retrieved once its device has asked what it is about',
    async (fleet) => {
      const one = await assigned(fleet);
      const { deploymentBase = '' } = await one.device.poll();
      assert.equal((await actionOf(fleet, one)).status, 'running');
      await one.device.ask(deploymentBase);
      assert.equal((await actionOf(fleet, one)).status, 'retrieved');
    },
  ),
  row('mgmt.targets.actions', 'actions of a target are listed, the newest first', async (fleet) => {
    const one = await assigned(fleet);
    await one.device.poll();
    await close(one, 'success');
    const next = await assign(fleet, one.target, { id: await aSet(fleet) });
    const ids = async (query: string) =>
      (await expect(fleet, 200, `GET /targets/${one.id}/actions?${query}`)).content.map(({ id }: Json) => id);
    assert.deepEqual(await ids(''), [next, one.action]);
    assert.deepEqual(await ids('sort=id:ASC'), [one.action, next]);
    assert.deepEqual(await ids('limit=1&offset=1'), [one.action]);
    for (const q of [
      'active==true',
      'status==running',
      `id==${next}`,
      'status!=finished',
      `target.controllerid==${one.id};active==true`,
    ])
      assert.deepEqual(await ids(`q=${encodeURIComponent(q)}`), [next], q);
    assert.deepEqual(await ids(`q=${encodeURIComponent(`status==FINISHED;distributionset.id==${one.set}`)}`), [
      one.action,
    ]);
    refusedAs(await ask(fleet, `GET /targets/${one.id}/actions?q=status==lost`), 400, 'rest.param.rsqlInvalidField');
    refusedAs(await ask(fleet, 'GET /targets/nobody/actions'), 404, 'repo.entityNotFound');
  }),
  row('mgmt.targets.action-unknown', 'an action is found only under its own target', async (fleet) => {
    const one = await assigned(fleet);
    const { controllerId } = await aTarget(fleet);
    for (const what of ['', '/status'])
      refusedAs(
        await ask(fleet, `GET /targets/${controllerId}/actions/${one.action}${what}`),
        404,
        'repo.entityNotFound',
      );
    refusedAs(await ask(fleet, `DELETE /targets/${controllerId}/actions/${one.action}`), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, `GET /targets/${one.id}/actions/999999`), 404, 'repo.entityNotFound');
  }),
  row('mgmt.targets.force', 'an action is made a forced one, and nothing else', async (fleet) => {
    const one = await assigned(fleet, { type: 'soft' });
    const what = `PUT /targets/${one.id}/actions/${one.action}`;
    const { deploymentBase = '' } = await one.device.poll();
    const urgency = async () => (JSON.parse((await one.device.ask(deploymentBase)).text) as Json).deployment.update;
    assert.equal(await urgency(), 'attempt');
    assert.equal((await expect(fleet, 200, what, { body: { forceType: 'forced' } })).forceType, 'forced');
    assert.equal(await urgency(), 'forced');
    refusedAs(await ask(fleet, what, { body: { forceType: 'soft' } }), 400, 'repo.constraintViolation');
  }),
  row('mgmt.targets.cancel', 'a cancelled action waits for its device, and is over with that', async (fleet) => {
    const one = await assigned(fleet);
    await one.device.poll();
    const what = `DELETE /targets/${one.id}/actions/${one.action}`;
    await expect(fleet, 204, what);
    const action = await actionOf(fleet, one);
    assert.deepEqual([action.status, action.type, action.active], ['canceling', 'cancel', true]);
    assert.ok('canceledaction' in action._links);
    refusedAs(await ask(fleet, what), 405, 'action.notCancelable');
    await one.device.poll();
    const answer = await one.device.report(one.action, {
      about: 'cancelAction',
      execution: 'closed',
      finished: 'success',
    });
    assert.equal(answer.status, 200, answer.text);
    assert.equal((await actionOf(fleet, one)).status, 'canceled');
    refusedAs(await ask(fleet, what), 405, 'action.notCancelable');
    assert.equal(await statusOf(fleet, one.id), 'in_sync');
  }),
  row('mgmt.targets.force-quit', 'what is being cancelled ends without its device, if forced', async (fleet) => {
    const one = await assigned(fleet);
    const what = `DELETE /targets/${one.id}/actions/${one.action}`;
    refusedAs(await ask(fleet, `${what}?force=true`), 405, 'action.notForceQuitable');
    await expect(fleet, 204, what);
    await expect(fleet, 204, `${what}?force=true`);
    const action = await actionOf(fleet, one);
    assert.deepEqual([action.status, action.active], ['canceled', false]);
    refusedAs(await ask(fleet, `${what}?force=true`), 405, 'action.notForceQuitable');
  }),
  row('mgmt.targets.status', 'what was said of an action is listed, the newest first', async (fleet) => {
    const one = await assigned(fleet);
    const { deploymentBase = '' } = await one.device.poll();
    await one.device.ask(deploymentBase);
    await close(one, 'success', 7);
    const types = async (query: string) => {
      const body = await expect(fleet, 200, `GET /targets/${one.id}/actions/${one.action}/status?${query}`);
      return [body.content.map(({ type }: Json) => type).join(' '), body.total];
    };
    assert.deepEqual(await types(''), ['finished retrieved running', 3]);
    assert.deepEqual(await types('limit=2'), ['finished retrieved', 3]);
    assert.deepEqual(await types('offset=2'), ['running', 3]);
    assert.deepEqual(await types('offset=3'), ['', 3]);
    assert.deepEqual(await types('sort=id:ASC&limit=2'), ['running retrieved', 3]);
    assert.deepEqual(await types('sort=id:ASC&offset=2'), ['finished', 3]);
    const { content } = await expect(fleet, 200, `GET /targets/${one.id}/actions/${one.action}/status`);
    assert.deepEqual([content[0].messages, content[0].code], [['the end', 'Device reported status code: 7'], 7]);
    assert.match(content[2].messages[0], /admin/);
  }),
  row('mgmt.targets.status-words', 'where a device says nothing, the server says what that means', async (fleet) => {
    const one = await assigned(fleet);
    const { deploymentBase = '' } = await one.device.poll();
    await one.device.ask(deploymentBase);
    await one.device.report(one.action, { execution: 'closed', finished: 'failure' });
    const { content } = await expect(fleet, 200, `GET /targets/${one.id}/actions/${one.action}/status?sort=id:ASC`);
    assert.deepEqual(
      content.slice(1).map(({ type, messages }: Json) => [type, ...messages]),
      [
        ['retrieved', 'Update Server: Target retrieved update action and should start now the download.'],
        ['error', 'Update Server: Target reported CLOSED with ERROR!'],
      ],
    );
  }),
  row('mgmt.targets.status-time', 'what a device says has the time that the device gives', async (fleet) => {
    const one = await assigned(fleet);
    await one.device.poll();
    const status = { execution: 'proceeding', result: { finished: 'none' }, details: ['x'] };
    await send(one.device, `deploymentBase/${one.action}/feedback`, { timestamp: 1_718_000_000_000, status });
    const { content } = await expect(fleet, 200, `GET /targets/${one.id}/actions/${one.action}/status?limit=1`);
    assert.equal(content[0].timestamp, 1_718_000_000_000);
    assert.ok(content[0].reportedAt > content[0].timestamp);
  }),
  row('mgmt.targets.confirm', 'an operator answers for the user of a target, once', async (fleet) => {
    const { id, action } = await awaiting(fleet);
    const what = `PUT /targets/${id}/actions/${action}/confirmation`;
    assert.equal((await actionOf(fleet, { id, action })).status, 'wait_for_confirmation');
    await expect(fleet, 204, what, { body: { confirmation: 'denied', details: ['not now'] } });
    assert.equal((await actionOf(fleet, { id, action })).status, 'wait_for_confirmation');
    await expect(fleet, 204, what, { body: { confirmation: 'confirmed', code: 3 } });
    assert.equal((await actionOf(fleet, { id, action })).status, 'running');
    refusedAs(await ask(fleet, what, { body: { confirmation: 'perhaps' } }), 400, 'rest.body.notReadable');
    const unknown = await ask(fleet, `PUT /targets/${id}/actions/999999/confirmation`, {
      body: { confirmation: 'denied' },
    });
    refusedAs(unknown, 404, 'repo.entityNotFound');
  }),
  row('mgmt.targets.confirm-over', 'nobody confirms what is not asked', async (fleet) => {
    const one = await assigned(fleet);
    await one.device.poll();
    await close(one, 'success');
    const what = `PUT /targets/${one.id}/actions/${one.action}/confirmation`;
    refusedAs(await ask(fleet, what, { body: { confirmation: 'confirmed' } }), 410, 'confirmation.feedback.gone');
  }),
  row(
    'mgmt.targets.delete-actions',
    'actions that are over are deleted, by their ids or but for the newest',
    async (fleet) => {
      const one = await assigned(fleet);
      await one.device.poll();
      await close(one, 'success');
      const next = await assign(fleet, one.target, { id: await aSet(fleet) });
      const what = `DELETE /targets/${one.id}/actions`;
      refusedAs(await ask(fleet, what, { body: [one.action, next] }), 405, 'action.notDeletable');
      refusedAs(await ask(fleet, what, { body: [999_999] }), 404, 'repo.entityNotFound');
      refusedAs(await ask(fleet, what), 400, 'repo.constraintViolation');
      await expect(fleet, 204, `${what}?keepLast=2`);
      assert.equal((await expect(fleet, 200, `GET /targets/${one.id}/actions`)).total, 2);
      await expect(fleet, 204, `${what}?keepLast=1`);
      refusedAs(await ask(fleet, `GET /targets/${one.id}/actions/${one.action}`), 404, 'repo.entityNotFound');
      await expect(fleet, 204, `${what}?keepLast=0`);
      assert.equal((await expect(fleet, 200, `GET /targets/${one.id}/actions`)).total, 1);
    },
  ),
  row('mgmt.targets.delete-actions-ids', 'actions are deleted by their ids', async (fleet) => {
    const one = await assigned(fleet);
    await one.device.poll();
    await close(one, 'failure');
    await expect(fleet, 204, `DELETE /targets/${one.id}/actions`, { body: [one.action] });
    assert.equal((await expect(fleet, 200, `GET /targets/${one.id}/actions`)).total, 0);
  }),
];

/** A target whose user is asked. */
async function awaiting(fleet: TestFleet): Promise<{ readonly id: string; readonly action: number }> {
  const { controllerId: id } = await aTarget(fleet);
  const release = await fleet.release();
  const policy = { consent: { required: true } };
  const made = await fleet.api.call('assignments.create', { body: { release: release.id, devices: [id], policy } });
  const [assignment] = made.assigned;
  return { id, action: assignment?.number ?? assert.fail('nothing was assigned') };
}
