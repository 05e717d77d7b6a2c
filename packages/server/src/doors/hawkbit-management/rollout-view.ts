import { assignmentLifecycle, isClosed, type AssignmentState, type PhaseSpec, type RolloutState } from '@updraft/core';
import {
  type GroupStatus,
  type Rollout,
  type RolloutGroup,
  type RolloutStatus,
  type StatusCounts,
  urgencyOnWire,
} from '@updraft/protocols/hawkbit-management';
import {
  countsOf,
  phasesOf,
  phaseSpecOf,
  policyOf,
  releasesOf,
  type Count,
  type PhaseRow,
  type RolloutRow,
} from '@updraft/store';
import type { Reader } from './handler.ts';
import { phaseHeldForHand } from '../../use-cases/next-phase.ts';
import { auditOf } from './audit.ts';
import type { LinkMaker } from './links.ts';

/** A rollout with what its view shows beside its row. */
export type RolloutFacts = {
  readonly row: RolloutRow;
  readonly phases: readonly PhaseRow[];
  readonly counts: readonly Count[];
  readonly release: { readonly name: string; readonly version: string };
};

/** Rows with their phases and counts, in the order given. */
export async function rolloutFacts(db: Reader, rows: readonly RolloutRow[]): Promise<readonly RolloutFacts[]> {
  const ids = rows.map(({ id }) => id);
  const phases = Map.groupBy(await phasesOf(db, ids), ({ rollout }) => rollout);
  const counts = Map.groupBy(await countsOf(db, ids), ({ rollout }) => rollout);
  const releases = await releasesOf(db, [...new Set(rows.map(({ release }) => release))]);
  return rows.map((row) => {
    const release = releases.get(row.release);
    if (release === undefined) throw new Error(`rollout ${row.id} has lost its release`);
    return { row, phases: phases.get(row.id) ?? [], counts: counts.get(row.id) ?? [], release };
  });
}

/** As hawkBit shows it: `isFull` with its counts and all links, whatever its state. */
export function rolloutView(facts: RolloutFacts, links: LinkMaker, isFull: boolean): Rollout {
  const { row, phases } = facts;
  const policy = policyOf(row.policy);
  const { forceType, forceTime } = urgencyOnWire(policy);
  return {
    ...auditOf(row),
    id: row.id,
    name: row.name,
    description: row.description === '' ? null : row.description,
    targetFilterQuery: row.filter_given === '' ? row.filter : row.filter_given,
    distributionSetId: row.release,
    status: rolloutStatus(facts),
    totalTargets: row.state === 'creating' ? row.counted : phases.reduce((sum, { total }) => sum + total, 0),
    deleted: row.deleted !== null,
    type: forceType,
    forcetime: forceTime,
    weight: row.weight,
    dynamic: policy.dynamic,
    confirmationRequired: policy.consent.required,
    ...(isFull ? detailsOf(facts) : {}),
    _links: isFull ? allLinks(facts, links) : { self: links`/rollouts/${row.id}` },
  };
}

function detailsOf({ row, phases, counts }: RolloutFacts) {
  const { start } = policyOf(row.policy);
  const startAt = start.by === 'time' ? start.at : start.by === 'ready' ? (row.started_at ?? row.created_at) : null;
  return {
    totalTargetsPerStatus: sumOf(phases.map((phase) => groupCounts(row, phase, counts))),
    totalGroups: phases.length,
    startAt,
    approveDecidedBy: row.approved_by,
    approvalRemark: row.approval_note === '' ? null : row.approval_note,
  };
}

function allLinks({ row, release }: RolloutFacts, links: LinkMaker): Rollout['_links'] {
  const { id } = row;
  return {
    self: links`/rollouts/${id}`,
    start: links`/rollouts/${id}/start`,
    pause: links`/rollouts/${id}/pause`,
    resume: links`/rollouts/${id}/resume`,
    triggerNextGroup: links`/rollouts/${id}/triggerNextGroup`,
    approve: links`/rollouts/${id}/approve`,
    deny: links`/rollouts/${id}/deny`,
    groups: links`/rollouts/${id}/deploygroups?offset=0&limit=50`,
    distributionset: { ...links`/distributionsets/${row.release}`, name: `${release.name}:${release.version}` },
  };
}

const STATUS: Readonly<Record<RolloutState, RolloutStatus>> = {
  creating: 'creating',
  'awaiting-approval': 'waiting_for_approval',
  ready: 'ready',
  running: 'running',
  paused: 'paused',
  stopping: 'stopping',
  stopped: 'stopped',
  finished: 'finished',
};

/** A group whose success is to be followed by a pause leaves its rollout running with us: that shows as paused. */
export function rolloutStatus({ row, phases }: Pick<RolloutFacts, 'row' | 'phases'>): RolloutStatus {
  if (row.deleted !== null) return row.ended_at === null ? 'deleting' : 'deleted';
  if (row.reason === 'denied') return 'approval_denied';
  if (row.state === 'running' && phaseHeldForHand(phases) !== null) return 'paused';
  return STATUS[row.state];
}

/** Groups have no number of their own with us: that of the rollout and theirs in it make one. */
const GROUPS_PER_ROLLOUT = 1000;

export function groupIdOf({ rollout, number }: Pick<PhaseRow, 'rollout' | 'number'>): number {
  return rollout * GROUPS_PER_ROLLOUT + number;
}

export function groupNameOf({ number }: Pick<PhaseRow, 'number'>, { name }: Pick<PhaseSpec, 'name'>): string {
  return name === '' ? `group-${number}` : name;
}

export function groupView({ row, phases, counts }: RolloutFacts, phase: PhaseRow, shown: GroupShown): RolloutGroup {
  const { links, isFull } = shown;
  const spec = phaseSpecOf(phase.spec);
  const policy = policyOf(row.policy);
  const perStatus = groupCounts(row, phase, counts);
  return {
    ...auditOf(row),
    id: groupIdOf(phase),
    name: groupNameOf(phase, spec),
    description: spec.written?.description ?? null,
    status: groupStatus(row, phase, perStatus),
    dynamic: policy.dynamic && phase.number === phases.at(-1)?.number,
    totalTargets: phase.total,
    ...shareOf(spec),
    confirmationRequired: spec.asksConsent ?? policy.consent.required,
    successCondition: { condition: 'THRESHOLD', expression: String(spec.successPercent) },
    successAction: { action: spec.next === 'hand' ? 'PAUSE' : 'NEXTGROUP', expression: '' },
    errorCondition: spec.error === null ? null : { condition: 'THRESHOLD', expression: String(spec.error.percent) },
    errorAction: spec.error === null ? null : { action: 'PAUSE', expression: '' },
    ...(isFull ? { totalTargetsPerStatus: perStatus } : {}),
    _links: { self: links`/rollouts/${row.id}/deploygroups/${groupIdOf(phase)}` },
  };
}

type GroupShown = { readonly links: LinkMaker; readonly isFull: boolean };

function shareOf({ size, written = null }: PhaseSpec): Pick<RolloutGroup, 'targetFilterQuery' | 'targetPercentage'> {
  if (written !== null) return { targetFilterQuery: written.filter, targetPercentage: written.percent };
  return {
    targetFilterQuery: size.by === 'filter' ? size.filter : '',
    targetPercentage: size.by === 'percent' ? size.percent : 100,
  };
}

function groupStatus(row: RolloutRow, phase: PhaseRow, { scheduled, running }: StatusCounts): GroupStatus {
  if (row.state === 'creating') return 'creating';
  if (row.ended_at !== null || phase.state === 'done' || phase.state === 'skipped') return 'finished';
  if (row.started_at === null) return 'ready';
  if (phase.state === 'waiting') return 'scheduled';
  if (phase.crossed_at !== null) return 'error';
  return phase.total > 0 && scheduled + running === 0 ? 'finished' : 'running';
}

/** Members of a group by hawkBit's words: before the start none has an action (design: 6-data 22). */
function groupCounts(row: RolloutRow, phase: PhaseRow, counts: readonly Count[]): StatusCounts {
  const open = row.started_at === null ? 'notstarted' : phase.state === 'waiting' ? 'scheduled' : 'running';
  const own = counts.filter((count) => count.phase === phase.number);
  return sumOf(own.map(({ state, n }) => ({ ...NONE, [statusOf(state as AssignmentState, open)]: n })));
}

const NONE: StatusCounts = { scheduled: 0, running: 0, error: 0, finished: 0, cancelled: 0, notstarted: 0 };

function statusOf(state: AssignmentState, open: keyof StatusCounts): keyof StatusCounts {
  if (state === 'succeeded') return 'finished';
  if (state === 'failed') return 'error';
  return isClosed(assignmentLifecycle, state) ? 'cancelled' : open;
}

function sumOf(counts: readonly StatusCounts[]): StatusCounts {
  const words = Object.keys(NONE) as (keyof StatusCounts)[];
  return Object.fromEntries(
    words.map((word) => [word, counts.reduce((sum, each) => sum + each[word], 0)]),
  ) as StatusCounts;
}
