import { fold, pathFold, pathsUpwards, type Place, placeOf } from '@updraft/core';
import type { Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import { compiledOnce } from '../database/compiled-once.ts';
import type { Schema } from '../schema.ts';

/** Devices that one slice works out anew. */
export const PLACES_PER_SLICE = 1000;

/** What a device's place hangs on, apart from what it says. */
export type PlaceRules = {
  readonly zoneAttribute: string | null;
  readonly siteAttribute: string | null;
};
type Located = { readonly id: number; readonly group_path: string; readonly zone: string; readonly site: string };

export async function placeRules(db: Kysely<Schema>, tenant: number): Promise<PlaceRules> {
  const [row] = (await readRules(db, { tenant })).rows;
  return { zoneAttribute: row?.zone_attribute ?? null, siteAttribute: row?.site_attribute ?? null };
}

/** Whether a device can have a site at all. */
export async function isSiteTold(db: Kysely<Schema>, tenant: number): Promise<boolean> {
  return (await placeRules(db, tenant)).siteAttribute !== null;
}

export async function locatedDevice(db: Kysely<Schema>, device: number): Promise<Located | undefined> {
  return (await readLocated(db, { device })).rows[0];
}

const readRules = compiledOnce((db, { tenant }: { readonly tenant: number }) =>
  db.selectFrom('tenant').select(['zone_attribute', 'site_attribute']).where('id', '=', tenant),
);

const readLocated = compiledOnce((db, { device }: { readonly device: number }) =>
  db.selectFrom('device').select(['id', 'group_path', 'zone', 'site']).where('id', '=', device),
);

/**
 * Writes the zone and the site of these devices where they are not as they should be; gives the ids of those that it
 * changed. The caller has taken the rows, or is their only writer.
 */
export async function writePlaces(
  context: CommandContext,
  tenant: number,
  devices: readonly Located[],
): Promise<readonly number[]> {
  const rules = await placeRules(context.db, tenant);
  const said = await saidBy(context.db, devices, rules);
  const zones = await zonesOfGroups(context.db, tenant, devices);
  const changed: number[] = [];
  for (const device of devices) {
    const place = placeOf({
      saidZone: said.get(device.id)?.zone ?? null,
      saidSite: said.get(device.id)?.site ?? null,
      groupZone: nearestZone(zones, device.group_path),
    });
    if (place.zone === device.zone && place.site === device.site) continue;
    await writePlace(context, device.id, place);
    changed.push(device.id);
  }
  return changed;
}

async function writePlace({ db, touch }: CommandContext, device: number, { zone, site }: Place): Promise<void> {
  await db
    .updateTable('device')
    .set((eb) => ({ zone, site, site_fold: fold(site), revision: eb('revision', '+', 1) }))
    .where('id', '=', device)
    .execute();
  touch({ device });
}

async function saidBy(db: Kysely<Schema>, devices: readonly Located[], { zoneAttribute, siteAttribute }: PlaceRules) {
  const said = new Map<number, { zone: string | null; site: string | null }>();
  const keys = [...new Set([zoneAttribute, siteAttribute].filter((key) => key !== null))];
  if (keys.length === 0 || devices.length === 0) return said;
  const ids = devices.map(({ id }) => id);
  const rows = await db
    .selectFrom('device_attribute')
    .select(['device', 'key', 'value'])
    .where('device', 'in', ids)
    .where('key', 'in', keys)
    .execute();
  for (const { device, key, value } of rows) {
    const known = said.get(device) ?? { zone: null, site: null };
    said.set(device, {
      zone: key === zoneAttribute ? value : known.zone,
      site: key === siteAttribute ? value : known.site,
    });
  }
  return said;
}

async function zonesOfGroups(
  db: Kysely<Schema>,
  tenant: number,
  devices: readonly Located[],
): Promise<ReadonlyMap<string, string>> {
  const folds = new Set(devices.flatMap(({ group_path: path }) => pathsUpwards(path).map(pathFold)));
  if (folds.size === 0) return new Map();
  const rows = await db
    .selectFrom('device_group')
    .select(['path_fold', 'zone'])
    .where('tenant', '=', tenant)
    .where('path_fold', 'in', [...folds])
    .where('zone', '<>', '')
    .execute();
  return new Map(rows.map(({ path_fold, zone }) => [path_fold, zone]));
}

function nearestZone(zones: ReadonlyMap<string, string>, path: string): string {
  for (const each of pathsUpwards(path)) {
    const zone = zones.get(pathFold(each));
    if (zone !== undefined) return zone;
  }
  return '';
}

/** All places of a tenant are to be worked out anew, slice by slice, from the first device. */
export async function renewPlaces(context: CommandContext, tenant: number): Promise<void> {
  await context.db.updateTable('tenant').set({ place_cursor: 0 }).where('id', '=', tenant).execute();
  context.touch({ tenant });
}

/** A tenant whose places are to be worked out anew. */
export async function tenantWithOldPlaces(db: Kysely<Schema>): Promise<number | undefined> {
  return (await readMoving(db, {})).rows[0]?.id;
}

const readMoving = compiledOnce((db) =>
  db.selectFrom('tenant').select('id').where('place_cursor', 'is not', null).orderBy('id').limit(1),
);

/** Works out the places of the next devices; the cursor moves in the same commit. Gives the ids of those that changed. */
export async function renewNextPlaces(context: CommandContext, tenant: number): Promise<readonly number[]> {
  const { db, dialect } = context;
  const row = await db
    .updateTable('tenant')
    .set((eb) => ({ place_cursor: eb.ref('place_cursor') }))
    .where('id', '=', tenant)
    .returning('place_cursor')
    .executeTakeFirst();
  if (row === undefined || row.place_cursor === null) return [];
  const next = db
    .selectFrom('device')
    .select(['id', 'group_path', 'zone', 'site'])
    .where('tenant', '=', tenant)
    .where('id', '>', row.place_cursor)
    .orderBy('id')
    .limit(PLACES_PER_SLICE);
  const devices = await (dialect === 'postgres' ? next.forUpdate() : next).execute();
  const changed = await writePlaces(context, tenant, devices);
  const last = devices.length < PLACES_PER_SLICE ? null : (devices.at(-1)?.id ?? null);
  await db.updateTable('tenant').set({ place_cursor: last }).where('id', '=', tenant).execute();
  return changed;
}
