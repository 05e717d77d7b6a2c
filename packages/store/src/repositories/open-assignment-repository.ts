import {
  attemptLifecycle,
  isClosed,
  type GateFacts,
  type OpenAssignment,
  type RequiredStep,
  type RolloutPolicy,
  type WindowMoment,
} from '@updraft/core';
import { sql, type Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import { compiledOnce } from '../database/compiled-once.ts';
import type { Schema } from '../schema.ts';
import { consentIn, policyOf } from './assignment-repository.ts';
import { requiredStepsOf } from './required-step-repository.ts';
import { windowOf } from './window-memory.ts';

/** A device with its open assignments: what core's `atContact` reads. */
export type DeviceAtContact = {
  readonly device: GateFacts['device'];
  readonly open: readonly OpenAssignment[];
};

/**
 * Columns of an open assignment, after `assignment as a`, `attempt as t`, `rollout as r`, `phase as p`, `release as l`,
 * and the counts of its pace, `pace as w` of the rollout and `pace as v` of the device's site.
 */
export const OPEN_COLUMNS = [
  'a.id as assignment_id',
  'a.number as assignment_number',
  'a.state as assignment_state',
  'a.phase as phase_number',
  'a.not_before',
  'a.attempts',
  'a.failed_attempts',
  'a.forced',
  't.id as attempt_id',
  't.number as attempt_number',
  't.state as attempt_state',
  't.consent',
  't.asks_again_at',
  't.offered_at',
  't.install_offered_at',
  't.begun_at',
  't.cancel_refused_at',
  't.refused_at',
  't.refusal',
  't.pace_held',
  't.revision as attempt_revision',
  'r.id as rollout_id',
  'r.revision as rollout_revision',
  'r.name as rollout_name',
  'r.state as rollout_state',
  'r.reason as rollout_reason',
  'r.weight',
  'r.pace_cursor',
  'p.state as phase_state',
  'p.asks_consent as phase_asks_consent',
  'l.id as release_id',
  'l.name as release_name',
  'l.version as release_version',
  'l.state as release_state',
  'l.counter as release_counter',
  'l.required_step',
  'w.in_flight',
  'w.tokens',
  'w.tokens_at',
  'v.in_flight as site_in_flight',
] as const;

/** Of a row with {@link OPEN_COLUMNS}; null where the row carries no assignment. */
export type OpenRow = {
  readonly [
    C in
      | 'assignment_id'
      | 'assignment_number'
      | 'phase_number'
      | 'not_before'
      | 'attempts'
      | 'failed_attempts'
      | 'forced'
      | 'attempt_id'
      | 'attempt_number'
      | 'asks_again_at'
      | 'offered_at'
      | 'install_offered_at'
      | 'begun_at'
      | 'cancel_refused_at'
      | 'refused_at'
      | 'pace_held'
      | 'attempt_revision'
      | 'rollout_id'
      | 'rollout_revision'
      | 'weight'
      | 'pace_cursor'
      | 'release_id'
      | 'release_counter'
      | 'required_step'
      | 'in_flight'
      | 'tokens'
      | 'tokens_at'
      | 'site_in_flight'
  ]: number | null;
} & {
  readonly assignment_state: OpenAssignment['state'] | null;
  readonly attempt_state: NonNullable<OpenAssignment['attempt']>['state'] | null;
  readonly consent: OpenAssignment['consent'];
  readonly refusal: string | null;
  readonly rollout_name: string | null;
  readonly rollout_state: OpenAssignment['rollout']['state'] | null;
  readonly rollout_reason: string | null;
  readonly phase_state: OpenAssignment['rollout']['phaseState'] | null;
  readonly phase_asks_consent: 0 | 1 | null;
  readonly release_name: string | null;
  readonly release_version: string | null;
  readonly release_state: OpenAssignment['release']['state'] | null;
};

/** What stands beside the row, and changes less often than a device asks. */
export type OpenParts = {
  /** Of the row's release. */
  readonly deviceTypes: readonly string[];
  readonly requiredSteps: readonly RequiredStep[];
  readonly policy: RolloutPolicy;
  readonly window: WindowMoment;
  /** The device's; '': unknown. */
  readonly site: string;
};

/** A row that carries an assignment. */
export function openAssignmentOf(row: OpenRow, parts: OpenParts): OpenAssignment {
  const whole = row as { readonly [K in keyof OpenRow]: NonNullable<OpenRow[K]> };
  return {
    id: whole.assignment_id,
    number: whole.assignment_number,
    state: whole.assignment_state,
    notBefore: row.not_before,
    attempts: whole.attempts,
    failedAttempts: whole.failed_attempts,
    consent: row.consent,
    asksAgainAt: row.asks_again_at,
    refusal: refusalOf(row, parts.policy),
    weight: whole.weight,
    requiredStep: whole.required_step === 1,
    requiredSteps: parts.requiredSteps,
    release: {
      id: whole.release_id,
      name: whole.release_name,
      version: whole.release_version,
      state: whole.release_state,
      counter: row.release_counter,
      deviceTypes: parts.deviceTypes,
    },
    rollout: {
      name: whole.rollout_name,
      state: whole.rollout_state,
      reason: row.rollout_reason,
      phase: whole.phase_number,
      phaseState: whole.phase_state,
      policy: policyOfMember(row, parts.policy),
    },
    window: parts.window,
    pace: paceFactsOf(row, parts.site),
    attempt: openAttemptOf(row),
  };
}

/** Its rollout's, with what its phase and itself have in place of that. */
function policyOfMember(row: OpenRow, whole: RolloutPolicy): RolloutPolicy {
  const policy =
    row.phase_asks_consent === null ? whole : { ...whole, consent: consentIn(whole, row.phase_asks_consent) };
  return row.forced === 1 ? forced(policy) : policy;
}

/** What waits for the device's user, or for a time, waits no more. */
function forced(policy: RolloutPolicy): RolloutPolicy {
  const { kind } = policy.action;
  return kind === 'soft' || kind === 'time-forced' ? { ...policy, action: { kind: 'forced' } } : policy;
}

/** The last that it said; an offer is made again when a consent that was declined would be asked for again. */
function refusalOf(row: OpenRow, { consent }: RolloutPolicy): OpenAssignment['refusal'] {
  const { refused_at: refusedAt, refusal: words, cancel_refused_at: keptAt } = row;
  if (keptAt !== null && keptAt >= (refusedAt ?? 0)) return { of: 'cancel', at: keptAt, words: null, until: null };
  if (refusedAt === null) return null;
  return { of: 'offer', at: refusedAt, words, until: refusedAt + consent.askAgainSeconds * 1000 };
}

function paceFactsOf(row: OpenRow, siteName: string): OpenAssignment['pace'] {
  const { in_flight: inFlight, tokens, tokens_at: tokensAt, site_in_flight: atSite } = row;
  return {
    held: row.pace_held === 1,
    isCounting: row.pace_cursor !== null,
    rollout: inFlight === null || tokens === null || tokensAt === null ? null : { inFlight, tokens, tokensAt },
    site: atSite === null ? null : { inFlight: atSite },
    siteName,
  };
}

function openAttemptOf(row: OpenRow): OpenAssignment['attempt'] {
  const { attempt_number: number, attempt_state: state } = row;
  if (number === null || state === null || isClosed(attemptLifecycle, state)) return null;
  return {
    number,
    state,
    offeredAt: row.offered_at,
    installOfferedAt: row.install_offered_at,
    begunAt: row.begun_at,
    cancelRefusedAt: row.cancel_refused_at,
  };
}

/** Columns of a device that its gates read, after `device as d`, `tenant as n`, `device_type as y`, `release as u` that it runs. */
export const GATED_DEVICE_COLUMNS = [
  'd.name as device_name',
  'd.identity',
  'd.running_release_id',
  'd.penalty_until',
  'd.auto_consent_at',
  'd.site',
  'd.zone',
  'y.name as type_name',
  'u.counter as running_counter',
  'n.poll_interval_seconds',
] as const;

export type GatedDeviceRow = {
  readonly device_name: string;
  readonly identity: GateFacts['device']['identity'];
  readonly running_release_id: number | null;
  readonly penalty_until: number | null;
  readonly auto_consent_at: number | null;
  readonly type_name: string | null;
  readonly running_counter: number | null;
  readonly poll_interval_seconds: number;
};

/** A device that is in contact `now`. The door that it uses knows what it can be told (`splitsOffers`). */
export function deviceInContact(row: GatedDeviceRow, now: number): GateFacts['device'] {
  return {
    name: row.device_name,
    identity: row.identity,
    type: row.type_name,
    runningReleaseId: row.running_release_id,
    runningCounter: row.running_counter,
    penaltyUntil: row.penalty_until,
    lastContactAt: now,
    pollIntervalSeconds: row.poll_interval_seconds,
    autoConsent: row.auto_consent_at !== null,
    splitsOffers: 'never',
  };
}

/**
 * A device as if it were in contact `now`; null where there is no such device. The caller of a command has taken the
 * device's row before.
 */
export async function readDeviceAtContact(
  db: Kysely<Schema>,
  id: number,
  now: number,
): Promise<DeviceAtContact | null> {
  const [device] = (await readGated(db, { id })).rows;
  if (device === undefined) return null;
  return { device: deviceInContact(device, now), open: (await readOpenAssignments(db, [id], now)).get(id) ?? [] };
}

/** An open assignment of a device, and what it is to bring. */
export type OpenWish = { readonly id: number; readonly release: number };

/** The open assignments of a device, the oldest first: the keys alone, for whoever asks whether there are others. */
export async function openWishesOf(db: Kysely<Schema>, device: number): Promise<readonly OpenWish[]> {
  return (await readWishes(db, { device })).rows;
}

const readWishes = compiledOnce((db, { device }: { readonly device: number }) =>
  db
    .selectFrom('assignment as a')
    .innerJoin('rollout as r', 'r.id', 'a.rollout')
    .select(['a.id', 'r.release'])
    .where('a.device', '=', device)
    .where('a.ended_at', 'is', null)
    .orderBy('a.id'),
);

const readGated = compiledOnce((db, { id }: { readonly id: number }) =>
  db
    .selectFrom('device as d')
    .innerJoin('tenant as n', 'n.id', 'd.tenant')
    .leftJoin('device_type as y', 'y.id', 'd.type')
    .leftJoin('release as u', 'u.id', 'd.running_release_id')
    .select(GATED_DEVICE_COLUMNS)
    .where('d.id', '=', id),
);

/** The open assignments of devices, by device, the oldest first. */
export async function readOpenAssignments(
  db: Kysely<Schema>,
  devices: readonly number[],
  now: number,
): Promise<ReadonlyMap<number, readonly OpenAssignment[]>> {
  const [first, ...others] = devices;
  if (first === undefined) return new Map();
  const rows =
    others.length === 0 ? (await openOfOne(db, { device: first })).rows : await openOfMany(db, devices).execute();
  const types = await deviceTypesOf(db, [...new Set(rows.map((row) => row.release_id))]);
  const steps = new Map<number, readonly RequiredStep[]>();
  for (const tenant of new Set(rows.map((row) => row.tenant))) steps.set(tenant, await requiredStepsOf(db, tenant));
  const open = rows.map((row) => {
    const policy = policyOf(row.policy);
    const parts: OpenParts = {
      deviceTypes: types.get(row.release_id) ?? [],
      requiredSteps: steps.get(row.tenant) ?? [],
      policy,
      window: windowOf(policy, row.zone === '' ? policy.windows.zone : row.zone, now),
      site: row.site,
    };
    return { device: row.device, assignment: openAssignmentOf(row, parts) };
  });
  const byDevice = Map.groupBy(open, ({ device }) => device);
  return new Map([...byDevice].map(([device, mine]) => [device, mine.map(({ assignment }) => assignment)]));
}

const openOfOne = compiledOnce((db, { device }: { readonly device: number }) =>
  openAssignmentsQuery(db).where('a.device', '=', device),
);

function openOfMany(db: Kysely<Schema>, devices: readonly number[]) {
  return openAssignmentsQuery(db).where('a.device', 'in', devices);
}

function openAssignmentsQuery(db: Kysely<Schema>) {
  return db
    .selectFrom('assignment as a')
    .innerJoin('device as d', 'd.id', 'a.device')
    .innerJoin('rollout as r', 'r.id', 'a.rollout')
    .innerJoin('phase as p', (on) => on.onRef('p.rollout', '=', 'a.rollout').onRef('p.number', '=', 'a.phase'))
    .innerJoin('release as l', 'l.id', 'r.release')
    .leftJoin('attempt as t', 't.id', 'a.attempt_id')
    .leftJoin('pace as w', (on) => on.onRef('w.rollout', '=', 'a.rollout').on('w.site', '=', sql.lit('')))
    .leftJoin('pace as v', (on) => on.onRef('v.rollout', '=', 'a.rollout').onRef('v.site', '=', 'd.site'))
    .select(OPEN_COLUMNS)
    .select(['a.device', 'a.tenant', 'r.policy', 'd.site', 'd.zone'])
    .where('a.ended_at', 'is', null)
    .orderBy('a.id');
}

/** Names of the device types that releases are for, by release; none: for any. Fixed once a release is published. */
export async function deviceTypesOf(
  db: Kysely<Schema>,
  releases: readonly number[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const [first, ...others] = releases;
  if (first === undefined) return new Map();
  const rows =
    others.length === 0 ? (await typesOfOne(db, { release: first })).rows : await typesOfMany(db, releases).execute();
  return new Map(releases.map((id) => [id, rows.filter(({ release }) => release === id).map(({ name }) => name)]));
}

const typesOfOne = compiledOnce((db, { release }: { readonly release: number }) =>
  typesQuery(db).where('x.release', '=', release),
);

function typesOfMany(db: Kysely<Schema>, releases: readonly number[]) {
  return typesQuery(db).where('x.release', 'in', releases);
}

function typesQuery(db: Kysely<Schema>) {
  return db
    .selectFrom('release_device_type as x')
    .innerJoin('device_type as y', 'y.id', 'x.device_type')
    .select(['x.release', 'y.name'])
    .orderBy('y.name_fold');
}

/**
 * Holds what the gates read of a device's rollouts until this command has committed, so that a pause does not come
 * between the gate and the offer. SQLite has one writer and needs no hold.
 */
export async function holdGates({ db, dialect }: CommandContext, device: number): Promise<void> {
  if (dialect === 'sqlite') return;
  await sql`
    select 1 from rollout join release on release.id = rollout.release
    where rollout.id in (select rollout from assignment where device = ${device} and ended_at is null)
    order by rollout.id for share`.execute(db);
}
