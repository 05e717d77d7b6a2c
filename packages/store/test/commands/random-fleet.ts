import { fold, pathFold, type AssignmentState, type AttemptState, type DeviceIdentity } from '@updraft/core';
import type { CommandContext } from '../../src/command.ts';
import { saveMetadata } from '../../src/repositories/metadata-repository.ts';
import { ensureTag, tagDevices } from '../../src/repositories/tag-repository.ts';
import { newUid } from '../../src/uid.ts';

/** A device with everything that filters look at. Types, releases and rollouts are numbered from 0. */
export type RandomDevice = {
  readonly name: string;
  readonly displayName: string;
  readonly address: string;
  readonly description: string;
  readonly type: number | null;
  readonly running: number | null;
  readonly attributes: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly group: string;
  readonly contactAt: number | null;
  readonly createdAt: number;
  readonly identity: DeviceIdentity;
  readonly penaltyUntil: number | null;
  readonly zone: string;
  readonly site: string;
  readonly assignments: readonly RandomAssignment[];
};
export type RandomAssignment = {
  readonly rollout: number;
  readonly state: AssignmentState;
  readonly attempt: AttemptState | null;
  readonly isShown: boolean;
};
export type RandomFleet = {
  readonly tenant: number;
  readonly types: readonly string[];
  readonly releases: readonly { readonly name: string; readonly version: string }[];
  readonly devices: readonly RandomDevice[];
};

const CLOSED = ['succeeded', 'failed', 'rolled-back', 'timed-out', 'canceled', 'superseded'];

const PHASES = ['started', 'waiting', 'started', 'skipped'] as const;

/** Writes a fleet into a tenant; of each release there is a rollout, whose only phase waits, is started or was skipped. */
export async function addRandomFleet(context: CommandContext, fleet: RandomFleet): Promise<readonly number[]> {
  const types: number[] = [];
  for (const name of fleet.types) types.push(await addType(context, fleet.tenant, name));
  const releases: number[] = [];
  for (const release of fleet.releases) releases.push(await addRelease(context, fleet.tenant, release));
  const rollouts: number[] = [];
  for (const release of releases) rollouts.push(await addRollout(context, fleet.tenant, release));
  const ids: number[] = [];
  for (const device of fleet.devices)
    ids.push(await addDevice(context, { tenant: fleet.tenant, device, types, releases, rollouts }));
  return ids;
}

async function addType({ db, now }: CommandContext, tenant: number, name: string): Promise<number> {
  const values = { uid: newUid(now), tenant, name, name_fold: fold(name), description: '', created_at: now };
  const nothing = { version_attribute: null, slot_attribute: null, boot_id_attribute: null, verifying_seconds: null };
  const row = await db
    .insertInto('device_type')
    .values({ ...values, ...nothing })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

async function addRelease(
  { db, now }: CommandContext,
  tenant: number,
  { name, version }: { readonly name: string; readonly version: string },
): Promise<number> {
  const named = { name, name_fold: fold(name), version, version_fold: fold(version), description: '' };
  const nothing = { manifest: null, manifest_sha256: null, counter: null, published_at: null, withdrawn_at: null };
  const row = await db
    .insertInto('release')
    .values({ uid: newUid(now), tenant, ...named, ...nothing, state: 'draft', created_at: now })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

async function addRollout({ db, now }: CommandContext, tenant: number, release: number): Promise<number> {
  const uid = newUid(now);
  const named = { uid, tenant, kind: 'direct', name: uid, name_fold: uid, description: '' } as const;
  const { id } = await db
    .insertInto('rollout')
    .values({
      ...named,
      release,
      filter: '',
      state: 'running',
      weight: 1,
      policy: '{}',
      asks_consent: release % 2,
      planned: 0,
      created_at: now,
      created_by: '',
      maker: '',
    } as never)
    .returning('id')
    .executeTakeFirstOrThrow();
  const state = PHASES[id % PHASES.length];
  const asksConsent = { asks_consent: id % 5 === 0 ? 1 : null };
  await db
    .insertInto('phase')
    .values({ rollout: id, number: 1, state, total: 0, spec: '{}', ...asksConsent } as never)
    .execute();
  return id;
}

type Addition = {
  readonly tenant: number;
  readonly device: RandomDevice;
  readonly types: readonly number[];
  readonly releases: readonly number[];
  readonly rollouts: readonly number[];
};

async function addDevice(context: CommandContext, addition: Addition): Promise<number> {
  const { db, now } = context;
  const { tenant, device, types, releases } = addition;
  const texts = {
    name: device.name,
    name_fold: fold(device.name),
    display_name: device.displayName,
    display_name_fold: fold(device.displayName),
    address: device.address,
    address_fold: fold(device.address),
    description: device.description,
    description_fold: fold(device.description),
    group_path: device.group,
    group_fold: pathFold(device.group),
    site: device.site,
    site_fold: fold(device.site),
    zone: device.zone,
  };
  const { id } = await db
    .insertInto('device')
    .values({
      tenant,
      ...texts,
      type: device.type === null ? null : (types[device.type] ?? null),
      parent: null,
      identity: device.identity,
      running_release_id: device.running === null ? null : (releases[device.running] ?? null),
      penalty_until: device.penaltyUntil,
      failures_since: null,
      assignment_id: null,
      created_at: device.createdAt,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  if (device.contactAt !== null) await db.insertInto('contact').values({ device: id, at: device.contactAt }).execute();
  for (const [key, value] of Object.entries(device.attributes))
    await db
      .insertInto('device_attribute')
      .values({ device: id, tenant, key, value, value_fold: fold(value), reported_at: now })
      .execute();
  await saveMetadata(context, { id, tenant }, device.metadata);
  for (const tag of device.tags)
    await tagDevices(context, await ensureTag(context, tenant, tag), { devices: [id], tagged: true });
  for (const assignment of device.assignments) await addAssignment(context, id, { ...addition, assignment });
  return id;
}

async function addAssignment(
  { db, now }: CommandContext,
  device: number,
  { tenant, rollouts, assignment }: Addition & { readonly assignment: RandomAssignment },
): Promise<void> {
  const { rollout, state } = assignment;
  const { next_action: number } = await db
    .updateTable('tenant')
    .set((eb) => ({ next_action: eb('next_action', '+', 1) }))
    .where('id', '=', tenant)
    .returning('next_action')
    .executeTakeFirstOrThrow();
  const ended = (word: string) => (CLOSED.includes(word) ? now : null);
  const { id } = await db
    .insertInto('assignment')
    .values({
      tenant,
      device,
      rollout: rollouts[rollout],
      phase: 1,
      number,
      state,
      created_at: now,
      ended_at: ended(state),
    } as never)
    .returning('id')
    .executeTakeFirstOrThrow();
  if (assignment.attempt !== null) {
    const attempt = { tenant, assignment: id, device, number, ordinal: 1, state: assignment.attempt, state_at: now };
    const row = await db
      .insertInto('attempt')
      .values({ ...attempt, evidence: '', ended_at: ended(assignment.attempt) } as never)
      .returning('id')
      .executeTakeFirstOrThrow();
    await db.updateTable('assignment').set({ attempt_id: row.id }).where('id', '=', id).execute();
  }
  if (assignment.isShown && ended(state) === null)
    await db.updateTable('device').set({ assignment_id: id }).where('id', '=', device).execute();
}
