import {
  assignmentLifecycle,
  decideRollout,
  firstWindowOpening,
  isClosed,
  nextLook,
  type AssignmentState,
  type PhaseCounts,
  type RolloutInput,
} from '@updraft/core';
import {
  countsOf,
  phasesOf,
  policyOf,
  setRolloutDue,
  takeRollout,
  type CommandContext,
  type Count,
  type PhaseRow,
  type RolloutRow,
  type Schema,
} from '@updraft/store';
import type { Kysely } from 'kysely';
import type { Scope } from '../access/scope.ts';
import { aggregateOf, isAtWork, stepRollout } from './rollout-moves.ts';

/**
 * Looks what counts and clock mean for a rollout, and says when to look again. Its row is taken only where something is
 * to be done: a fold that changes nothing makes no poll wait. The caller may hold it. While the members of a skipped phase
 * are closed, the look is put off to the end of that.
 */
export async function lookAtRollout(context: CommandContext, scope: Scope, seen: RolloutRow): Promise<void> {
  const phases = await phasesOf(context.db, [seen.id]);
  if (phases.some(({ cursor }) => cursor !== null)) return;
  const { isStill, due } = await judge(context, seen, phases);
  if (isStill && (seen.next_at === due || isAtWork(seen))) return;
  const rollout = await takeRollout(context, seen.id);
  if (rollout === undefined) return;
  const step = await stepRollout(context, scope, { rollout, input: await lookOf(context, rollout, phases) });
  if (step.outcome === 'changed' || isAtWork(rollout)) return;
  // What was seen may be older than the row that is held now.
  const held = await judge(context, rollout, await phasesOf(context.db, [rollout.id]));
  await setRolloutDue(context, rollout.id, held.due);
}

async function judge(context: CommandContext, rollout: RolloutRow, phases: readonly PhaseRow[]) {
  const input = await lookOf(context, rollout, phases);
  const aggregate = aggregateOf(rollout, phases);
  const isStill = decideRollout(aggregate, input, context.now).outcome === 'unchanged';
  return { isStill, due: nextLook(aggregate, input.firstWindowAt) };
}

/** The counts and times that a look reads. */
export async function lookOf(
  { db, now }: Pick<CommandContext, 'now'> & { readonly db: Kysely<Schema> },
  rollout: RolloutRow,
  phases: readonly PhaseRow[],
): Promise<RolloutInput & { type: 'look' }> {
  return {
    type: 'look',
    counts: phaseCounts(await countsOf(db, [rollout.id])),
    firstWindowAt: firstWindow(rollout, now),
    isSweepDue: phases.some(({ state, next_at: sweepAt }) => state === 'started' && (sweepAt ?? Infinity) <= now),
  };
}

/** When the first window of any of its devices opens, where its start waits for that. */
function firstWindow(rollout: RolloutRow, now: number): number | null {
  if (rollout.state !== 'ready') return null;
  const { start, windows } = policyOf(rollout.policy);
  if (start.by !== 'first-window') return null;
  const zones = JSON.parse(rollout.zones ?? '[]') as readonly string[];
  const used = [...new Set(zones.map((zone) => (zone === '' ? windows.zone : zone)))];
  return firstWindowOpening(windows, used.length === 0 ? [windows.zone] : used, now);
}

function phaseCounts(counts: readonly Count[]): ReadonlyMap<number, PhaseCounts> {
  const byPhase = Map.groupBy(counts, ({ phase }) => phase);
  return new Map([...byPhase].map(([phase, own]) => [phase, summed(own)]));
}

function summed(counts: readonly Count[]): PhaseCounts {
  const of = (state: string) => counts.find((count) => count.state === state)?.n ?? 0;
  const open = counts.filter(({ state }) => !isClosed(assignmentLifecycle, state as AssignmentState));
  return {
    open: open.reduce((sum, { n }) => sum + n, 0),
    succeeded: of('succeeded'),
    superseded: of('superseded'),
    canceled: of('canceled'),
  };
}
