import type { Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import { compiledOnce } from '../database/compiled-once.ts';
import type { Schema } from '../schema.ts';

/**
 * Takes a device's row until the commit: on PostgreSQL this serialises everything about that device. Bumps its revision;
 * false where there is no such device.
 */
export async function takeDevice(context: CommandContext, tenant: number, id: number): Promise<boolean> {
  const { numAffectedRows = 0n } = await takeRow(context.db, { tenant, id });
  context.touch({ device: id });
  return numAffectedRows > 0n;
}

const takeRow = compiledOnce((db, { tenant, id }: { readonly tenant: number; readonly id: number }) =>
  db
    .updateTable('device')
    .set((eb) => ({ revision: eb('revision', '+', 1) }))
    .where('id', '=', id)
    .where('tenant', '=', tenant),
);

/** The open assignment that lists show for the device. */
export async function setShownAssignment(
  context: CommandContext,
  device: number,
  assignment: number | null,
): Promise<void> {
  await showAssignment(context.db, { device, assignment });
}

const showAssignment = compiledOnce(
  (db, { device, assignment }: { readonly device: number; readonly assignment: number | null }) =>
    db
      .updateTable('device')
      .set({ assignment_id: assignment })
      .where('id', '=', device)
      .where((eb) => eb('assignment_id', 'is distinct from', assignment)),
);

/** Whether the device's next contact is asked for its attributes. */
export async function setAttributesWanted(context: CommandContext, device: number, wanted: boolean): Promise<void> {
  await context.db
    .updateTable('device')
    .set({ attributes_wanted: wanted ? 1 : 0 })
    .where('id', '=', device)
    .execute();
}

/** What a device runs, and the wire id under which it was brought. */
export type Installed = { readonly release: number; readonly number: number };

/** Notes that the device runs a release: its components replace what was known to run. */
export async function setRunningRelease(
  context: CommandContext,
  device: number,
  { release, number }: Installed,
): Promise<void> {
  const { db, now } = context;
  const running = { running_release_id: release, installed_number: number };
  await db.updateTable('device').set(running).where('id', '=', device).execute();
  const components = await db
    .selectFrom('release_component as x')
    .innerJoin('component as c', 'c.id', 'x.component')
    .select(['c.name as component', 'c.version'])
    .where('x.release', '=', release)
    .orderBy('x.position')
    .execute();
  await db.deleteFrom('device_component').where('device', '=', device).where('slot', '=', '').execute();
  const rows = new Map(components.map((row) => [row.component, { ...row, device, slot: '', since: now }]));
  if (rows.size > 0)
    await db
      .insertInto('device_component')
      .values([...rows.values()])
      .execute();
}

/** The version of the release that a device is known to run, and where its type shows versions; undefined: one is unknown. */
export async function runningVersionOf(
  db: Kysely<Schema>,
  device: number,
): Promise<{ readonly versionAttribute: string; readonly version: string; readonly release: string } | undefined> {
  const [row] = (await readRunning(db, { device })).rows;
  if (row === undefined || row.version_attribute === null) return undefined;
  return { versionAttribute: row.version_attribute, version: row.version, release: row.uid };
}

const readRunning = compiledOnce((db, { device }: { readonly device: number }) =>
  db
    .selectFrom('device as d')
    .innerJoin('device_type as y', 'y.id', 'd.type')
    .innerJoin('release as l', 'l.id', 'd.running_release_id')
    .select(['y.version_attribute', 'l.version', 'l.uid'])
    .where('d.id', '=', device),
);

/** Notes that it is unknown what a device runs. */
export async function forgetRunningRelease({ db }: CommandContext, device: number): Promise<void> {
  await db
    .updateTable('device')
    .set({ running_release_id: null, installed_number: null })
    .where('id', '=', device)
    .execute();
  await db.deleteFrom('device_component').where('device', '=', device).where('slot', '=', '').execute();
}
