import { parseFilter, settleFilter, type FilterMoments, type PhaseSpec } from '@updraft/core';
import { sql, type Kysely } from 'kysely';
import { filterSql } from '../list/filter-sql.ts';
import type { Schema } from '../schema.ts';
import { hasRoom, quotaOf, type QuotaColumns } from './assignment-room.ts';
import { DEVICE_LIST } from './device-list.ts';
import { selectDevices } from './device-repository.ts';
import { linkedMembers, type LinkedRollout } from './linked-members.ts';

/** Devices of a tenant after the id `after`, up to `upTo`; null: to the last. */
export type Slice = { readonly after: number; readonly upTo: number | null };

/** Which devices a rollout has, and which of its phases names each. */
export type Choice = LinkedRollout & {
  readonly tenant: number;
  readonly release: number;
  readonly filter: string;
  readonly phases: readonly PhaseSpec[];
  readonly moments: FilterMoments;
} & QuotaColumns;

/** Devices that one slice of a tenant has; a slice is one command, between which others run. */
export const DEVICES_PER_SLICE = 2000;

/** The next devices of a tenant after `after`: up to which id they go, or null where these are the last. */
export async function sliceOfDevices(
  db: Kysely<Schema>,
  tenant: number,
  after: number,
  count = DEVICES_PER_SLICE,
): Promise<Slice> {
  const end = await db
    .selectFrom('device')
    .select('id')
    .where('tenant', '=', tenant)
    .where('id', '>', after)
    .orderBy('id')
    .offset(count - 1)
    .limit(1)
    .executeTakeFirst();
  return { after, upTo: end?.id ?? null };
}

/**
 * The devices of a slice that a rollout has: those that its filter names, in service, and of a type that the release is
 * for. `named` is the number of the first phase whose filter names the device, else 0; `runs` is 1 where it runs the
 * release already. Who has as many assignments as the rollout allows is none of them.
 */
export function chosenDevices(db: Kysely<Schema>, choice: Choice, slice: Slice & { readonly last: number }) {
  const fit = fitting(choice.release);
  const quota = quotaOf(choice);
  const chosen = filteredDevices(db, choice, slice)
    .select([
      'device.id',
      'device.zone',
      namedBy(db, choice, slice).as('named'),
      sql<number>`case when device.running_release_id = ${whole(choice.release)} then 1 else 0 end`.as('runs'),
    ])
    .where(fit.service)
    .where(fit.type);
  return quota === null ? chosen : chosen.where(hasRoom(quota.most));
}

/** The devices of a slice that a rollout's filter names, whether they fit or not. */
export function filteredDevices(db: Kysely<Schema>, choice: Choice, slice: Slice & { readonly last: number }) {
  const inSlice = db
    .selectFrom('device')
    .where('device.tenant', '=', choice.tenant)
    .where('device.id', '>', slice.after)
    .where('device.id', '<=', slice.upTo ?? slice.last);
  const linked = linkedMembers(choice);
  const wanted = linked === null ? inSlice : inSlice.where(linked);
  const matching = matchingDevices(db, { choice, filter: choice.filter }, slice);
  return matching === null ? wanted : wanted.where('device.id', 'in', matching);
}

/**
 * Whether a device is in service, and of a type that the release is for: one that names no type fits all. A device's type
 * must take releases of its kind, where it has one.
 */
export function fitting(release: number) {
  const kind = sql`(select r.kind from release as r where r.id = ${release})`;
  return {
    service: sql<boolean>`device.identity in ('accepted', 'pending')`,
    type: sql<boolean>`((not exists (select 1 from release_device_type as t where t.release = ${release})
      or coalesce(device.type in (select t.device_type from release_device_type as t where t.release = ${release}), 1 = 0))
      and (${kind} is null or device.type is null
        or device.type in (select k.device_type from device_type_release_kind as k where k.release_kind = ${kind})))`,
  };
}

/** In service, and of a type that the release is for. */
export function fits(release: number) {
  const { service, type } = fitting(release);
  return sql<boolean>`${service} and ${type}`;
}

function namedBy(db: Kysely<Schema>, choice: Choice, slice: Slice) {
  const named = choice.phases.flatMap(({ size }, index) => {
    if (size.by !== 'filter') return [];
    const matching = matchingDevices(db, { choice, filter: size.filter }, slice);
    return [sql`when ${matching === null ? sql`1 = 1` : sql`device.id in (${matching})`} then ${sql.lit(index + 1)}`];
  });
  return named.length === 0 ? sql<number>`0` : sql<number>`case ${sql.join(named, sql` `)} else 0 end`;
}

/** The devices of a slice that a filter names; null where it names all. */
function matchingDevices(
  db: Kysely<Schema>,
  { choice, filter }: { readonly choice: Choice; readonly filter: string },
  slice: Slice,
) {
  const { fields } = DEVICE_LIST;
  const parsed = parseFilter(filter, fields);
  if (parsed.outcome === 'refused') throw new Error(`a rollout has a filter that cannot be read: ${filter}`);
  const settled = settleFilter(parsed.filter, fields, choice.moments);
  if ('terms' in settled && settled.type === 'and' && settled.terms.length === 0) return null;
  const matching = selectDevices(db)
    .clearSelect()
    .select('device.id')
    .where('device.tenant', '=', choice.tenant)
    .where('device.id', '>', slice.after)
    .where(filterSql(settled, fields));
  return slice.upTo === null ? matching : matching.where('device.id', '<=', slice.upTo);
}

/** A number that enters arithmetic or stands for a column: drivers bind it as a real, or as a type of their own guess. */
export function whole(value: number) {
  return sql<number>`cast(${value} as bigint)`;
}
