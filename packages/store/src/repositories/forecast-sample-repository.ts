import { sql, type Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { chosenDevices, whole, type Choice } from './chosen-devices.ts';

/** Devices that a forecast is told of: more make no better one. */
export const MAX_SAMPLED = 2500;

/** How many devices a draft would have, by the phase whose filter names them (0: none), and how many run its release. */
export type DraftCount = { readonly all: number; readonly named: ReadonlyMap<number, number>; readonly runs: number };

/** A device of a sample, with what is known of its contact and its link. */
export type SampledRow = {
  readonly id: number;
  readonly type: number | null;
  readonly zone: string;
  readonly site: string;
  readonly created_at: number;
  readonly contact_at: number | null;
  readonly link: number | null;
};

/** Reads every device of the tenant: for a thread on which nobody waits. */
export async function countDraft(db: Kysely<Schema>, choice: Choice): Promise<DraftCount> {
  const last = await lastDevice(db, choice.tenant);
  const chosen = chosenDevices(db, choice, { after: 0, upTo: null, last });
  const rows = await db
    .selectFrom(chosen.as('c'))
    .select(['c.named', sql<number>`count(*)`.as('n'), sql<number>`sum(c.runs)`.as('runs')])
    .groupBy('c.named')
    .execute();
  const counted = rows.map(({ named, n, runs }) => ({ named: Number(named), n: Number(n), runs: Number(runs) }));
  return {
    all: sum(counted.map(({ n }) => n)),
    named: new Map(counted.filter(({ named }) => named > 0).map(({ named, n }) => [named, n])),
    runs: sum(counted.map(({ runs }) => runs)),
  };
}

/** At most {@link MAX_SAMPLED} devices that a draft would update, spread over all of the `all` that it would have. */
export async function sampleDraft(db: Kysely<Schema>, choice: Choice, all: number): Promise<readonly SampledRow[]> {
  const last = await lastDevice(db, choice.tenant);
  const chosen = chosenDevices(db, choice, { after: 0, upTo: null, last });
  const ids = db.selectFrom(chosen.as('c')).select('c.id').where('c.runs', '=', 0).where(everyOne('c.id', all));
  return sampled(db).where('device.id', 'in', ids).limit(MAX_SAMPLED).execute();
}

/** An open member of a rollout, and where its newest attempt stands. */
export type SampledMember = SampledRow & {
  readonly phase: number;
  readonly state: string;
  readonly not_before: number | null;
  readonly erred: number;
  readonly ordinal: number | null;
  readonly attempt_state: string | null;
  readonly state_at: number | null;
  readonly offered_at: number | null;
};

/** Open members of a rollout, at most {@link MAX_SAMPLED} spread over all of its `open` ones. */
export async function sampleMembers(
  db: Kysely<Schema>,
  rollout: number,
  open: number,
): Promise<readonly SampledMember[]> {
  return sampled(db)
    .innerJoin('assignment as a', 'a.device', 'device.id')
    .leftJoin('attempt as t', 't.id', 'a.attempt_id')
    .select(['a.phase', 'a.state', 'a.not_before', 'a.erred', 't.ordinal', 't.state as attempt_state'])
    .select(['t.state_at', 't.offered_at'])
    .where('a.rollout', '=', rollout)
    .where('a.ended_at', 'is', null)
    .where(everyOne('device.id', open))
    .limit(MAX_SAMPLED)
    .execute();
}

/** How many devices stand at each of these sites. */
export async function devicesAtSites(
  db: Kysely<Schema>,
  tenant: number,
  sites: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const slice of slicesOf(sites)) {
    const rows = await db
      .selectFrom('device')
      .select(['site', sql<number>`count(*)`.as('n')])
      .where('tenant', '=', tenant)
      .where('site', 'in', slice)
      .groupBy('site')
      .execute();
    for (const { site, n } of rows) counts.set(site, Number(n));
  }
  return counts;
}

export type ContactDay = { readonly day: number; readonly mask: number };

/** In which hours these devices were in contact on the days from `day` on. */
export async function contactDaysOf(
  db: Kysely<Schema>,
  devices: readonly number[],
  day: number,
): Promise<ReadonlyMap<number, readonly ContactDay[]>> {
  const days = new Map<number, ContactDay[]>();
  for (const slice of slicesOf(devices)) {
    const rows = await db
      .selectFrom('contact_hours')
      .select(['device', 'day', 'mask'])
      .where('device', 'in', slice)
      .where('day', '>=', day)
      .execute();
    for (const { device, ...row } of rows) days.set(device, [...(days.get(device) ?? []), row]);
  }
  return days;
}

/** How often a tenant's devices are asked to poll, in seconds. */
export async function pollIntervalOf(db: Kysely<Schema>, tenant: number): Promise<number> {
  const row = await db
    .selectFrom('tenant')
    .select('poll_interval_seconds')
    .where('id', '=', tenant)
    .executeTakeFirstOrThrow();
  return row.poll_interval_seconds;
}

function sampled(db: Kysely<Schema>) {
  return db
    .selectFrom('device')
    .leftJoin('contact', 'contact.device', 'device.id')
    .leftJoin('device_rate', 'device_rate.device', 'device.id')
    .select(['device.id', 'device.type', 'device.zone', 'device.site', 'device.created_at'])
    .select(['contact.at as contact_at', 'device_rate.link']);
}

/** Every so-manieth: ids are given in the order in which devices came. */
function everyOne(column: string, all: number) {
  const step = Math.max(1, Math.ceil(all / MAX_SAMPLED));
  return sql<boolean>`${sql.ref(column)} % ${whole(step)} = 0`;
}

async function lastDevice(db: Kysely<Schema>, tenant: number): Promise<number> {
  const row = await db
    .selectFrom('device')
    .select('id')
    .where('tenant', '=', tenant)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? 0;
}

const VALUES_PER_STATEMENT = 500;

function slicesOf<T>(values: readonly T[]): readonly (readonly T[])[] {
  const slices: (readonly T[])[] = [];
  for (let at = 0; at < values.length; at += VALUES_PER_STATEMENT)
    slices.push(values.slice(at, at + VALUES_PER_STATEMENT));
  return slices;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
