import { displayedState, shownCounted } from '@updraft/core';
import type { Rollout } from '@updraft/protocols';
import {
  countsOf,
  phasesOf,
  policyOf,
  releasesOf,
  type Count,
  type PhaseRow,
  type RolloutRow,
  type Schema,
} from '@updraft/store';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
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
  return rows.map((row) => {
    const release = releases.get(row.release);
    if (release === undefined) throw new Error(`rollout ${row.id} has lost its release`);
    return rolloutView(row, release, shownPhases(phases.get(row.id) ?? [], counts.get(row.id) ?? []));
  });
}

function rolloutView(row: RolloutRow, release: RolloutView['release'], phases: RolloutView['phases']): RolloutView {
  return {
    id: row.uid,
    number: row.id,
    kind: row.kind === 'direct' ? 'direct' : 'rollout',
    name: row.name,
    description: row.description,
    release,
    filter: row.filter,
    state: row.state,
    weight: row.weight,
    timeLimits: policyOf(row.policy).timeLimits,
    total: phases.reduce((sum, { total }) => sum + total, 0),
    counts: summed(phases.map(({ counts }) => counts)),
    phases,
    createdAt: timestamp(row.created_at),
    createdBy: row.created_by,
    startedAt: timestamp(row.started_at),
    endedAt: timestamp(row.ended_at),
    revision: row.revision,
  };
}

function shownPhases(phases: readonly PhaseRow[], counts: readonly Count[]): RolloutView['phases'] {
  return phases.map((phase) => ({
    number: phase.number,
    state: phase.state,
    total: phase.total,
    counts: shownCounts(
      phase,
      counts.filter((count) => count.phase === phase.number),
    ),
    startedAt: timestamp(phase.started_at),
  }));
}

/** What is counted as one may show as another: what waits shows by its phase, both waits after an install as one. */
function shownCounts(phase: PhaseRow, counts: readonly Count[]): Counts {
  return summed(counts.map(({ state, n }) => ({ [displayedState(shownCounted(state, phase.state))]: n })));
}

function summed(counts: readonly Counts[]): Counts {
  const sums: Record<string, number> = {};
  for (const [state, n] of counts.flatMap((each) => Object.entries(each))) sums[state] = (sums[state] ?? 0) + n;
  return sums;
}
