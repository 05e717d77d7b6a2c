import { sql, type Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { chosenDevices, whole, type Choice } from './chosen-devices.ts';
import { greatestDevice } from './device-repository.ts';

/** Devices that a forecast is told of, about: more make no better one. */
const MAX_SAMPLED = 2500;
/** Of each phase at least so many, where it has them: a first phase is small, and what comes after waits for it. */
const LEAST_OF_PHASE = 40;

/** A device of a sample, with what is known of its contact and its link. */
export type SampledRow = {
  readonly id: number;
  readonly type: number | null;
  readonly zone: string;
  readonly site: string;
  readonly created_at: number;
  readonly contact_at: number | null;
  /** Until when it is set aside after many failures. */
  readonly penalty_until: number | null;
  readonly link: number | null;
};

/** How many of the devices of a draft run its release already. Looks at every device of the tenant. */
export async function countRunning(db: Kysely<Schema>, choice: Choice): Promise<number> {
  const chosen = chosenDevices(db, choice, await wholeTenant(db, choice));
  const row = await db
    .selectFrom(chosen.as('c'))
    .select(sql<number>`count(*)`.as('n'))
    .where('c.runs', '=', 1)
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

/** Some devices that a draft would update, spread over all of the `all` that it would. Looks at every device of the tenant. */
export async function sampleDraft(db: Kysely<Schema>, choice: Choice, all: number): Promise<readonly SampledRow[]> {
  const chosen = chosenDevices(db, choice, await wholeTenant(db, choice));
  const ids = db.selectFrom(chosen.as('c')).select('c.id').where('c.runs', '=', 0);
  const some = ids.where(isSampled('c.id', whole(thresholdOf(all, MAX_SAMPLED))));
  return sampled(db).where('device.id', 'in', some).orderBy('device.id').limit(MAX_SAMPLED).execute();
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

/** Some open members of a rollout, spread over those of each phase; `open` says how many these are, by phase. */
export async function sampleMembers(
  db: Kysely<Schema>,
  rollout: number,
  open: readonly number[],
): Promise<readonly SampledMember[]> {
  const all = sum(open);
  const thresholds = open.map((n, at) => {
    const wanted = Math.max(LEAST_OF_PHASE, (MAX_SAMPLED * n) / Math.max(1, all));
    return sql`when ${whole(at + 1)} then ${whole(thresholdOf(n, wanted))}`;
  });
  if (thresholds.length === 0) return [];
  return sampled(db)
    .innerJoin('assignment as a', 'a.device', 'device.id')
    .leftJoin('attempt as t', 't.id', 'a.attempt_id')
    .select(['a.phase', 'a.state', 'a.not_before', 'a.erred', 't.ordinal', 't.state as attempt_state'])
    .select(['t.state_at', 't.offered_at'])
    .where('a.rollout', '=', rollout)
    .where('a.ended_at', 'is', null)
    .where(isSampled('a.device', sql<number>`case a.phase ${sql.join(thresholds, sql` `)} else 0 end`))
    .orderBy('a.device')
    .limit(MAX_SAMPLED + LEAST_OF_PHASE * open.length)
    .execute();
}

/** How many devices stand at each of these sites. */
export async function devicesAtSites(
  db: Kysely<Schema>,
  tenant: number,
  sites: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const slice of slicesOf(sites, SITES_PER_READ)) {
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

/** Days since 1970 and, for each, the mask of its hours. */
export type ContactDays = { readonly days: number[]; readonly masks: number[] };

/** A slice's rows are taken over by the thread that answers devices. */
const DEVICES_PER_READ = 100;

/** In which hours these devices were in contact on the days from `day` on. */
export async function contactDaysOf(
  db: Kysely<Schema>,
  devices: readonly number[],
  day: number,
): Promise<ReadonlyMap<number, ContactDays>> {
  const found = new Map<number, ContactDays>();
  for (const slice of slicesOf(devices, DEVICES_PER_READ)) {
    const rows = await db
      .selectFrom('contact_hours')
      .select(['device', 'day', 'mask'])
      .where('device', 'in', slice)
      .where('day', '>=', day)
      .execute();
    for (const row of rows) {
      const known = found.get(row.device) ?? { days: [], masks: [] };
      known.days.push(row.day);
      known.masks.push(row.mask);
      found.set(row.device, known);
    }
  }
  return found;
}

/** How often a tenant's devices are asked to poll; the rules are JSON, core's poll rules; empty: none. */
export async function pollSettingsOf(
  db: Kysely<Schema>,
  tenant: number,
): Promise<{ readonly id: number; readonly pollIntervalSeconds: number; readonly pollRules: string }> {
  return db
    .selectFrom('tenant')
    .select(['id', 'poll_interval_seconds as pollIntervalSeconds', 'poll_rules as pollRules'])
    .where('id', '=', tenant)
    .executeTakeFirstOrThrow();
}

function sampled(db: Kysely<Schema>) {
  return db
    .selectFrom('device')
    .leftJoin('contact', 'contact.device', 'device.id')
    .leftJoin('device_rate', 'device_rate.device', 'device.id')
    .select(['device.id', 'device.type', 'device.zone', 'device.site', 'device.created_at', 'device.penalty_until'])
    .select(['contact.at as contact_at', 'device_rate.link']);
}

/** Multiples of one prime modulo another: they fall evenly, whatever ids a tenant's devices have. */
const SPREAD = 7919;
const SPREAD_OVER = 104_729;

function isSampled(column: string, threshold: ReturnType<typeof whole>) {
  return sql<boolean>`(${sql.ref(column)} * ${whole(SPREAD)}) % ${whole(SPREAD_OVER)} < ${threshold}`;
}

/** Below it lie about `wanted` of `all` devices. */
function thresholdOf(all: number, wanted: number): number {
  return all <= wanted ? SPREAD_OVER : Math.ceil((SPREAD_OVER * wanted) / all);
}

async function wholeTenant(db: Kysely<Schema>, { tenant }: Choice) {
  return { after: 0, upTo: null, last: await greatestDevice(db, tenant) };
}

const SITES_PER_READ = 500;

function slicesOf<T>(values: readonly T[], size: number): readonly (readonly T[])[] {
  const slices: (readonly T[])[] = [];
  for (let at = 0; at < values.length; at += size) slices.push(values.slice(at, at + size));
  return slices;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
