import assert from 'node:assert/strict';
import { eventually } from '../contract/fleet-maker.ts';
import { ask, expect, fresh, type Json, refusedAs } from './management-kit.ts';
import { aSet, configure, offeredTo, oneMore, someTargets, update } from './management-rollout-kit.ts';
import { deviceOf } from './management-targets-rows.ts';
import { differs, row, type Row } from './row.ts';

async function aFilter(fleet: Parameters<typeof aSet>[0], query: string): Promise<Json> {
  return expect(fleet, 201, 'POST /targetfilters', { body: { name: fresh('filter'), query } });
}

/** What the server of these rows is told: `UPDRAFT_TARGETS_MAX`. */
export const TARGETS_MAX = 20;

const filterRows: readonly Row[] = [
  row('mgmt.target-filters.create', 'a filter is saved as it was written, and its nulls are shown', async (fleet) => {
    const query = 'controllerId==a* and attribute.hw=in=(1,2)';
    const filter = await aFilter(fleet, query);
    assert.equal(filter.query, query);
    for (const field of [
      'autoAssignDistributionSet',
      'autoAssignActionType',
      'autoAssignWeight',
      'confirmationRequired',
    ])
      assert.equal(filter[field], null);
    assert.deepEqual(Object.keys(filter._links), ['self', 'autoAssignDS']);
    const again = { name: filter.name, query: 'name==b' };
    refusedAs(await ask(fleet, 'POST /targetfilters', { body: again }), 409, 'repo.entityAlreadyExists');
  }),
  row('mgmt.target-filters.wrong', 'a filter that cannot be read is not saved', async (fleet) => {
    for (const [query, key] of [
      ['colour==red', 'rest.param.rsqlInvalidField'],
      ['name=', 'rest.param.rsqlParamSyntax'],
      ['', 'repo.constraintViolation'],
      [`name==${'a'.repeat(1024)}`, 'repo.constraintViolation'],
    ] as const)
      refusedAs(await ask(fleet, 'POST /targetfilters', { body: { name: fresh('f'), query } }), 400, key);
    refusedAs(await ask(fleet, 'POST /targetfilters', { body: { query: 'name==a' } }), 400, 'repo.constraintViolation');
  }),
  row(
    'mgmt.target-filters.own-names',
    'the names of a filter are those of this API, here and when it assigns',
    async (fleet) => {
      const some = await someTargets(fleet, 1);
      await expect(fleet, 200, `PUT /targets/${some.names[0]}`, { body: { name: 'Shown' } });
      const filter = await aFilter(fleet, `name==Shown;controllerid==${some.names[0]}`);
      await expect(fleet, 200, `POST /targetfilters/${filter.id}/autoAssignDS`, { body: { id: await aSet(fleet) } });
      await eventually(async () => ((await offeredTo(some.devices)).length === 1 ? true : null));
    },
  ),
  row('mgmt.target-filters.total', 'the total of a list counts all filters, whatever the query', async (fleet) => {
    const { name } = await aFilter(fleet, 'name==a');
    await aFilter(fleet, 'name==b');
    const found = await expect(fleet, 200, `GET /targetfilters?q=name==${name}`);
    assert.equal(found.size, 1);
    assert.ok(found.total >= 2);
    assert.equal(found.content[0].autoAssignWeight, null);
    assert.deepEqual(Object.keys(found.content[0]._links), ['self']);
    const full = await expect(fleet, 200, `GET /targetfilters?q=name==${name}&representation=full`);
    assert.deepEqual(Object.keys(full.content[0]._links), ['self', 'autoAssignDS']);
  }),
  row('mgmt.target-filters.search', 'filters are found by what they assign, and sorted', async (fleet) => {
    const filter = await aFilter(fleet, 'name==nobody');
    const other = await aFilter(fleet, 'name==nobody');
    await expect(fleet, 200, `POST /targetfilters/${filter.id}/autoAssignDS`, { body: { id: await aSet(fleet) } });
    const q = `autoassigndistributionset.version==1.0;id=in=(${filter.id},${other.id})`;
    const found = await expect(fleet, 200, `GET /targetfilters?q=${encodeURIComponent(q)}`);
    assert.deepEqual(
      found.content.map(({ id }: Json) => id),
      [filter.id],
    );
    const both = `GET /targetfilters?q=id=in=(${filter.id},${other.id})&sort=id:DESC`;
    assert.deepEqual(
      (await expect(fleet, 200, both)).content.map(({ id }: Json) => id),
      [other.id, filter.id],
    );
  }),
  row('mgmt.target-filters.change', 'what a change leaves out stays', async (fleet) => {
    const filter = await aFilter(fleet, 'name==a');
    const name = fresh('renamed');
    const renamed = await expect(fleet, 200, `PUT /targetfilters/${filter.id}`, { body: { name } });
    assert.deepEqual([renamed.name, renamed.query], [name, 'name==a']);
    const changed = await expect(fleet, 200, `PUT /targetfilters/${filter.id}`, { body: { query: 'name==b' } });
    assert.deepEqual([changed.name, changed.query, changed.lastModifiedBy], [name, 'name==b', 'admin']);
    const other = await aFilter(fleet, 'name==c');
    const answer = await ask(fleet, `PUT /targetfilters/${other.id}`, { body: { name } });
    refusedAs(answer, 409, 'repo.entityAlreadyExists');
  }),
  row('mgmt.target-filters.delete', 'a deleted filter is gone', async (fleet) => {
    const { id } = await aFilter(fleet, 'name==a');
    await expect(fleet, 204, `DELETE /targetfilters/${id}`);
    for (const what of ['GET', 'DELETE'])
      refusedAs(await ask(fleet, `${what} /targetfilters/${id}`), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, `PUT /targetfilters/${id}`, { body: {} }), 404, 'repo.entityNotFound');
    for (const [method, body] of [['GET'], ['DELETE'], ['POST', { id: 1 }]] as const)
      refusedAs(await ask(fleet, `${method} /targetfilters/${id}/autoAssignDS`, { body }), 404, 'repo.entityNotFound');
  }),
  row('mgmt.target-filters.auto-assign', 'a filter keeps assigning to targets that come to match', async (fleet) => {
    const some = await someTargets(fleet, 1);
    const { id } = await aFilter(fleet, some.query);
    await expect(fleet, 204, `GET /targetfilters/${id}/autoAssignDS`);
    const set = await aSet(fleet);
    const body = { id: set, type: 'soft', weight: 12 };
    const filter = await expect(fleet, 200, `POST /targetfilters/${id}/autoAssignDS`, { body });
    assert.deepEqual(
      [
        filter.autoAssignDistributionSet,
        filter.autoAssignActionType,
        filter.autoAssignWeight,
        filter.confirmationRequired,
      ],
      [set, 'soft', 12, false],
    );
    assert.match(filter._links.DS.href, new RegExp(`/distributionsets/${set}$`));
    assert.equal((await expect(fleet, 200, `GET /targetfilters/${id}/autoAssignDS`)).id, set);
    const late = await oneMore(fleet, some, 'late');
    for (const device of [...some.devices, deviceOf(fleet, late)])
      await eventually(async () => ((await offeredTo([device])).length === 1 ? true : null));
  }),
  row('mgmt.target-filters.auto-defaults', 'a rule is forced and weighs 1000 where nothing is said', async (fleet) => {
    const { id } = await aFilter(fleet, 'name==nobody');
    const body = { id: await aSet(fleet) };
    const filter = await expect(fleet, 200, `POST /targetfilters/${id}/autoAssignDS`, { body });
    assert.deepEqual([filter.autoAssignActionType, filter.autoAssignWeight], ['forced', 1000]);
  }),
  row('mgmt.target-filters.auto-once', 'a target that had the set once is not assigned it again', async (fleet) => {
    const some = await someTargets(fleet, 1);
    const set = await aSet(fleet);
    const assigned = await expect(fleet, 200, `POST /targets/${some.names[0]}/assignedDS`, { body: { id: set } });
    assert.equal(assigned.assigned, 1);
    await update(some.devices[0] as never, 'failure');
    const { id } = await aFilter(fleet, some.query);
    await expect(fleet, 200, `POST /targetfilters/${id}/autoAssignDS`, { body: { id: set } });
    const late = await oneMore(fleet, some, 'late');
    await eventually(async () => ((await offeredTo([deviceOf(fleet, late)])).length === 1 ? true : null));
    assert.equal((await offeredTo(some.devices)).length, 0);
  }),
  row('mgmt.target-filters.auto-wrong', 'a rule is not timeforced, and its set is there', async (fleet) => {
    const { id } = await aFilter(fleet, 'name==nobody');
    const post = (body: unknown) => ask(fleet, `POST /targetfilters/${id}/autoAssignDS`, { body });
    const set = await aSet(fleet);
    refusedAs(await post({ id: set, type: 'timeforced' }), 400, 'repo.invalidAutoAssignActionType');
    refusedAs(await post({ id: 999_999 }), 404, 'repo.entityNotFound');
    refusedAs(await post({ id: set, weight: 1001 }), 400, 'repo.constraintViolation');
    refusedAs(await post({ type: 'soft' }), 400, 'repo.constraintViolation');
  }),
  row('mgmt.target-filters.stop-auto', 'a rule that is taken away assigns nothing more', async (fleet) => {
    const some = await someTargets(fleet, 1);
    const { id } = await aFilter(fleet, some.query);
    await expect(fleet, 200, `POST /targetfilters/${id}/autoAssignDS`, { body: { id: await aSet(fleet) } });
    await eventually(async () => ((await offeredTo(some.devices)).length === 1 ? true : null));
    await expect(fleet, 204, `DELETE /targetfilters/${id}/autoAssignDS`);
    await expect(fleet, 204, `GET /targetfilters/${id}/autoAssignDS`);
    assert.equal((await expect(fleet, 200, `GET /targetfilters/${id}`)).autoAssignDistributionSet, null);
    assert.equal((await offeredTo(some.devices)).length, 1);
  }),
  row('mgmt.target-filters.auto-confirmation', 'a rule asks for confirmation where the tenant does', async (fleet) => {
    const { id } = await aFilter(fleet, 'name==nobody');
    const set = await aSet(fleet);
    const post = (more: object) =>
      expect(fleet, 200, `POST /targetfilters/${id}/autoAssignDS`, { body: { id: set, ...more } });
    await configure(fleet, 'user.confirmation.flow.enabled', true);
    try {
      assert.equal((await post({})).confirmationRequired, true);
      assert.equal((await post({ confirmationRequired: false })).confirmationRequired, false);
    } finally {
      await configure(fleet, 'user.confirmation.flow.enabled', false);
    }
  }),
  differs('mgmt.target-filters.auto-quota', 'a rule that matches more than 20 000 targets is refused', {
    why: 'as many as the server’s setting UPDRAFT_TARGETS_MAX says, and any number where it says nothing',
    check: async (fleet) => {
      const some = await someTargets(fleet, TARGETS_MAX + 1);
      const { id } = await aFilter(fleet, some.query);
      const body = { id: await aSet(fleet) };
      refusedAs(await ask(fleet, `POST /targetfilters/${id}/autoAssignDS`, { body }), 429, 'quota.tooManyEntries');
      const auto = { name: fresh('auto'), targetFilterQuery: some.query, distributionSetId: body.id };
      refusedAs(await ask(fleet, 'POST /autoassignments', { body: auto }), 429, 'quota.tooManyEntries');
      await expect(fleet, 204, `DELETE /targets/${some.names[0]}`);
      await expect(fleet, 200, `POST /targetfilters/${id}/autoAssignDS`, { body });
    },
  }),
];

async function anAuto(fleet: Parameters<typeof aSet>[0], targetFilterQuery: string, wish: object = {}): Promise<Json> {
  const body = { name: fresh('auto'), targetFilterQuery, distributionSetId: await aSet(fleet), ...wish };
  return expect(fleet, 201, 'POST /autoassignments', { body });
}

const autoRows: readonly Row[] = [
  row('mgmt.auto-assignments.create', 'an auto assignment waits for its start', async (fleet) => {
    const some = await someTargets(fleet, 1);
    const auto = await anAuto(fleet, some.query, { description: 'D', actionType: 'soft', weight: 3 });
    const { status, description, actionType, weight, confirmationRequired, targetFilterQuery } = auto;
    assert.deepEqual(
      [status, description, actionType, weight, confirmationRequired, targetFilterQuery],
      ['ready', 'D', 'soft', 3, false, some.query],
    );
    assert.deepEqual(Object.keys(auto._links), ['self', 'distributionset', 'start']);
    assert.equal((await offeredTo(some.devices)).length, 0);
    await expect(fleet, 204, `POST /autoassignments/${auto.id}/start`);
    await eventually(async () => ((await offeredTo(some.devices)).length === 1 ? true : null));
    assert.deepEqual(Object.keys((await expect(fleet, 200, `GET /autoassignments/${auto.id}`))._links).at(-1), 'pause');
  }),
  row('mgmt.auto-assignments.start-at', 'one whose start has passed runs at once', async (fleet) => {
    assert.equal((await anAuto(fleet, 'name==nobody', { startAt: 1000 })).status, 'running');
    const later = await anAuto(fleet, 'name==nobody', { startAt: 4_000_000_000_000 });
    assert.deepEqual([later.status, later.startAt], ['ready', 4_000_000_000_000]);
  }),
  row('mgmt.auto-assignments.pause', 'a paused one assigns nothing until it is resumed', async (fleet) => {
    const some = await someTargets(fleet, 0);
    const { id } = await anAuto(fleet, some.query, { startAt: 1000 });
    await expect(fleet, 204, `POST /autoassignments/${id}/pause`);
    assert.equal((await expect(fleet, 200, `GET /autoassignments/${id}`)).status, 'paused');
    const late = deviceOf(fleet, await oneMore(fleet, some, 'late'));
    refusedAs(await ask(fleet, `POST /autoassignments/${id}/pause`), 409, 'auto.assignment.illegalState');
    await expect(fleet, 204, `POST /autoassignments/${id}/resume`);
    fleet.pass(60);
    await eventually(async () => ((await offeredTo([late])).length === 1 ? true : null));
  }),
  row('mgmt.auto-assignments.illegal', 'what a state does not allow is refused', async (fleet) => {
    const { id } = await anAuto(fleet, 'name==nobody');
    for (const act of ['pause', 'resume', 'approve', 'deny'])
      refusedAs(await ask(fleet, `POST /autoassignments/${id}/${act}`), 409, 'auto.assignment.illegalState');
    refusedAs(await ask(fleet, 'POST /autoassignments/999999/start'), 404, 'repo.entityNotFound');
  }),
  row('mgmt.auto-assignments.approval', 'one that waits for approval is approved or denied', async (fleet) => {
    await configure(fleet, 'auto.assignment.approval.enabled', true);
    try {
      const auto = await anAuto(fleet, 'name==nobody');
      assert.equal(auto.status, 'waiting_for_approval');
      assert.deepEqual(Object.keys(auto._links), ['self', 'distributionset', 'approve', 'deny']);
      await expect(fleet, 204, `POST /autoassignments/${auto.id}/approve?remark=yes`);
      const approved = await expect(fleet, 200, `GET /autoassignments/${auto.id}`);
      assert.deepEqual(
        [approved.status, approved.approvalDecidedBy, approved.approvalRemark],
        ['ready', 'admin', 'yes'],
      );
      const other = await anAuto(fleet, 'name==nobody');
      await expect(fleet, 204, `POST /autoassignments/${other.id}/deny`);
      assert.equal((await expect(fleet, 200, `GET /autoassignments/${other.id}`)).status, 'approval_denied');
      const q = `status==approval_denied;approvaldecidedby==admin;id==${other.id}`;
      assert.equal((await expect(fleet, 200, `GET /autoassignments?q=${q}`)).total, 1);
    } finally {
      await configure(fleet, 'auto.assignment.approval.enabled', false);
    }
  }),
  row('mgmt.auto-assignments.list', 'auto assignments are listed, those of target filters too', async (fleet) => {
    const { id, name } = await anAuto(fleet, 'name==nobody');
    const { content } = await expect(fleet, 200, `GET /autoassignments?q=name==${name}`);
    assert.deepEqual(
      content.map((one: Json) => [one.id, Object.keys(one._links)]),
      [[id, ['self']]],
    );
    const filter = await aFilter(fleet, 'name==nobody');
    await expect(fleet, 200, `POST /targetfilters/${filter.id}/autoAssignDS`, { body: { id: await aSet(fleet) } });
    const carried = await expect(fleet, 200, `GET /autoassignments?q=name==${filter.name}*`);
    assert.equal(carried.content[0].status, 'running');
    refusedAs(await ask(fleet, 'GET /autoassignments?q=weight==1'), 400, 'rest.param.rsqlInvalidField');
  }),
  row('mgmt.auto-assignments.change', 'only what it is called can be changed', async (fleet) => {
    const { id } = await anAuto(fleet, 'name==nobody');
    const body = { name: fresh('auto'), description: 'new', weight: 1 };
    const changed = await expect(fleet, 200, `PUT /autoassignments/${id}`, { body });
    assert.deepEqual([changed.name, changed.description, changed.weight], [body.name, 'new', 1000]);
  }),
  row('mgmt.auto-assignments.delete', 'a deleted one is gone; what it assigned stays', async (fleet) => {
    const some = await someTargets(fleet, 1);
    const { id } = await anAuto(fleet, some.query, { startAt: 1000 });
    await eventually(async () => ((await offeredTo(some.devices)).length === 1 ? true : null));
    await expect(fleet, 204, `DELETE /autoassignments/${id}`);
    refusedAs(await ask(fleet, `GET /autoassignments/${id}`), 404, 'repo.entityNotFound');
    assert.equal((await offeredTo(some.devices)).length, 1);
  }),
  row('mgmt.auto-assignments.wrong', 'what cannot be meant is refused', async (fleet) => {
    const body = { name: fresh('auto'), targetFilterQuery: 'name==a', distributionSetId: await aSet(fleet) };
    const post = (more: object) => ask(fleet, 'POST /autoassignments', { body: { ...body, ...more } });
    refusedAs(await post({ actionType: 'timeforced' }), 400, 'repo.invalidAutoAssignActionType');
    refusedAs(await post({ targetFilterQuery: 'colour==red' }), 400, 'rest.param.rsqlInvalidField');
    refusedAs(await post({ distributionSetId: 999_999 }), 404, 'repo.entityNotFound');
    refusedAs(await post({ name: undefined }), 400, 'repo.constraintViolation');
  }),
  differs('mgmt.auto-assignments.of-filter', 'the auto assignment of a filter is deleted with its rule', {
    why: 'it is the same thing with us: the filter has none any more',
    check: async (fleet) => {
      const filter = await aFilter(fleet, 'name==nobody');
      await expect(fleet, 200, `POST /targetfilters/${filter.id}/autoAssignDS`, { body: { id: await aSet(fleet) } });
      const { content } = await expect(fleet, 200, `GET /autoassignments?q=name==${filter.name}*`);
      await expect(fleet, 204, `DELETE /autoassignments/${content[0].id}`);
      assert.equal((await expect(fleet, 200, `GET /targetfilters/${filter.id}`)).autoAssignDistributionSet, null);
    },
  }),
  row('mgmt.auto-assignments.search-type', 'actiontype finds auto assignments', async (fleet) => {
    const { id } = await anAuto(fleet, 'name==nobody', { actionType: 'downloadonly' });
    const found = async (word: string) =>
      (await expect(fleet, 200, `GET /autoassignments?q=id==${id};actiontype==${word}`)).total;
    assert.deepEqual([await found('DOWNLOADONLY'), await found('forced')], [1, 0]);
  }),
];

export const targetFilterRows: readonly Row[] = [...filterRows, ...autoRows];
