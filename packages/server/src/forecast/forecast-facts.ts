import {
  CONTACT_DAYS,
  cohortsOf,
  contactPatternOf,
  FRESH,
  mergedCohorts,
  phaseSizes,
  UNKNOWN_LINK,
  withOthersDays,
  type Cohort,
  type CohortProgress,
  type EndCount,
  type ForecastInput,
  type ForecastPhase,
  type PhaseSpec,
  type RolloutPolicy,
  type SampledDevice,
  type Stage,
} from '@updraft/core';
import {
  contactDaysOf,
  countDraft,
  countsOf,
  devicesAtSites,
  filterMoments,
  historyOf,
  phaseSpecOf,
  phasesOf,
  policyOf,
  pollIntervalOf,
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

const DAY_MS = 86_400_000;

/** A rollout that is not made yet. */
export type DraftRollout = {
  readonly tenant: number;
  readonly release: number;
  readonly filter: string;
  readonly policy: RolloutPolicy;
  readonly phases: readonly PhaseSpec[];
  /** null: as this fleet's attempts ended in the past. */
  readonly ends: readonly EndCount[] | null;
};

/** What a forecast of a draft is made from: read on a thread on which no device waits. */
export async function draftFacts(db: Kysely<Schema>, draft: DraftRollout, now: number): Promise<ForecastInput> {
  const { tenant, policy, phases } = draft;
  const moments = await filterMoments(db, tenant, now);
  const choice: Choice = { ...draft, moments, parent: null, relation: null, previous_release: null };
  const count = await countDraft(db, choice);
  const rows = await sampleDraft(db, choice, count.all);
  const sample = await devicesOf(db, { tenant, policy, now }, rows);
  const sizes = phaseSizes(phases, count);
  const running = sizes.map((size) => Math.round((size * count.runs) / Math.max(1, count.all)));
  const { start } = policy;
  return {
    from: start.by === 'time' ? Math.max(now, start.at) : now,
    policy,
    phases: phases.map((spec, at) => waitingPhase(spec, running[at] ?? 0)),
    cohorts: cohortsOf(
      sample.map((device) => ({ ...device, progress: FRESH })),
      sizes.map((size, at) => size - (running[at] ?? 0)),
    ),
    ...(await pastOf(db, draft)),
    seed: `draft/${draft.release}`,
  };
}

/** The same of a rollout that is made: what of it is open, and where that stands. */
export async function rolloutFacts(db: Kysely<Schema>, rollout: RolloutRow, now: number): Promise<ForecastInput> {
  const policy = policyOf(rollout.policy);
  const rows = await phasesOf(db, [rollout.id]);
  const phases = await phasesWithCounts(db, rollout, rows);
  const open = rows.map(({ total }, at) => total - endedOf(phases[at]));
  const all = open.reduce((sum, n) => sum + n, 0);
  const members = await sampleMembers(db, rollout.id, all);
  const devices = await devicesOf(db, { tenant: rollout.tenant, policy, now }, members);
  const cohorts = members.map((member, at) => {
    return { ...(devices[at] as SampledFacts), phase: member.phase - 1, devices: 1, progress: progressOf(member) };
  });
  return {
    from: now,
    policy,
    phases,
    cohorts: mergedCohorts(scaled(cohorts, open)),
    ...(await pastOf(db, { ...rollout, ends: null })),
    seed: rollout.uid,
  };
}

async function pastOf(
  db: Kysely<Schema>,
  { tenant, release, ends }: Pick<DraftRollout, 'tenant' | 'release' | 'ends'>,
): Promise<Pick<ForecastInput, 'bytes' | 'history'>> {
  const past = await historyOf(db, tenant);
  const bytes = (await releaseBytes(db, [release])).get(release) ?? 0;
  if (ends === null) return { bytes, history: { ...past, certainty: 'measured' } };
  return { bytes, history: { stages: past.stages, ends, certainty: 'taken-as-is' } };
}

type SampledFacts = Omit<SampledDevice, 'progress'>;
type Asked = { readonly tenant: number; readonly policy: RolloutPolicy; readonly now: number };

/** What a forecast knows of each of these devices, in their order. */
async function devicesOf(
  db: Kysely<Schema>,
  { tenant, policy, now }: Asked,
  rows: readonly SampledRow[],
): Promise<readonly SampledFacts[]> {
  const ids = rows.map(({ id }) => id);
  const days = await contactDaysOf(db, ids, Math.floor(now / DAY_MS) - CONTACT_DAYS);
  const atSites = policy.pace.perSite !== null;
  const sites = atSites ? await devicesAtSites(db, tenant, namesOf(rows)) : new Map<string, number>();
  const pollSeconds = await pollIntervalOf(db, tenant);
  const contacts = rows.map((row) =>
    contactPatternOf({ days: days.get(row.id) ?? [], lastContactAt: row.contact_at, knownSince: row.created_at }, now),
  );
  const patterns = withOthersDays(contacts);
  return rows.map((row, at) => ({
    deviceType: row.type ?? 0,
    link: row.link ?? UNKNOWN_LINK,
    zone: row.zone === '' ? policy.windows.zone : row.zone,
    pollSeconds,
    contact: patterns[at] as (typeof patterns)[number],
    site: atSites && row.site !== '' ? { name: row.site, devices: sites.get(row.site) ?? 1 } : null,
  }));
}

function namesOf(rows: readonly SampledRow[]): readonly string[] {
  return [...new Set(rows.map(({ site }) => site))].filter((site) => site !== '');
}

function waitingPhase(spec: PhaseSpec, running: number): ForecastPhase {
  const none = { startedAt: null, reachedAt: null, failed: 0, withdrawn: 0, erred: 0 };
  return { spec, state: 'waiting', ...none, succeeded: running };
}

async function phasesWithCounts(
  db: Kysely<Schema>,
  rollout: RolloutRow,
  rows: readonly PhaseRow[],
): Promise<readonly ForecastPhase[]> {
  const counts = await countsOf(db, [rollout.id]);
  const count = (phase: number, ...states: readonly string[]) =>
    counts.filter((one) => one.phase === phase && states.includes(one.state)).reduce((sum, { n }) => sum + n, 0);
  return rows.map((row) => ({
    spec: phaseSpecOf(row.spec),
    state: row.state,
    startedAt: row.started_at,
    reachedAt: row.reached_at,
    succeeded: count(row.number, 'succeeded'),
    failed: count(row.number, 'failed'),
    withdrawn: count(row.number, 'superseded', 'canceled'),
    erred: row.erred,
  }));
}

function endedOf(phase: ForecastPhase | undefined): number {
  return phase === undefined ? 0 : phase.succeeded + phase.failed + phase.withdrawn;
}

/** Lets the sampled members of each phase stand for all that are open in it. */
function scaled(cohorts: readonly Cohort[], open: readonly number[]): readonly Cohort[] {
  return open.flatMap((devices, phase) => {
    const sampled = cohorts.filter((cohort) => cohort.phase === phase);
    return sampled.map((cohort, at) => {
      const upTo = (count: number) => Math.floor((devices * count) / sampled.length);
      return { ...cohort, devices: upTo(at + 1) - upTo(at) };
    });
  });
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
