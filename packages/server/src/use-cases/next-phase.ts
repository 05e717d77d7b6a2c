import {
  findRolloutById,
  phaseSpecOf,
  phasesOf,
  takeRollout,
  type CommandContext,
  type PhaseRow,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { stepByHand } from './act-revision.ts';
import { refused } from './outcome.ts';

export const nextPhaseCommands = {
  'rollout.go-on': goOn,
  'rollout.start-next-phase': startNext,
};

/** The phase that waits for a person although the one before it has reached its success; null: none does. */
export function phaseHeldForHand(phases: readonly PhaseRow[]): PhaseRow | null {
  const begun = phases.filter(({ state }) => state === 'started' || state === 'done');
  for (const phase of begun) {
    const next = phases.find(({ number, state }) => number > phase.number && state !== 'skipped');
    const isReached = phase.reached_at !== null && phaseSpecOf(phase.spec).next === 'hand';
    if (isReached && next?.state === 'waiting') return next;
  }
  return null;
}

type Act = { readonly scope: Scope; /** The rollout's number. */ readonly id: number };

/**
 * Resumes a rollout, and starts the next phase where it was held for that: by an error threshold, or by a phase whose
 * successor is started by hand.
 */
async function goOn(context: CommandContext, { scope, id }: Act) {
  const rollout = await take(context, { scope, id });
  if (rollout === undefined) return refused('not-found');
  if (rollout.state === 'running') {
    const held = phaseHeldForHand(await phasesOf(context.db, [id]));
    return held === null ? refused('rollout-state') : startPhase(context, { scope, id }, held);
  }
  const step = await stepByHand(context, scope, { rollout, input: { type: 'resume' } });
  if (step.outcome === 'refused') return refused('rollout-state');
  if (rollout.reason !== 'error-threshold') return { outcome: 'changed' as const };
  const phases = await phasesOf(context.db, [id]);
  const next = phases.find(({ state }) => state === 'waiting');
  const last = phases.findLast(({ state }) => state === 'started');
  return next === undefined || (last?.crossed_at ?? null) === null
    ? { outcome: 'changed' as const }
    : startPhase(context, { scope, id }, next);
}

/** Starts the next phase at once, whatever the one before it has reached. */
async function startNext(context: CommandContext, { scope, id }: Act) {
  const rollout = await take(context, { scope, id });
  if (rollout === undefined) return refused('not-found');
  const next = (await phasesOf(context.db, [id])).find(({ state }) => state === 'waiting');
  return next === undefined ? refused('rollout-state') : startPhase(context, { scope, id }, next);
}

async function startPhase(context: CommandContext, act: Act, { number }: PhaseRow) {
  const rollout = await take(context, act);
  if (rollout === undefined) return refused('not-found');
  const step = await stepByHand(context, act.scope, { rollout, input: { type: 'start-phase', phase: number } });
  return step.outcome === 'refused' ? refused('rollout-state') : { outcome: 'changed' as const };
}

async function take(context: CommandContext, { scope, id }: Act) {
  const found = await findRolloutById(context.db, scope.tenant, id);
  return found === undefined || found.deleted !== null ? undefined : takeRollout(context, id);
}
