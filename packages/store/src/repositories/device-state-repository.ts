import { sql, type Kysely, type Selectable } from 'kysely';
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

/** Takes many that were heard of, in the order of their ids, and bumps them; tells their tenants. */
export async function takeDevicesTogether(
  context: CommandContext,
  ids: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const { db, dialect } = context;
  const { rows } =
    dialect === 'sqlite' ? await takeListed(db, { list: JSON.stringify(ids) }) : await takeRows(db, { ids });
  for (const { id } of rows) context.touch({ heard: id });
  return new Map(rows.map(({ id, tenant }) => [id, tenant]));
}

const takeRows = compiledOnce((db, { ids }: { readonly ids: readonly number[] }) => ({
  compile: () =>
    sql<{ id: number; tenant: number }>`
    with held as materialized (select id from device where id = any (${ids}::bigint[]) order by id for update)
    update device set revision = device.revision + 1 from held where device.id = held.id
    returning device.id, device.tenant`.compile(db),
}));

const takeListed = compiledOnce((db, { list }: { readonly list: string }) => ({
  compile: () =>
    sql<{ id: number; tenant: number }>`
    update device set revision = revision + 1 where id in (select value from json_each(${list}))
    returning id, tenant`.compile(db),
}));

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
  await writeWanted(context.db, { device, wanted: wanted ? 1 : 0 });
}

const writeWanted = compiledOnce((db, { device, wanted }: { readonly device: number; readonly wanted: 0 | 1 }) =>
  db
    .updateTable('device')
    .set({ attributes_wanted: wanted })
    .where('id', '=', device)
    .where('attributes_wanted', '<>', wanted),
);

/** What a device runs, and the wire id under which it was brought. */
export type Installed = { readonly release: number; readonly number: number };

/** Notes that the device runs a release: its components replace what was known to run. */
export async function setRunningRelease(
  context: CommandContext,
  device: number,
  { release, number }: Installed,
): Promise<void> {
  const { db, now } = context;
  await writeRunning(db, { device, release, number });
  const components = (await readComponents(db, { release })).rows;
  await dropComponents(db, { device });
  const last = new Map(components.map((row) => [row.component, row]));
  for (const { component, version } of last.values())
    await writeComponent(db, { device, component, version, since: now });
}

const writeRunning = compiledOnce((db, row: Installed & { readonly device: number }) =>
  db
    .updateTable('device')
    .set({ running_release_id: row.release, installed_number: row.number })
    .where('id', '=', row.device),
);

const readComponents = compiledOnce((db, { release }: { readonly release: number }) =>
  db
    .selectFrom('release_component as x')
    .innerJoin('component as c', 'c.id', 'x.component')
    .select(['c.name as component', 'c.version'])
    .where('x.release', '=', release)
    .orderBy('x.position'),
);

const dropComponents = compiledOnce((db, { device }: { readonly device: number }) =>
  db.deleteFrom('device_component').where('device', '=', device).where('slot', '=', ''),
);

type RunningComponent = Omit<Selectable<Schema['device_component']>, 'slot'>;

const writeComponent = compiledOnce((db, row: RunningComponent) =>
  db
    .insertInto('device_component')
    .values({ device: row.device, component: row.component, version: row.version, slot: '', since: row.since }),
);

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
  await dropComponents(db, { device });
}

/** Since when consent is given for a device without asking, by whom and why; `since` null: its user is asked. */
export async function autoConsentOf(
  db: Kysely<Schema>,
  device: number,
): Promise<{ readonly since: number | null; readonly by: string; readonly note: string }> {
  const row = await db
    .selectFrom('device')
    .select(['auto_consent_at', 'auto_consent_by', 'auto_consent_note'])
    .where('id', '=', device)
    .executeTakeFirst();
  return { since: row?.auto_consent_at ?? null, by: row?.auto_consent_by ?? '', note: row?.auto_consent_note ?? '' };
}
