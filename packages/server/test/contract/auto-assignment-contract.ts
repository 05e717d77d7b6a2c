import assert from 'node:assert/strict';
import { createRetention } from '../../src/jobs/retention.ts';
import { contactWritten, eventually, fleetTests, type FleetCheck, type FleetMaker } from './fleet-maker.ts';
import {
  assign,
  countsAreFull,
  carrier,
  heardAll,
  installed,
  joined,
  namesOf,
  report,
  save,
  unique,
} from './joining-fleet.ts';

/** Saved filters, and what they keep assigning to the devices that come to match. */
export function autoAssignmentContract(maker: FleetMaker): void {
  fleetTests(maker, 'saved filters and what they keep assigning', CHECKS);
}

const DAY_SECONDS = 86_400;

const CHECKS: Readonly<Record<string, FleetCheck>> = {
  'a saved filter is made, changed, listed and deleted; a wrong one, a taken name and a stale revision are refused':
    async (fleet) => {
      const { api } = fleet;
      const made = await save(fleet, 'tag==beta', 'Beta devices');
      assert.deepEqual([made.query, made.autoAssignment, made.createdBy], ['tag==beta', null, 'admin']);
      await assert.rejects(save(fleet, 'tag==x', 'beta DEVICES'), { code: 'name-taken' });
      await assert.rejects(save(fleet, 'tga==x'), { code: 'filter-invalid' });
      const change = { params: { id: made.id }, body: { query: 'tag==gamma' } };
      const changed = await api.call('filters.change', change);
      assert.deepEqual([changed.query, changed.revision], ['tag==gamma', made.revision + 1]);
      const stale = { ...change, ifMatch: made.revision };
      await assert.rejects(api.call('filters.change', stale), { code: 'precondition-failed' });
      const wrong = { params: { id: made.id }, body: { query: '(' } };
      await assert.rejects(api.call('filters.change', wrong), { code: 'filter-invalid' });
      const { items } = await api.call('filters.list', { query: { filter: 'name=="beta*"' } });
      assert.deepEqual(items, [changed]);
      await api.call('filters.delete', { params: { id: made.id } });
      await assert.rejects(api.call('filters.show', { params: { id: made.id } }), { code: 'not-found' });
    },

  'a rule assigns what matches now, and what comes to match by an attribute, a tag, metadata, a group, a type or its birth':
    async (fleet) => {
      const { api } = fleet;
      const word = unique('w');
      await api.call('device-types.create', { body: { name: word } });
      const query = `attribute.a==${word} or tag==${word} or metadata.m==${word} or group==${word} or type==${word} or name==${word}-*`;
      const now = await fleet.device({ type: word });
      const [said, tagged, noted, moved, typed, never] = await Promise.all([
        fleet.device(),
        fleet.device(),
        fleet.device(),
        fleet.device(),
        fleet.device(),
        fleet.device(),
      ]);
      const rule = await assign(fleet, await save(fleet, query), await fleet.release());
      await joined(fleet, rule, [now]);
      await said.attributes({ a: word });
      await api.call('tags.put-on', { params: { tag: word }, body: { devices: [tagged.name] } });
      await api.call('metadata.set', { body: { devices: [noted.name], metadata: { m: word } } });
      await api.call('groups.move', { body: { devices: [moved.name], group: word } });
      await api.call('devices.change', { params: { device: typed.name }, body: { type: word } });
      await api.call('devices.create', { body: { name: `${word}-new` } });
      await joined(fleet, rule, [now, said, tagged, noted, moved, typed, { name: `${word}-new` }]);
      assert.ok((await said.poll()).deploymentBase);
      assert.equal((await never.poll()).deploymentBase, undefined);
    },

  'a bulk edit is heard of by one look over all devices, at most one a minute': async (fleet) => {
    const word = unique('w');
    const [one, two, three, four] = await Promise.all([fleet.device(), fleet.device(), fleet.device(), fleet.device()]);
    const rule = await assign(fleet, await save(fleet, `tag==${word}`), await fleet.release());
    await heardAll(fleet);
    await fleet.api.call('tags.put-on', { params: { tag: word }, body: { devices: [one.name, two.name] } });
    await heardAll(fleet);
    await joined(fleet, rule, []);
    fleet.pass(61);
    await joined(fleet, rule, [one, two]);
    await fleet.api.call('tags.put-on', { params: { tag: word }, body: { devices: [three.name, four.name] } });
    await heardAll(fleet);
    await joined(fleet, rule, [one, two]);
    fleet.pass(61);
    await joined(fleet, rule, [one, two, three, four]);
  },

  'what comes to match as time goes on is assigned within a minute': async (fleet) => {
    const [silent, talking] = await Promise.all([fleet.device(), fleet.device()]);
    for (const device of [silent, talking]) await contactWritten(fleet, device);
    const query = `name=in=(${silent.name},${talking.name});lastContactAt<\${NOW-PT1H}`;
    const rule = await assign(fleet, await save(fleet, query), await fleet.release());
    await heardAll(fleet);
    fleet.pass(3000);
    await contactWritten(fleet, talking);
    fleet.pass(700);
    await joined(fleet, rule, [silent]);
  },

  'a device is assigned one release by rules once, whoever brought it or however it ended': async (fleet) => {
    const release = await fleet.release();
    const [direct, runs, failed] = await Promise.all([fleet.device(), fleet.device(), fleet.device()]);
    await fleet.assign(release, direct);
    await installed(fleet, runs, release);
    const query = namesOf([direct, runs, failed]);
    const rule = await assign(fleet, await save(fleet, query), release);
    await joined(fleet, rule, [failed]);
    await report(failed, { finished: 'failure' });
    const other = await assign(fleet, await save(fleet, query), release);
    await failed.attributes({ again: 'yes' });
    await heardAll(fleet);
    await joined(fleet, other, []);
    await joined(fleet, rule, [failed]);
  },

  'another release or policy is carried by another rollout, the same rule again by the same': async (fleet) => {
    const [first, second] = [await fleet.release(), await fleet.release()];
    const device = await fleet.device();
    const filter = await save(fleet, namesOf([device]));
    const rule = await assign(fleet, filter, first, { weight: 300, policy: { action: { kind: 'soft' } } });
    await joined(fleet, rule, [device]);
    assert.equal(rule.autoAssignment?.weight, 300);
    assert.deepEqual(rule.autoAssignment?.policy.action, { kind: 'soft' });
    const same = await assign(fleet, filter, first, { weight: 300, policy: { action: { kind: 'soft' } } });
    assert.equal(same.autoAssignment?.rollout, rule.autoAssignment?.rollout);
    const forced = await assign(fleet, filter, first, { weight: 300 });
    assert.notEqual(forced.autoAssignment?.rollout, rule.autoAssignment?.rollout);
    await heardAll(fleet);
    await joined(fleet, forced, []);
    const newer = await assign(fleet, filter, second, { weight: 300 });
    await joined(fleet, newer, [device]);
    const before = await carrier(fleet, rule);
    assert.deepEqual([before.kind, before.weight, before.total], ['auto', 300, 1]);
  },

  'a rule that is taken away, and one whose filter is deleted, assigns nothing more; what it assigned stays': async (
    fleet,
  ) => {
    const word = unique('w');
    const [early, late] = await Promise.all([fleet.device(), fleet.device()]);
    const kept = await save(fleet, `attribute.a==${word}`);
    await early.attributes({ a: word });
    const rules = [
      await assign(fleet, kept, await fleet.release()),
      await assign(fleet, await save(fleet, `attribute.a==${word}`), await fleet.release()),
    ];
    for (const rule of rules) await joined(fleet, rule, [early]);
    const [stopped, deleted] = rules;
    const after = await fleet.api.call('filters.stop-assigning', { params: { id: stopped?.id ?? '' } });
    assert.equal(after.autoAssignment, null);
    await fleet.api.call('filters.delete', { params: { id: deleted?.id ?? '' } });
    await late.attributes({ a: word });
    await heardAll(fleet);
    for (const rule of rules) await joined(fleet, rule, [early]);
    assert.ok((await early.poll()).deploymentBase);
    const again = await assign(fleet, kept, await fleet.release());
    await joined(fleet, again, [early, late]);
  },

  'a rule whose rollout was stopped can be set again': async (fleet) => {
    const device = await fleet.device();
    const [filter, release] = [await save(fleet, namesOf([device])), await fleet.release()];
    const rule = await assign(fleet, filter, release);
    await joined(fleet, rule, [device]);
    await fleet.api.call('rollouts.stop', { params: { id: rule.autoAssignment?.rollout ?? '' } });
    const again = await assign(fleet, filter, release);
    assert.deepEqual([again.autoAssignment?.state, again.autoAssignment?.assigned], ['running', 0]);
  },

  'a rule follows its filter, and pauses with its rollout': async (fleet) => {
    const word = unique('w');
    const [one, two, three] = await Promise.all([fleet.device(), fleet.device(), fleet.device()]);
    const filter = await save(fleet, namesOf([one]));
    const rule = await assign(fleet, filter, await fleet.release());
    await joined(fleet, rule, [one]);
    const body = { query: `${namesOf([two])} or attribute.a==${word}` };
    await fleet.api.call('filters.change', { params: { id: filter.id }, body });
    fleet.pass(61);
    await joined(fleet, rule, [one, two]);
    const params = { id: rule.autoAssignment?.rollout ?? '' };
    await fleet.api.call('rollouts.pause', { params });
    await three.attributes({ a: word });
    await heardAll(fleet);
    fleet.pass(61);
    await joined(fleet, rule, [one, two]);
    await fleet.api.call('rollouts.resume', { params });
    await joined(fleet, rule, [one, two, three]);
  },

  'a rule cannot be set to what is not published, not there or not meant': async (fleet) => {
    const filter = await save(fleet, '');
    const body = { release: filter.id };
    await assert.rejects(fleet.api.call('filters.assign', { params: { id: filter.id }, body }), { code: 'not-found' });
    const release = await fleet.release();
    await fleet.api.call('releases.withdraw', { params: { id: release.id } });
    await assert.rejects(assign(fleet, filter, release), { code: 'release-not-published' });
    const never = { windows: { windows: [{ cron: '0 0 3 31 2 ?', durationSeconds: 60 }] } };
    await assert.rejects(assign(fleet, filter, await fleet.release(), { policy: never }), {
      code: 'rollout-impossible',
    });
    assert.equal((await fleet.api.call('filters.show', { params: { id: filter.id } })).autoAssignment, null);
  },

  'a rule whose release is withdrawn assigns nobody more': async (fleet) => {
    const word = unique('w');
    const device = await fleet.device();
    const release = await fleet.release();
    const rule = await assign(fleet, await save(fleet, `attribute.a==${word}`), release);
    await heardAll(fleet);
    await fleet.api.call('releases.withdraw', { params: { id: release.id } });
    await device.attributes({ a: word });
    await heardAll(fleet);
    await joined(fleet, rule, []);
  },

  'rollouts that carry rules and direct assignments are listed nowhere': async (fleet) => {
    const device = await fleet.device();
    await assign(fleet, await save(fleet, namesOf([device])), await fleet.release());
    await fleet.assign(await fleet.release(), device);
    const { items } = await fleet.api.call('rollouts.list', { query: { limit: 200 } });
    assert.deepEqual([...new Set(items.map(({ kind }) => kind))], items.length === 0 ? [] : ['rollout']);
  },

  'of ten rules on one device each assigns its release once, and one is current': async (fleet) => {
    const device = await fleet.device();
    const rules = [];
    for (let n = 0; n < 10; n += 1)
      rules.push(await assign(fleet, await save(fleet, namesOf([device])), await fleet.release(), { weight: 500 }));
    for (const rule of rules) await joined(fleet, rule, [device]);
    await report(device, {});
    for (const rule of rules) await joined(fleet, rule, [device]);
    const ends = [];
    for (const rule of rules) ends.push((await carrier(fleet, rule)).counts);
    assert.equal(ends.filter(({ succeeded }) => succeeded === 1).length, 1);
    await heardAll(fleet);
    for (const rule of rules) await joined(fleet, rule, [device]);
  },

  'a device type that a filter names may go: the rule goes on with who matches': async (fleet) => {
    const word = unique('w');
    const { id } = await fleet.api.call('device-types.create', { body: { name: word } });
    const other = await fleet.device();
    const rule = await assign(fleet, await save(fleet, `type==${word} or attribute.a==${word}`), await fleet.release());
    await fleet.api.call('device-types.delete', { params: { id } });
    await other.attributes({ a: word });
    await joined(fleet, rule, [other]);
  },

  'a filter shows how its rule’s rollout has ended, however long ago': async (fleet) => {
    await fleet.api.call('settings.change', { body: { keepRolloutsDays: 10 } });
    const device = await fleet.device();
    const rule = await assign(fleet, await save(fleet, namesOf([device])), await fleet.release());
    await joined(fleet, rule, [device]);
    await fleet.api.call('rollouts.stop', { params: { id: rule.autoAssignment?.rollout ?? '' } });
    await eventually(async () => ((await carrier(fleet, rule)).state === 'stopped' ? true : null));
    fleet.pass(11 * DAY_SECONDS);
    await createRetention(fleet.server.store, () => undefined).apply(new AbortController().signal);
    const shown = await fleet.api.call('filters.show', { params: { id: rule.id } });
    assert.equal(shown.autoAssignment?.state, 'stopped');
    await fleet.api.call('filters.delete', { params: { id: rule.id } });
  },

  'the counts are those of a full count': async (fleet) => {
    await heardAll(fleet);
    await countsAreFull(fleet);
  },
};
