import assert from 'node:assert/strict';
import { aDraft } from './management-assigning.ts';
import { eventually } from '../contract/fleet-maker.ts';
import { ask, expect, fresh, type Json, refusedAs } from './management-kit.ts';
import { configure, groupsOf, offeredTo, someTargets, started, untilStatus, update } from './management-rollout-kit.ts';
import { TARGETS_MAX } from './management-filters-rows.ts';
import { differs, row, type Row } from './row.ts';

const threshold = (expression: string) => ({ condition: 'THRESHOLD', expression });

/** Which targets a rollout has, and how it is found: §3.1, §6 of the reference. */
export const rolloutMemberRows: readonly Row[] = [
  row('mgmt.rollouts.incompatible', 'targets whose type does not take the set are left out', async (fleet) => {
    const types = await expect(fleet, 201, 'POST /targettypes', { body: [{ name: fresh('t') }, { name: fresh('t') }] });
    const kinds = (await expect(fleet, 200, 'GET /distributionsettypes?q=key==os')).content;
    const what = `POST /targettypes/${types[0].id}/compatibledistributionsettypes`;
    await expect(fleet, 204, what, { body: [{ id: kinds[0].id }] });
    const prefix = fresh('kind');
    const ids = [types[0].id, types[1].id, undefined].map((targetType, at) => ({
      controllerId: `${prefix}-${at}`,
      ...(targetType === undefined ? {} : { targetType }),
    }));
    await expect(fleet, 201, 'POST /targets', { body: ids });
    const body = { name: prefix, targetFilterQuery: `id==${prefix}-*`, distributionSetId: await aDraft(fleet) };
    const rollout = await untilStatus(fleet, await expect(fleet, 201, 'POST /rollouts', { body }), 'ready');
    assert.equal(rollout.totalTargets, 2);
    const [group] = await groupsOf(fleet, rollout);
    const { content } = await expect(fleet, 200, `GET /rollouts/${rollout.id}/deploygroups/${group?.id}/targets`);
    assert.deepEqual(
      content.map(({ controllerId }: Json) => controllerId),
      [`${prefix}-0`, `${prefix}-2`],
    );
    const alone = { ...body, name: fresh('r'), targetFilterQuery: `id==${prefix}-1` };
    refusedAs(await ask(fleet, 'POST /rollouts', { body: alone }), 400, 'repo.constraintViolation');
  }),
  row('mgmt.rollouts.group-confirmation', 'a group may ask for confirmation apart from the others', async (fleet) => {
    const some = await someTargets(fleet, 2);
    const [asked = '', unasked = ''] = some.names;
    await configure(fleet, 'user.confirmation.flow.enabled', true);
    try {
      const groups = [
        { targetFilterQuery: `id==${asked}`, confirmationRequired: true, successCondition: threshold('0') },
        { targetFilterQuery: `id==${unasked}`, confirmationRequired: false },
      ];
      const rollout = await started(fleet, some, { groups });
      await eventually(async () => ((await groupsOf(fleet, rollout))[1]?.status === 'running' ? true : null));
      const shown = await groupsOf(fleet, rollout);
      assert.deepEqual(
        shown.map(({ confirmationRequired }) => confirmationRequired),
        [true, false],
      );
      const links = await Promise.all(some.devices.map(async (device) => Object.keys(await device.poll())));
      assert.deepEqual(
        links.map((one) => one.filter((rel) => rel !== 'configData')),
        [['confirmationBase'], ['deploymentBase']],
      );
      const status = async (q: string) =>
        (await expect(fleet, 200, `GET /actions?q=target.controllerid==${q}`)).content[0].status;
      assert.deepEqual([await status(asked), await status(unasked)], ['wait_for_confirmation', 'running']);
    } finally {
      await configure(fleet, 'user.confirmation.flow.enabled', false);
    }
  }),
  differs('mgmt.rollouts.group-quota', 'a group has at most 20 000 targets', {
    why: 'as many as the server’s setting UPDRAFT_TARGETS_MAX says, and any number where it says nothing',
    check: async (fleet) => {
      const some = await someTargets(fleet, TARGETS_MAX + 1);
      const body = { name: fresh('r'), targetFilterQuery: some.query, distributionSetId: await aDraft(fleet) };
      refusedAs(await ask(fleet, 'POST /rollouts', { body }), 429, 'quota.tooManyEntries');
      const groups = [{ targetFilterQuery: `id==${some.names[0]}` }, {}];
      const made = await expect(fleet, 201, 'POST /rollouts', { body: { ...body, groups } });
      assert.equal((await untilStatus(fleet, made, 'ready')).totalTargets, TARGETS_MAX + 1);
    },
  }),
  row('mgmt.rollouts.search-held', 'a rollout is found as paused from its group’s pause on', async (fleet) => {
    const some = await someTargets(fleet, 2);
    const { id } = await started(fleet, some, { amountGroups: 2, successAction: { action: 'PAUSE' } });
    const found = async (status: string) =>
      (await expect(fleet, 200, `GET /rollouts?q=id==${id};status==${status}`)).total;
    assert.deepEqual([await found('running'), await found('paused')], [1, 0]);
    for (const device of await offeredTo(some.devices)) await update(device);
    await untilStatus(fleet, { id }, 'paused');
    assert.deepEqual([await found('running'), await found('paused')], [0, 1]);
  }),
];
