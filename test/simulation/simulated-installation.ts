import assert from 'node:assert/strict';
import { fold } from '@updraft/core';
import { newUid } from '@updraft/store';
import { readSigningTrust } from '../../packages/server/src/use-cases/signing-trust.ts';
import type { Scope } from '../../packages/server/src/access/scope.ts';
import { OLD_VERSION, type Member } from './members.ts';
import type { SimulatedStore } from './simulated-store.ts';

/** What an operator has to do with the simulated server. */
export type Installation = {
  readonly tenant: number;
  startRollout(name: string, version: string, body: Readonly<Record<string, unknown>>): Promise<void>;
  /** Answers for the users of a rollout's devices: yes for every second one, no for the others. */
  answerForUsers(rollout: string): Promise<void>;
  act(rollout: string, act: 'pause' | 'resume' | 'stop' | 'approve'): Promise<void>;
};

const DEVICE_TYPE = 'board';
const HASH = 'ab';
/** In which the simulated devices tell their zone. */
export const ZONE_ATTRIBUTE = 'zone';

/** Makes a server with these devices, all of one type that proves its version, and a published release of each version. */
export async function fillServer(
  simulated: SimulatedStore,
  members: readonly Member[],
  versions: readonly string[],
): Promise<Installation> {
  const { store, run } = simulated;
  const { commands } = store;
  await commands.run('server.first-start', { user: { name: 'operator', passwordHash: '' } });
  const tenant = run<{ id: number }>('select id from tenant')[0]?.id ?? 0;
  const scope: Scope = { tenant, tenantName: 'DEFAULT', actor: 'operator', kind: 'user' };
  await commands.run('job.listen', undefined);
  await commands.run('settings.change', { scope, expectedRevision: null, change: { zoneAttribute: ZONE_ATTRIBUTE } });
  const type = { name: DEVICE_TYPE, description: '', versionAttribute: 'version' };
  await commands.run('device-type.create', { scope, once: null, ...type } as never);
  addDevices(simulated, tenant, members);
  const releases = new Map<string, string>();
  for (const version of versions) releases.set(version, await publish(simulated, scope, version));
  return {
    tenant,
    async startRollout(name, version, body) {
      const release = releases.get(version) ?? '';
      const input = {
        scope,
        once: null,
        name,
        description: '',
        release,
        filter: '',
        weight: 1000,
        policy: {},
        start: true,
      };
      const made = await commands.run('rollout.create', { ...input, ...body });
      assert.equal(made.outcome, 'created', JSON.stringify(made));
    },
    async answerForUsers(rollout) {
      const asked = run<{ number: number }>(
        `select a.number from assignment a join rollout r on r.id = a.rollout where r.name = ? and a.ended_at is null`,
        rollout,
      );
      for (const [index, { number }] of asked.entries()) {
        const consent = index % 2 === 0 ? ('given' as const) : ('declined' as const);
        const input = { scope, number, expectedRevision: null, consent, note: '' };
        const answered = await commands.run('assignment.answer-consent', input);
        // One that runs the release already has ended before.
        assert.ok(answered.outcome === 'changed', JSON.stringify(answered));
      }
    },
    async act(rollout, act) {
      const id = run<{ uid: string }>('select uid from rollout where name = ?', rollout)[0]?.uid ?? '';
      const by = act === 'approve' ? { ...scope, actor: 'approver' } : scope;
      const acted = await commands.run('rollout.act', { scope: by, id, expectedRevision: null, act });
      // The errors of its devices may have paused or ended it before.
      assert.ok(acted.outcome === 'changed' || acted.code === 'rollout-state', JSON.stringify(acted));
    },
  };
}

/** As `device.create` and a first report of attributes leave them, in some statements: their joining is not what is played. */
function addDevices({ run, clock }: SimulatedStore, tenant: number, members: readonly Member[]): void {
  const list = JSON.stringify(members.map(({ id, name, zone }) => [id, name, fold(name), zone.name]));
  run(
    `insert into device (id, tenant, name, name_fold, description, type, zone, identity, attributes_wanted, created_at)
     select value ->> 0, ?2, value ->> 1, value ->> 2, '', (select id from device_type), value ->> 3, 'accepted', 0, ?3
     from json_each(?1)`,
    list,
    tenant,
    clock.now,
  );
  run(
    `insert into device_identity (tenant, door, subject, device)
     select ?2, 'ddi', value ->> 1, value ->> 0 from json_each(?1)`,
    list,
    tenant,
  );
  const said = members.flatMap(({ id, zone }) => [
    [id, 'version', OLD_VERSION, fold(OLD_VERSION)],
    [id, ZONE_ATTRIBUTE, zone.name, fold(zone.name)],
  ]);
  run(
    `insert into device_attribute (device, tenant, key, value, value_fold, reported_at)
     select value ->> 0, ?2, value ->> 1, value ->> 2, value ->> 3, ?3 from json_each(?1)`,
    JSON.stringify(said),
    tenant,
    clock.now,
  );
  for (const { belief } of members) belief.shownVersion = OLD_VERSION;
}

async function publish({ store, run, clock, db }: SimulatedStore, scope: Scope, version: string): Promise<string> {
  const uid = newUid(clock.now);
  const artifact = run<{ id: number }>(
    `insert into artifact (uid, tenant, filename, filename_fold, size, sha256, sha1, md5, kind, signature, reason, signers, inspection, created_at, created_by)
     values (?1, ?2, 'update.swu', 'update.swu', 1000, ?3, ?4, ?5, 'swu', 'unsigned', null, '[]', 'null', ?6, 'operator') returning id`,
    uid,
    scope.tenant,
    HASH.repeat(32),
    HASH.repeat(20),
    HASH.repeat(16),
    clock.now,
  );
  const { commands } = store;
  const component = await commands.run('component.create', {
    scope,
    once: null,
    component: { name: 'os', version, kind: 'os', artifacts: [uid] },
  });
  assert.ok(component.outcome === 'created');
  const draft = await commands.run('release.create', {
    scope,
    once: null,
    release: { name: 'gateway', version, components: [component.component.id], deviceTypes: [DEVICE_TYPE] },
  });
  assert.ok(draft.outcome === 'created');
  const { basis } = await readSigningTrust(db, scope.tenant);
  const judged = [{ id: artifact[0]?.id ?? 0, signature: 'unsigned', reason: null }] as const;
  const judgement = { trust: basis, artifacts: judged };
  const published = await commands.run('release.publish', { scope, id: draft.release.id, ifMatch: null, judgement });
  assert.equal(published.outcome, 'published');
  return draft.release.id;
}
