import type { PhaseCounts } from '@updraft/core';
import { findRollout, lastMoveOf, phasesOf, type PhaseRow, type RolloutRow, type Schema } from '@updraft/store';
import type { Kysely } from 'kysely';
import type { Scope } from '../access/scope.ts';
import { leftOutOf } from './left-out.ts';
import { gatesOfMembers, lookAtMembers, othersFirst } from './member-gates.ts';
import { holdsOf, type RolloutWhyView } from './rollout-holds.ts';
import { lookOf } from './rollout-look.ts';
import { reasonFact, type Standing } from './rollout-reasons.ts';

/**
 * What holds a rollout: itself first, then the gates of its devices by how many each holds. Devices of phases that have
 * not started are counted, not looked at; of the others some hundred are. Undefined: there is no such rollout.
 */
export async function explainRollout(
  reader: Kysely<Schema>,
  scope: Scope,
  { id, now }: { readonly id: string; readonly now: number },
): Promise<RolloutWhyView | undefined> {
  const rollout = await findRollout(reader, scope.tenant, id);
  if (rollout === undefined) return undefined;
  const phases = await phasesOf(reader, [rollout.id]);
  const { counts, firstWindowAt } = await lookOf({ db: reader, now }, rollout, phases);
  const isWaiting = waitingPhases(phases);
  const scheduled = openIn(phases.filter(isWaiting), counts);
  const open = openIn(phases, counts);
  const lookedIn = phases.filter((phase) => !isWaiting(phase)).map(({ number }) => number);
  const looked = await lookAtMembers(reader, { rollout: rollout.id, phases: lookedIn, now });
  const standing = { phases, counts, firstWindowAt, lastMove: await lastMoveOf(reader, rollout.id), now };
  const holds = [...holdsOf(rollout, standing), ...othersFirst(looked)];
  const gates = gatesOfMembers(looked, { scheduled, isRunning: rollout.state === 'running' });
  return {
    rollout: rollout.uid,
    state: rollout.state,
    summary: endSummary(rollout, standing) ?? summaryOf(rollout, { holds, gates, open }),
    nextChange: soonest([...holds, ...gates]),
    holds,
    excluded: await leftOutOf(reader, rollout),
    open,
    scheduled,
    looked: looked.length,
    isSampled: looked.length < open - scheduled,
    gates,
  };
}

/** RFC 3339 in UTC is ordered as text. */
function soonest(changes: readonly { readonly nextChange: string | null }[]): string | null {
  return changes.flatMap(({ nextChange }) => nextChange ?? []).toSorted()[0] ?? null;
}

/** Phases whose devices wait for nothing but their phase; where none has started yet, their gates tell more. */
function waitingPhases(phases: readonly PhaseRow[]): (phase: PhaseRow) => boolean {
  const hasStarted = phases.some(({ state }) => state === 'started' || state === 'done');
  return ({ state }) => hasStarted && state === 'waiting';
}

function openIn(phases: readonly PhaseRow[], counts: ReadonlyMap<number, PhaseCounts>): number {
  return phases.reduce((sum, { number }) => sum + (counts.get(number)?.open ?? 0), 0);
}

/** Of what is over: how it ended; null while it is not. */
function endSummary(rollout: RolloutRow, standing: Standing): string | null {
  const { name, state } = rollout;
  if (state !== 'stopped' && state !== 'finished') return null;
  const why = reasonFact(rollout, standing);
  const total = standing.phases.reduce((sum, phase) => sum + phase.total, 0);
  const succeeded = [...standing.counts.values()].reduce((sum, own) => sum + own.succeeded, 0);
  const ended = `${name} is ${state}${why === '' ? '' : `: ${why}`}; ${succeeded} of its ${total} devices succeeded`;
  return `${ended}${rollout.returns === null ? '' : RETURNS[rollout.returns]}.`;
}

const RETURNS = {
  wanted: ', and are about to be brought back',
  made: ', and are brought back where it is known to what',
  impossible: ', and could not be brought back',
} as const;

function summaryOf(
  { name, state }: RolloutRow,
  { holds, gates, open }: Pick<RolloutWhyView, 'holds' | 'gates' | 'open'>,
): string {
  const [hold] = holds;
  if (state !== 'running' && hold !== undefined) return `${name} is ${state}: ${hold.fact}.`;
  const gate = gates.reduce<(typeof gates)[number] | null>(
    (most, one) => (one.first > (most?.first ?? 0) ? one : most),
    null,
  );
  // What a phase waits for tells more than that it waits.
  if (gate !== null && (gate.gate !== 'phase-started' || hold === undefined))
    return `${name} runs; ${heldText(gate.first, open)} held first at "${gate.gate}": ${gate.fact}.`;
  if (hold !== undefined) return `${name} runs; ${hold.fact}.`;
  if (open === 0) return `${name} runs; none of its devices is open.`;
  return `${name} runs; nothing holds its ${open === 1 ? 'one open device' : `${open} open devices`} back.`;
}

function heldText(held: number, open: number): string {
  if (open === 1) return 'its one open device is';
  return `${held} of its ${open} open devices ${held === 1 ? 'is' : 'are'}`;
}
