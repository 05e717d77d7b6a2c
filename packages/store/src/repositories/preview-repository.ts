import { sql, type Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';
import { isCrowded } from './assignment-room.ts';
import { chosenDevices, filteredDevices, fitting, type Choice } from './chosen-devices.ts';
import type { RolloutRow } from './rollout-repository.ts';

/** Devices for which one thing holds, with the names of some. */
export type DeviceSample = { readonly reason: string; readonly count: number; readonly examples: readonly string[] };

/** How many devices a rollout would have. */
export type DraftCounts = {
  /** Devices that its filter names. */
  readonly matched: number;
  /** Of those, devices in service and of a type that the release is for. */
  readonly total: number;
  /** By the phase whose filter names them; 0: by none. */
  readonly named: ReadonlyMap<number, number>;
};

/** Devices of a rollout's filter that it would not have, and those that it would have but not serve at once. */
export type SetAside = {
  readonly excluded: readonly DeviceSample[];
  readonly held: readonly DeviceSample[];
};

const EXAMPLES = 5;
const ALL = { after: 0, upTo: null, last: Number.MAX_SAFE_INTEGER } as const;

/** Looks at every device of a tenant: for the long reader. */
export async function draftCounts(db: Kysely<Schema>, choice: Choice): Promise<DraftCounts> {
  const matched = await countOf(filteredDevices(db, choice, ALL));
  const rows = await db
    .selectFrom(chosenDevices(db, choice, ALL).as('c'))
    .select((eb) => ['c.named', eb.fn.countAll<number>().as('n')])
    .groupBy('c.named')
    .execute();
  const named = new Map(rows.map((row) => [Number(row.named), Number(row.n)]));
  return {
    matched,
    total: [...named.values()].reduce((sum, n) => sum + n, 0),
    named,
  };
}

/** Looks at every device of a tenant: for the long reader. */
export async function setAside(
  db: Kysely<Schema>,
  choice: Choice,
  { weight, now }: { readonly weight: number; readonly now: number },
): Promise<SetAside> {
  const fit = fitting(choice.release);
  return {
    excluded: await leftOut(db, choice),
    held: await samples(filteredDevices(db, choice, ALL).where(fit.service).where(fit.type), {
      'already-installed': sql`device.running_release_id = ${choice.release}`,
      'already-assigned': sql`${openAssignment(sql`o.release = ${choice.release}`)}`,
      ...waits(choice, { weight, now }),
    }),
  };
}

/** Members of a rollout that was just made that it does not serve at once, and why. */
export async function heldMembers(
  { db, now }: CommandContext,
  { id, tenant, release, weight }: Pick<RolloutRow, 'id' | 'tenant' | 'release' | 'weight'>,
): Promise<readonly DeviceSample[]> {
  const members = db
    .selectFrom('device')
    .select(['device.id', 'device.type'])
    .where('device.id', 'in', (eb) => eb.selectFrom('assignment').select('device').where('rollout', '=', id));
  return samples(members, waits({ tenant, release }, { weight, now }));
}

/** What a device that gets a release has to wait for, as far as it is its own. */
function waits(
  choice: Pick<Choice, 'tenant' | 'release'>,
  { weight, now }: { readonly weight: number; readonly now: number },
): Readonly<Record<string, Condition>> {
  return {
    'required-step': missingStep(choice),
    'identity-pending': sql`device.identity = 'pending'`,
    'penalty-box': sql`device.penalty_until > ${now}`,
    'lower-weight': sql`${openAssignment(sql`o.release <> ${choice.release} and o.weight > ${weight}`)}`,
    'never-in-contact': sql`device.contacted = 0`,
  };
}

/** Devices of a rollout's filter, or that its link names, that it does not have. Looks at every device of a tenant. */
export async function leftOut(db: Kysely<Schema>, choice: Choice): Promise<readonly DeviceSample[]> {
  return samples(filteredDevices(db, choice, ALL), {
    decommissioned: sql`device.identity = 'decommissioned'`,
    'identity-rejected': sql`device.identity = 'rejected'`,
    incompatible: sql`device.identity in ('accepted', 'pending') and not (${fitting(choice.release).type})`,
  });
}

/** Devices that a rollout was to have, but for the number of their assignments. Looks at every device of a tenant. */
export async function leftOutForRoom(
  db: Kysely<Schema>,
  choice: Choice,
  { id, most }: { readonly id: number; readonly most: number },
): Promise<readonly DeviceSample[]> {
  const fit = fitting(choice.release);
  const isNoMember = sql<boolean>`not exists (
    select 1 from assignment as m where m.rollout = ${id} and m.device = device.id)`;
  const wanted = filteredDevices(db, choice, ALL).where(fit.service).where(fit.type).where(isNoMember);
  return samples(wanted, { 'too-many-assignments': isCrowded(most) });
}

type Devices = ReturnType<typeof filteredDevices>;
type Condition = ReturnType<typeof sql>;

function openAssignment(condition: Condition) {
  return sql`exists (
    select 1 from assignment as j join rollout as o on o.id = j.rollout
    where j.device = device.id and j.ended_at is null and ${condition})`;
}

/** Core's `missingStep` in SQL: a published step between what a device runs and the release that it has not run. */
function missingStep({ tenant, release }: Pick<Choice, 'tenant' | 'release'>) {
  const way = sql`s.counter < (select l.counter from release as l where l.id = ${release}) and s.counter > coalesce(
    (select u.counter from release as u where u.id = device.running_release_id), -1)`;
  const fits = sql`(not exists (select 1 from release_device_type as x where x.release = s.id)
    or device.type in (select x.device_type from release_device_type as x where x.release = s.id))`;
  return sql`exists (select 1 from release as s
    where s.tenant = ${tenant} and s.required_step = 1 and s.state = 'published' and ${way} and ${fits})`;
}

async function countOf(devices: Devices): Promise<number> {
  const row = await devices
    .clearSelect()
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

/** Those reasons that hold for any device, in their order. */
async function samples(
  devices: Devices,
  reasons: Readonly<Record<string, Condition>>,
): Promise<readonly DeviceSample[]> {
  const sums = Object.entries(reasons).map(([reason, condition]) =>
    sql<number | null>`sum(case when ${condition} then 1 else 0 end)`.as(reason),
  );
  const row = (await devices.clearSelect().select(sums).executeTakeFirstOrThrow()) as Record<string, number | null>;
  const found: DeviceSample[] = [];
  for (const [reason, condition] of Object.entries(reasons)) {
    const count = Number(row[reason] ?? 0);
    if (count > 0) found.push({ reason, count, examples: await examplesOf(devices, condition) });
  }
  return found;
}

async function examplesOf(devices: Devices, condition: Condition): Promise<readonly string[]> {
  const rows = await devices
    .clearSelect()
    .select('device.name')
    .where(sql<boolean>`${condition}`)
    .orderBy('device.id')
    .limit(EXAMPLES)
    .execute();
  return rows.map(({ name }) => name);
}
