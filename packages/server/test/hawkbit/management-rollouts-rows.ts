import assert from 'node:assert/strict';
import { NO_LIMIT_SECONDS } from '@updraft/core';
import { ask, expect, fresh, type Json, refusedAs } from './management-kit.ts';
import { aRollout, aSet, groupsOf, rolloutOf, someTargets, started } from './management-rollout-kit.ts';
import { differs, row, type Row } from './row.ts';

async function refusedRollout(
  fleet: Parameters<typeof aSet>[0],
  wish: object,
  [status, key]: readonly [number, string],
) {
  const some = await someTargets(fleet, 2);
  const body = { name: fresh('r'), targetFilterQuery: some.query, distributionSetId: await aSet(fleet), ...wish };
  refusedAs(await ask(fleet, 'POST /rollouts', { body }), status, key);
}

/** What is said of a rollout when it is made: §1, §2 and §3.1 of the reference. */
const makingRows: readonly Row[] = [
  row('mgmt.rollouts.create', 'a rollout is made of one object, and shown as one', async (fleet) => {
    const some = await someTargets(fleet, 3);
    const made = await aRollout(fleet, some, { description: 'D' });
    const { name, status, totalTargets, deleted, type, weight, dynamic, description } = made;
    assert.deepEqual(
      { status, totalTargets, deleted, type, weight, dynamic, description },
      {
        status: 'ready',
        totalTargets: 3,
        deleted: false,
        type: 'forced',
        weight: 1000,
        dynamic: false,
        description: 'D',
      },
    );
    assert.equal(made.targetFilterQuery, some.query);
    assert.deepEqual(made.totalTargetsPerStatus, {
      scheduled: 0,
      running: 0,
      error: 0,
      finished: 0,
      cancelled: 0,
      notstarted: 3,
    });
    assert.equal(made.totalGroups, 1);
    assert.equal(made.createdBy, 'admin');
    refusedAs(await ask(fleet, 'POST /rollouts', { body: { ...made, name } }), 409, 'repo.entityAlreadyExists');
  }),
  row('mgmt.rollouts.required', 'name, filter and distribution set are needed', async (fleet) => {
    for (const missing of ['name', 'targetFilterQuery', 'distributionSetId']) {
      const some = await someTargets(fleet, 1);
      const body = { name: fresh('r'), targetFilterQuery: some.query, distributionSetId: 1, [missing]: undefined };
      refusedAs(await ask(fleet, 'POST /rollouts', { body }), 400, 'repo.constraintViolation');
    }
  }),
  row('mgmt.rollouts.set-unknown', 'an unknown distribution set makes no rollout', (fleet) =>
    refusedRollout(fleet, { distributionSetId: 999_999 }, [404, 'repo.entityNotFound']),
  ),
  row('mgmt.rollouts.filter', 'a filter that cannot be read makes no rollout', async (fleet) => {
    await refusedRollout(fleet, { targetFilterQuery: 'colour==red' }, [400, 'rest.param.rsqlInvalidField']);
    await refusedRollout(fleet, { targetFilterQuery: 'name=' }, [400, 'rest.param.rsqlParamSyntax']);
    await refusedRollout(fleet, { targetFilterQuery: `name==${'a'.repeat(1024)}` }, [400, 'repo.constraintViolation']);
  }),
  row('mgmt.rollouts.no-match', 'a static rollout needs a target', (fleet) =>
    refusedRollout(fleet, { targetFilterQuery: 'name==nobody-at-all' }, [400, 'repo.constraintViolation']),
  ),
  row('mgmt.rollouts.enums', 'words that are none are not readable', async (fleet) => {
    await refusedRollout(fleet, { type: 'gentle' }, [400, 'rest.body.notReadable']);
    await refusedRollout(fleet, { successAction: { action: 'STOP' } }, [400, 'rest.body.notReadable']);
    await refusedRollout(fleet, { errorAction: { action: 'NEXTGROUP' } }, [400, 'rest.body.notReadable']);
    await refusedRollout(fleet, { errorCondition: { condition: 'SOME' } }, [400, 'rest.body.notReadable']);
  }),
  row('mgmt.rollouts.types', 'a rollout says how urgent it is', async (fleet) => {
    const some = await someTargets(fleet, 1);
    for (const type of ['soft', 'forced', 'downloadonly'])
      assert.equal((await aRollout(fleet, some, { type })).type, type);
    const timed = await aRollout(fleet, some, { type: 'timeforced', forcetime: 2_000_000_000_000 });
    assert.deepEqual([timed.type, timed.forcetime], ['timeforced', 2_000_000_000_000]);
  }),
  row('mgmt.rollouts.weight', 'weights go from 0 to 1000', async (fleet) => {
    const some = await someTargets(fleet, 1);
    assert.equal((await aRollout(fleet, some, { weight: 7 })).weight, 7);
    await refusedRollout(fleet, { weight: 1001 }, [400, 'repo.constraintViolation']);
  }),
  row('mgmt.rollouts.equal-groups', 'amountGroups makes equal groups', async (fleet) => {
    const rollout = await aRollout(fleet, await someTargets(fleet, 6), { amountGroups: 3 });
    const groups = await groupsOf(fleet, rollout);
    assert.deepEqual(
      groups.map(({ name, totalTargets, status }) => [name, totalTargets, status]),
      [
        ['group-1', 2, 'ready'],
        ['group-2', 2, 'ready'],
        ['group-3', 2, 'ready'],
      ],
    );
    assert.ok(groups.every(({ targetPercentage }) => Math.abs(targetPercentage - 100 / 3) < 0.01));
  }),
  row('mgmt.rollouts.amount-and-groups', 'either amountGroups or groups', (fleet) =>
    refusedRollout(fleet, { amountGroups: 1, groups: [{ name: 'a' }] }, [400, 'repo.constraintViolation']),
  ),
  row('mgmt.rollouts.no-groups', 'a rollout has a group', async (fleet) => {
    await refusedRollout(fleet, { amountGroups: 0 }, [400, 'repo.constraintViolation']);
    await refusedRollout(fleet, { groups: [] }, [400, 'repo.constraintViolation']);
  }),
  row('mgmt.rollouts.group-limit', 'a rollout has at most 500 groups', (fleet) =>
    refusedRollout(fleet, { amountGroups: 501 }, [429, 'quota.tooManyEntries']),
  ),
  row('mgmt.rollouts.explicit-groups', 'groups have filters and shares of their own, in their order', async (fleet) => {
    const some = await someTargets(fleet, 10);
    const groups = [
      { name: 'canary', description: 'first', targetFilterQuery: `name==${some.names[3]}` },
      { name: 'some', targetPercentage: 33 },
      { name: 'rest', targetPercentage: 100 },
    ];
    const shown = await groupsOf(fleet, await aRollout(fleet, some, { groups }));
    assert.deepEqual(
      shown.map(({ name, totalTargets, targetPercentage }) => [name, totalTargets, targetPercentage]),
      [
        ['canary', 1, 100],
        ['some', 3, 33],
        ['rest', 6, 100],
      ],
    );
    assert.deepEqual(
      [shown[0]?.description, shown[0]?.targetFilterQuery, shown[1]?.targetFilterQuery],
      ['first', `name==${some.names[3]}`, ''],
    );
  }),
  row('mgmt.rollouts.shares-of-all', 'shares that make a hundred are of all targets', async (fleet) => {
    const groups = [20, 30, 50].map((targetPercentage) => ({ name: `g${targetPercentage}`, targetPercentage }));
    const shown = await groupsOf(fleet, await aRollout(fleet, await someTargets(fleet, 10), { groups }));
    assert.deepEqual(
      shown.map(({ totalTargets }) => totalTargets),
      [2, 3, 5],
    );
  }),
  row('mgmt.rollouts.groups-cover', 'the groups have all targets', (fleet) =>
    refusedRollout(fleet, { groups: [{ name: 'a', targetPercentage: 50 }] }, [400, 'repo.constraintViolation']),
  ),
  differs('mgmt.rollouts.group-share-of-filter', 'a group takes a share of what its filter names', {
    why: 'with a filter of its own a group takes all that it names: a share of that is refused',
    check: (fleet) =>
      refusedRollout(
        fleet,
        { groups: [{ name: 'a', targetFilterQuery: 'name==*', targetPercentage: 50 }, { name: 'b' }] },
        [400, 'repo.constraintViolation'],
      ),
  }),
  row('mgmt.rollouts.defaults', 'half must succeed, and more than half must fail to pause it', async (fleet) => {
    const [group] = await groupsOf(fleet, await aRollout(fleet, await someTargets(fleet, 1)));
    assert.deepEqual(
      [group.successCondition, group.successAction.action, group.errorCondition, group.errorAction.action],
      [
        { condition: 'THRESHOLD', expression: '50' },
        'NEXTGROUP',
        { condition: 'THRESHOLD', expression: '50' },
        'PAUSE',
      ],
    );
  }),
  row('mgmt.rollouts.conditions', 'what a group leaves open is as its rollout says', async (fleet) => {
    const threshold = (expression: string) => ({ condition: 'THRESHOLD', expression });
    const groups = [
      { name: 'own', targetPercentage: 50, successCondition: threshold('10'), errorCondition: {} },
      { name: 'other' },
    ];
    const rollout = await aRollout(fleet, await someTargets(fleet, 4), {
      groups,
      successCondition: threshold('80'),
      successAction: { action: 'PAUSE' },
      errorCondition: threshold('5'),
    });
    const shown = await groupsOf(fleet, rollout);
    assert.deepEqual(
      shown.map(({ successCondition, successAction, errorCondition }) => [
        successCondition.expression,
        successAction.action,
        errorCondition.expression,
      ]),
      [
        ['10', 'PAUSE', '5'],
        ['80', 'PAUSE', '5'],
      ],
    );
  }),
  row('mgmt.rollouts.wrong-threshold', 'a threshold is a percentage', async (fleet) => {
    for (const expression of ['101', 'half', '-1'])
      await refusedRollout(fleet, { successCondition: { condition: 'THRESHOLD', expression } }, [
        400,
        'repo.constraintViolation',
      ]);
  }),
  row('mgmt.rollouts.policy', 'what this API brings out is tried once and waits without a limit', async (fleet) => {
    const { name } = await aRollout(fleet, await someTargets(fleet, 1));
    const { items } = await fleet.api.call('rollouts.list', { query: { filter: `name==${name}` } });
    const [{ policy, phases }] = items as unknown as [Json];
    assert.equal(policy.retries.limit, 0);
    const { cancelingSeconds, ...limits } = policy.timeLimits;
    assert.ok(Object.values(limits).every((seconds) => seconds === NO_LIMIT_SECONDS));
    assert.equal(cancelingSeconds, 86_400);
    assert.deepEqual(policy.pace, { parallel: null, perMinute: null, perSite: null });
    assert.deepEqual([phases[0].soakSeconds, phases[0].error.minimum], [0, 1]);
  }),
  row('mgmt.rollouts.start-now', 'a start in the past starts it once it is made', async (fleet) => {
    assert.equal((await aRollout(fleet, await someTargets(fleet, 1), { startAt: 1000 })).status, 'running');
  }),
  row('mgmt.rollouts.start-later', 'a start in the future waits for that', async (fleet) => {
    const startAt = 4_000_000_000_000;
    const made = await aRollout(fleet, await someTargets(fleet, 1), { startAt });
    assert.deepEqual([made.status, made.startAt], ['ready', startAt]);
  }),
  row('mgmt.rollouts.publishes', 'a distribution set is locked by its first rollout', async (fleet) => {
    const title = { name: fresh('draft'), version: '1' };
    const answer = await fleet.api.open('/artifacts?filename=a.bin', {
      method: 'POST',
      body: new Uint8Array(10),
      headers: { 'content-type': 'application/octet-stream' },
    });
    const { id: artifact } = (await answer.json()) as { readonly id: string };
    const component = await fleet.api.call('components.create', {
      body: { ...title, kind: 'os', artifacts: [artifact] },
    });
    const draft = await fleet.api.call('releases.create', { body: { ...title, components: [component.id] } });
    const { reader } = fleet.server.store;
    const { id } = await reader
      .selectFrom('release')
      .select('id')
      .where('uid', '=', draft.id)
      .executeTakeFirstOrThrow();
    await aRollout(fleet, await someTargets(fleet, 1), { distributionSetId: id });
    assert.equal((await fleet.api.call('releases.show', { params: { id: draft.id } })).state, 'published');
  }),
  row('mgmt.rollouts.static', 'targets that come later are none of a static rollout', async (fleet) => {
    const some = await someTargets(fleet, 1);
    const rollout = await aRollout(fleet, some);
    const controllerId = `${some.names[0]}-late`;
    await expect(fleet, 201, 'POST /targets', { body: [{ controllerId }] });
    assert.equal((await rolloutOf(fleet, rollout)).totalTargets, 1);
  }),
];

const showingRows: readonly Row[] = [
  row('mgmt.rollouts.show', 'a rollout links all that can be done to it, whatever its state', async (fleet) => {
    const rollout = await aRollout(fleet, await someTargets(fleet, 1));
    const base = `${fleet.url}/rest/v1/rollouts/${rollout.id}`;
    const { _links } = await rolloutOf(fleet, rollout);
    assert.deepEqual(Object.keys(_links), [
      'self',
      'start',
      'pause',
      'resume',
      'triggerNextGroup',
      'approve',
      'deny',
      'groups',
      'distributionset',
    ]);
    assert.equal(_links.groups.href, `${base}/deploygroups?offset=0&limit=50`);
    assert.match(_links.distributionset.href, new RegExp(`/distributionsets/${rollout.distributionSetId}$`));
    assert.match(_links.distributionset.name, /:1\.0$/);
  }),
  row('mgmt.rollouts.unknown', 'what is not there is not found', async (fleet) => {
    const asks = ['GET', 'DELETE', 'start', 'pause', 'resume', 'stop', 'approve', 'deny', 'retry', 'triggerNextGroup'];
    for (const what of asks) {
      const [method, path] = what === 'GET' || what === 'DELETE' ? [what, ''] : ['POST', `/${what}`];
      refusedAs(await ask(fleet, `${method} /rollouts/999999${path}`), 404, 'repo.entityNotFound');
    }
    refusedAs(await ask(fleet, 'PUT /rollouts/999999', { body: {} }), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, 'GET /rollouts/999999/deploygroups'), 404, 'repo.entityNotFound');
  }),
  row('mgmt.rollouts.compact', 'lists are compact, and full where that is asked for', async (fleet) => {
    const { id, name } = await aRollout(fleet, await someTargets(fleet, 1));
    const compact = await expect(fleet, 200, `GET /rollouts?q=name==${name}`);
    assert.deepEqual([compact.total, compact.size, compact.content[0].id], [1, 1, id]);
    assert.deepEqual(Object.keys(compact.content[0]._links), ['self']);
    assert.ok(!('totalTargetsPerStatus' in compact.content[0]) && !('totalGroups' in compact.content[0]));
    const full = await expect(fleet, 200, `GET /rollouts?q=name==${name}&representation=full`);
    assert.equal(full.content[0].totalTargetsPerStatus.notstarted, 1);
  }),
  row('mgmt.rollouts.search', 'rollouts are found by each of their fields', async (fleet) => {
    const { id, name, distributionSetId } = await aRollout(fleet, await someTargets(fleet, 1), {
      description: fresh('d'),
    });
    const queries = [
      `id==${id}`,
      `status==READY;name==${name}`,
      `distributionset.id==${distributionSetId}`,
      `distributionset.version==1.0;name==${name}`,
      `distributionset.name==system*;name==${name}`,
      `description==d-*;name==${name}`,
      `createdby==admin;createdat=gt=0;name==${name}`,
      `lastmodifiedby==admin;lastmodifiedat=gt=0;name==${name}`,
      `name==${name};distributionset.type!=os_app_of_nobody`,
    ];
    for (const q of queries) {
      const { content } = await expect(fleet, 200, `GET /rollouts?q=${encodeURIComponent(q)}`);
      assert.deepEqual(
        content.map((one: Json) => one.id),
        [id],
        q,
      );
    }
    refusedAs(await ask(fleet, 'GET /rollouts?q=weight==1'), 400, 'rest.param.rsqlInvalidField');
    refusedAs(await ask(fleet, 'GET /rollouts?q=status==asleep'), 400, 'rest.param.rsqlInvalidField');
  }),
  row('mgmt.rollouts.sort', 'rollouts are sorted, by id where nothing is said', async (fleet) => {
    const some = await someTargets(fleet, 1);
    const tag = fresh('sort');
    const ids: number[] = [];
    for (const end of ['b', 'a']) ids.push((await aRollout(fleet, some, { name: `${tag}-${end}` })).id);
    const idsBy = async (sort: string) =>
      (await expect(fleet, 200, `GET /rollouts?q=name==${tag}*${sort}`)).content.map((one: Json) => one.id);
    assert.deepEqual(await idsBy(''), ids);
    assert.deepEqual(await idsBy('&sort=NAME:asc'), ids.toReversed());
    assert.deepEqual(await idsBy('&sort=id:DESC'), ids.toReversed());
  }),
  row('mgmt.rollouts.change', 'only what a rollout is called can be changed', async (fleet) => {
    const some = await someTargets(fleet, 1);
    const rollout = await started(fleet, some);
    const name = fresh('renamed');
    const body = { name, description: 'new', weight: 3 };
    const changed = await expect(fleet, 200, `PUT /rollouts/${rollout.id}`, { body });
    assert.deepEqual([changed.name, changed.description, changed.weight], [name, 'new', 1000]);
    assert.ok(changed.lastModifiedAt >= changed.createdAt);
    const other = await aRollout(fleet, some);
    refusedAs(await ask(fleet, `PUT /rollouts/${other.id}`, { body: { name } }), 409, 'repo.entityAlreadyExists');
  }),
  row('mgmt.rollouts.groups', 'groups are found, sorted and paged', async (fleet) => {
    const rollout = await aRollout(fleet, await someTargets(fleet, 3), { amountGroups: 3 });
    const list = (query: string) => expect(fleet, 200, `GET /rollouts/${rollout.id}/deploygroups${query}`);
    const all = await list('');
    assert.deepEqual([all.total, all.size], [3, 3]);
    assert.ok(!('totalTargetsPerStatus' in all.content[0]));
    assert.deepEqual(Object.keys(all.content[0]._links), ['self']);
    const namesOf = ({ content }: Json) => content.map((one: Json) => one.name);
    assert.deepEqual(namesOf(await list('?sort=id:DESC&limit=2')), ['group-3', 'group-2']);
    assert.deepEqual(namesOf(await list('?q=name==group-2')), ['group-2']);
    assert.deepEqual(namesOf(await list(`?q=id==${all.content[0].id}`)), ['group-1']);
    const where = `GET /rollouts/${rollout.id}/deploygroups?`;
    refusedAs(await ask(fleet, `${where}q=status==ready`), 400, 'rest.param.rsqlInvalidField');
    refusedAs(await ask(fleet, `${where}sort=status:ASC`), 400, 'rest.param.invalidField');
  }),
  row('mgmt.rollouts.group', 'one group is shown with its counts, and only under its own rollout', async (fleet) => {
    const some = await someTargets(fleet, 2);
    const rollout = await aRollout(fleet, some);
    const [{ id }] = (await groupsOf(fleet, rollout)) as [Json];
    const group = await expect(fleet, 200, `GET /rollouts/${rollout.id}/deploygroups/${id}`);
    assert.deepEqual([group.totalTargets, group.totalTargetsPerStatus.notstarted, group.dynamic], [2, 2, false]);
    const other = await aRollout(fleet, some);
    refusedAs(await ask(fleet, `GET /rollouts/${other.id}/deploygroups/${id}`), 404, 'repo.entityNotFound');
    const targets = `GET /rollouts/${other.id}/deploygroups/${id}/targets`;
    refusedAs(await ask(fleet, targets), 404, 'repo.entityNotFound');
  }),
  row('mgmt.rollouts.group-targets', 'the targets of a group are listed as targets', async (fleet) => {
    const some = await someTargets(fleet, 3);
    const rollout = await aRollout(fleet, some);
    const [{ id }] = (await groupsOf(fleet, rollout)) as [Json];
    const where = `GET /rollouts/${rollout.id}/deploygroups/${id}/targets`;
    const { content, total } = await expect(fleet, 200, `${where}?q=name!=${some.names[0]}`);
    assert.deepEqual([content.map((one: Json) => one.controllerId), total], [some.names.slice(1), 2]);
    assert.equal(content[0].updateStatus, 'unknown');
  }),
];

export const rolloutRows: readonly Row[] = [...makingRows, ...showingRows];
