import {
  CONTACT_DAYS,
  UNKNOWN_LINK,
  waitingPhase,
  type CohortProgress,
  type EndCount,
  type ForecastPhase,
  type RolloutPolicy,
  type Stage,
  type Standing,
} from '@updraft/core';
import {
  contactDaysOf,
  countRunning,
  countsOf,
  devicesAtSites,
  historyOf,
  phaseSpecOf,
  phasesOf,
  policyOf,
  pollSettingsOf,
  releaseBytes,
  sampleDraft,
  sampleMembers,
  type Choice,
  type PhaseRow,
  type RolloutRow,
  type SampledMember,
  type SampledRow,
  type Schema,
} from '@updraft/store';
import type { Kysely } from 'kysely';
import { pollSecondsOf } from '../device-contact/poll-intervals.ts';
import type { ForecastFacts, ToldDevice } from './forecast-question.ts';

const DAY_MS = 86_400_000;

/** A rollout that is not made yet, with how many devices it would have. */
export type DraftRollout = {
  readonly choice: Choice;
  readonly policy: RolloutPolicy;
  /** Devices of each phase. */
  readonly sizes: readonly number[];
  /** How its attempts end; null: as this fleet's did in the past. */
  readonly ends: readonly EndCount[] | null;
};

/** What a forecast of a draft is made from. */
export async function draftFacts(
  db: Kysely<Schema>,
  { choice, policy, sizes, ends }: DraftRollout,
  now: number,
): Promise<ForecastFacts> {
  const all = sum(sizes);
  const runs = await countRunning(db, choice);
  const running = sizes.map((size) => Math.round((size * runs) / Math.max(1, all)));
  const rows = await sampleDraft(db, choice, all - runs);
  const devices = await toldDevices(db, { tenant: choice.tenant, policy, now }, rows);
  return {
    now,
    from: startOf(policy, now),
    policy,
    standing: { state: 'ready', reason: null },
    phases: choice.phases.map((spec, at) => waitingPhase(spec, running[at] ?? 0)),
    open: sizes.map((size, at) => size - (running[at] ?? 0)),
    devices: devices.map((device) => ({ ...device, member: null })),
    ...(await pastOf(db, { tenant: choice.tenant, release: choice.release, ends })),
    seed: `draft/${choice.release}`,
  };
}

/** The same of a rollout that is made: what of it is open, and where that stands; `ends` as in a draft. */
export async function rolloutFacts(
  db: Kysely<Schema>,
  rollout: RolloutRow,
  { now, ends = null }: { readonly now: number; readonly ends?: DraftRollout['ends'] },
): Promise<ForecastFacts> {
  const policy = policyOf(rollout.policy);
  const rows = await phasesOf(db, [rollout.id]);
  const phases = await phasesWithCounts(db, rollout, rows);
  const open = rows.map(({ total }, at) => Math.max(0, total - endedOf(phases[at])));
  const members = await sampleMembers(db, rollout.id, open);
  const devices = await toldDevices(db, { tenant: rollout.tenant, policy, now }, members);
  return {
    now,
    from: rollout.started_at === null ? startOf(policy, now) : now,
    policy,
    standing: standingOf(rollout),
    phases,
    open,
    devices: members.map((member, at) => ({
      ...(devices[at] as ToldContact),
      member: { phase: member.phase - 1, progress: progressOf(member) },
    })),
    ...(await pastOf(db, { ...rollout, ends })),
    seed: rollout.uid,
  };
}

function standingOf({ state, reason }: RolloutRow): Standing {
  return { state: state === 'running' || state === 'paused' ? state : 'ready', reason };
}

function startOf({ start }: RolloutPolicy, now: number): number {
  return start.by === 'time' ? Math.max(now, start.at) : now;
}

type Past = { readonly tenant: number; readonly release: number; readonly ends: readonly EndCount[] | null };

async function pastOf(
  db: Kysely<Schema>,
  { tenant, release, ends }: Past,
): Promise<Pick<ForecastFacts, 'bytes' | 'history'>> {
  const past = await historyOf(db, tenant);
  const bytes = (await releaseBytes(db, [release])).get(release) ?? 0;
  if (ends === null) return { bytes, history: { ...past, certainty: 'measured' } };
  return { bytes, history: { stages: past.stages, ends, certainty: 'taken-as-is' } };
}

type ToldContact = Omit<ToldDevice, 'member'>;
type Asked = { readonly tenant: number; readonly policy: RolloutPolicy; readonly now: number };

/** What is known of each of these devices, in their order. */
async function toldDevices(
  db: Kysely<Schema>,
  { tenant, policy, now }: Asked,
  rows: readonly SampledRow[],
): Promise<readonly ToldContact[]> {
  const ids = rows.map(({ id }) => id);
  const days = await contactDaysOf(db, ids, Math.floor(now / DAY_MS) - CONTACT_DAYS);
  const atSites = policy.pace.perSite !== null;
  const sites = atSites ? await devicesAtSites(db, tenant, namesOf(rows)) : new Map<string, number>();
  const settings = await pollSettingsOf(db, tenant);
  const pollSeconds = await pollSecondsOf(db, settings, { devices: ids, now });
  return rows.map((row) => ({
    deviceType: row.type ?? 0,
    link: row.link ?? UNKNOWN_LINK,
    zone: row.zone === '' ? policy.windows.zone : row.zone,
    pollSeconds: pollSeconds.get(row.id) ?? settings.pollIntervalSeconds,
    penaltyUntil: row.penalty_until !== null && row.penalty_until > now ? row.penalty_until : null,
    contact: {
      ...(days.get(row.id) ?? { days: [], masks: [] }),
      lastContactAt: row.contact_at,
      knownSince: row.created_at,
    },
    site: atSites && row.site !== '' ? { name: row.site, devices: sites.get(row.site) ?? 1 } : null,
  }));
}

function namesOf(rows: readonly SampledRow[]): readonly string[] {
  return [...new Set(rows.map(({ site }) => site))].filter((site) => site !== '');
}

async function phasesWithCounts(
  db: Kysely<Schema>,
  rollout: RolloutRow,
  rows: readonly PhaseRow[],
): Promise<readonly ForecastPhase[]> {
  const counts = await countsOf(db, [rollout.id]);
  const count = (phase: number, ...states: readonly string[]) =>
    sum(counts.filter((one) => one.phase === phase && states.includes(one.state)).map(({ n }) => n));
  return rows.map((row) => ({
    spec: phaseSpecOf(row.spec),
    state: row.state,
    startedAt: row.started_at,
    reachedAt: row.reached_at,
    crossedAt: row.crossed_at,
    succeeded: count(row.number, 'succeeded'),
    failed: count(row.number, 'failed'),
    withdrawn: count(row.number, 'superseded', 'canceled'),
    erred: row.erred,
  }));
}

function endedOf(phase: ForecastPhase | undefined): number {
  return phase === undefined ? 0 : phase.succeeded + phase.failed + phase.withdrawn;
}

const STAGE_OF: Readonly<Record<string, Stage>> = {
  offered: 'begin',
  downloading: 'download',
  downloaded: 'prepare',
  installing: 'install',
  'awaiting-report': 'install',
  'awaiting-evidence': 'install',
  canceling: 'install',
};

function progressOf(member: SampledMember): CohortProgress {
  const erred = member.erred === 1;
  const stage = STAGE_OF[member.attempt_state ?? ''];
  const ordinal = member.ordinal ?? 1;
  if (stage !== undefined && member.state !== 'backing-off')
    return { ordinal, erred, at: { state: 'working', stage, since: member.state_at ?? 0 } };
  const isAgain = member.state === 'backing-off';
  return { ordinal: isAgain ? ordinal + 1 : 1, erred, at: { state: 'waiting', notBefore: member.not_before } };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
