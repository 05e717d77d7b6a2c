import { displayedState, type RolloutProblem, type WaitingPhase, shownCounted } from '@updraft/core';
import type { JudgedRollout, Rollout, RolloutRevision } from '@updraft/protocols';
import {
  countsOf,
  linksOf,
  phasesOf,
  phaseSpecOf,
  policyOf,
  releasesOf,
  rolloutUids,
  takeRollout,
  type CommandContext,
  type Count,
  type Link,
  type PhaseRow,
  type RevisionRow,
  type RolloutRow,
  type Schema,
} from '@updraft/store';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import { policyView } from './policy-view.ts';
import { timestamp } from './timestamp.ts';

export type RolloutView = z.output<typeof Rollout>;
type Counts = RolloutView['counts'];

/** Rows as the API shows them, in the order given, with how many devices stand where. */
export async function rolloutViews(db: Kysely<Schema>, rows: readonly RolloutRow[]): Promise<RolloutView[]> {
  const ids = rows.map(({ id }) => id);
  const [phases, counts, releases] = [
    Map.groupBy(await phasesOf(db, ids), ({ rollout }) => rollout),
    Map.groupBy(await countsOf(db, ids), ({ rollout }) => rollout),
    await releasesOf(db, [...new Set(rows.map(({ release }) => release))]),
  ];
  const parents = await rolloutUids(
    db,
    rows.flatMap(({ parent }) => parent ?? []),
  );
  const links = Map.groupBy(await linksOf(db, ids), ({ parent }) => parent);
  return rows.map((row) => {
    const release = releases.get(row.release);
    if (release === undefined) throw new Error(`rollout ${row.id} has lost its release`);
    const parent = row.parent === null ? null : (parents.get(row.parent) ?? null);
    const shown = shownPhases(row, phases.get(row.id) ?? [], counts.get(row.id) ?? []);
    return { ...rolloutView(row, release, shown), parent, links: (links.get(row.id) ?? []).flatMap(linkView) };
  });
}

/** A rollout as it stands inside the command that changed it. */
export async function rolloutViewOf(context: CommandContext, id: number): Promise<RolloutView> {
  const row = await takeRollout(context, id);
  const [view] = row === undefined ? [] : await rolloutViews(context.db, [row]);
  if (view === undefined) throw new Error(`rollout ${id} is not there in its own transaction`);
  return view;
}

/** As {@link rolloutViewOf}, with what may surprise whoever made or changed it. */
export async function judgedView(
  context: CommandContext,
  id: number,
  problems: readonly RolloutProblem[],
): Promise<z.output<typeof JudgedRollout>> {
  return { ...(await rolloutViewOf(context, id)), warnings: problems.map(problemView) };
}

export function problemView({ code, path, severity, message }: RolloutProblem) {
  return { code, path, severity, detail: message };
}

function rolloutView(
  row: RolloutRow,
  release: RolloutView['release'],
  phases: RolloutView['phases'],
): Omit<RolloutView, 'parent' | 'links'> {
  return {
    id: row.uid,
    number: row.id,
    kind: row.kind,
    relation: row.relation,
    returns: row.returns,
    name: row.name,
    description: row.description,
    release,
    filter: row.filter,
    state: row.state,
    weight: row.weight,
    reason: row.reason,
    policy: policyView(policyOf(row.policy)),
    creation: creationOf(row),
    total: phases.reduce((sum, { total }) => sum + total, 0),
    counts: summed(phases.map(({ counts }) => counts)),
    phases,
    createdAt: timestamp(row.created_at),
    createdBy: row.created_by,
    approvedAt: row.reason === 'denied' ? null : timestamp(row.approved_at),
    approvedBy: row.reason === 'denied' ? null : row.approved_by,
    startedAt: timestamp(row.started_at),
    nextAt: isTimed(row) ? timestamp(row.next_at) : null,
    endedAt: timestamp(row.ended_at),
    revision: row.revision,
  };
}

/** Nothing of one that was deleted. */
function linkView({ uid, name, relation, state, deleted }: Link): RolloutView['links'] {
  return relation === null || deleted !== null ? [] : [{ id: uid, name, relation, state }];
}

/** While slices are made, `next_at` is only the job's own. */
function isTimed({ state }: RolloutRow): boolean {
  return state === 'ready' || state === 'running';
}

function creationOf(row: RolloutRow): RolloutView['creation'] {
  if (row.state !== 'creating') return null;
  return { planned: row.planned, total: row.is_counted === 1 ? row.counted : null };
}

function shownPhases(
  { policy }: RolloutRow,
  phases: readonly PhaseRow[],
  counts: readonly Count[],
): RolloutView['phases'] {
  const asksConsent = policyOf(policy).consent.required;
  return phases.map((phase) => ({
    number: phase.number,
    ...phaseSpecOf(phase.spec),
    state: phase.state,
    planned: phase.planned,
    total: phase.total,
    erred: phase.erred,
    counts: shownCounts(
      { state: phase.state, asksConsent },
      counts.filter((count) => count.phase === phase.number),
    ),
    startedAt: timestamp(phase.started_at),
    reachedAt: timestamp(phase.reached_at),
    crossedAt: timestamp(phase.crossed_at),
  }));
}

/** What is counted as one may show as another: what waits shows by its phase, both waits after an install as one. */
function shownCounts(phase: WaitingPhase, counts: readonly Count[]): Counts {
  return summed(counts.map(({ state, n }) => ({ [displayedState(shownCounted(state, phase))]: n })));
}

function summed(counts: readonly Counts[]): Counts {
  const sums: Record<string, number> = {};
  for (const [state, n] of counts.flatMap((each) => Object.entries(each))) sums[state] = (sums[state] ?? 0) + n;
  return sums;
}

/** A revision as the API shows it. */
export function revisionView(row: RevisionRow): z.output<typeof RolloutRevision> {
  return {
    revision: row.revision,
    at: timestamp(row.at),
    actor: row.actor,
    change: JSON.parse(row.change) as z.output<typeof RolloutRevision>['change'],
  };
}
