import type { DeviceIdentity, OpenAssignment } from '@updraft/core';
import type { CommandContext } from '../command.ts';
import { readOpenAssignments } from './open-assignment-repository.ts';

/** A device that a release is to be assigned to. */
export type Target = {
  readonly id: number;
  readonly name: string;
  readonly identity: DeviceIdentity;
  /** Name of its device type. */
  readonly type: string | null;
  readonly typeId: number | null;
  /** It runs the release already. */
  readonly runs: boolean;
  /** An assignment of the release is open. */
  readonly assigned: boolean;
  readonly open: readonly OpenAssignment[];
};

const NAMES_PER_STATEMENT = 500;

/**
 * The devices of these names, for a release that is to be assigned to them. Their rows are taken, in the order of their
 * ids, so that two commands over the same devices do not wait for each other. Names that are none's are left out.
 */
export async function targetsOf(
  context: CommandContext,
  tenant: number,
  wanted: { readonly names: readonly string[]; readonly release: number },
): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (let at = 0; at < wanted.names.length; at += NAMES_PER_STATEMENT) {
    const names = wanted.names.slice(at, at + NAMES_PER_STATEMENT);
    targets.push(...(await someTargets(context, tenant, { ...wanted, names })));
  }
  return targets;
}

async function someTargets(
  context: CommandContext,
  tenant: number,
  { names, release }: { readonly names: readonly string[]; readonly release: number },
): Promise<readonly Target[]> {
  const { db, now, touch } = context;
  const rows = await takenDevices(context, tenant, names);
  const types = await db.selectFrom('device_type').select(['id', 'name']).where('tenant', '=', tenant).execute();
  const open = await readOpenAssignments(
    db,
    rows.map(({ id }) => id),
    now,
  );
  return rows.map((row) => {
    touch({ device: row.id });
    const mine = open.get(row.id) ?? [];
    return {
      id: row.id,
      name: row.name,
      identity: row.identity,
      type: types.find(({ id }) => id === row.type)?.name ?? null,
      typeId: row.type,
      runs: row.running_release_id === release,
      assigned: mine.some((one) => one.release.id === release && one.attempt?.state !== 'canceling'),
      open: mine,
    };
  });
}

async function takenDevices({ db, dialect }: CommandContext, tenant: number, names: readonly string[]) {
  const chosen = db
    .selectFrom('device')
    .select('id')
    .where('tenant', '=', tenant)
    .where('name', 'in', names)
    .orderBy('id');
  const ids = (await (dialect === 'postgres' ? chosen.forUpdate() : chosen).execute()).map(({ id }) => id);
  if (ids.length === 0) return [];
  return db
    .updateTable('device')
    .set((eb) => ({ revision: eb('revision', '+', 1) }))
    .where('id', 'in', ids)
    .returning(['id', 'name', 'identity', 'type', 'running_release_id'])
    .execute();
}

/** Lists show a rollout's assignments as the current ones of their devices. */
export async function showMembers({ db }: CommandContext, rollout: number): Promise<void> {
  await db
    .updateTable('device')
    .set((eb) => ({
      assignment_id: eb
        .selectFrom('assignment')
        .select('assignment.id')
        .where('assignment.rollout', '=', rollout)
        .whereRef('assignment.device', '=', 'device.id'),
    }))
    .where('id', 'in', (eb) => eb.selectFrom('assignment').select('device').where('rollout', '=', rollout))
    .execute();
}
