import { decideRollout, nextLook, type RolloutAggregate, type RolloutDecision, type RolloutInput } from '@updraft/core';
import {
  bumpRolloutsRevision,
  changePhase,
  changeRollout,
  phaseSpecOf,
  phasesOf,
  policyOf,
  wantForecast,
  type CommandContext,
  type PhaseRow,
  type RolloutChange,
  type RolloutRow,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { letJoin, wantLook } from './let-join.ts';
import { recordEffects } from './rollout-events.ts';

export type RolloutStep = { readonly rollout: RolloutRow; readonly input: RolloutInput };

export type RolloutOutcome =
  | { readonly outcome: 'changed'; readonly rollout: RolloutRow }
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'refused'; readonly code: (RolloutDecision & { outcome: 'refused' })['code'] };

/**
 * The one place where something happens to a rollout: loads its phases, lets core decide, and stores the state and what
 * it entails in the same transaction. The caller holds the rollout's row.
 */
export async function stepRollout(context: CommandContext, scope: Scope, step: RolloutStep): Promise<RolloutOutcome> {
  const { rollout, input } = step;
  const phases = await phasesOf(context.db, [rollout.id]);
  const before = aggregateOf(rollout, phases);
  const decision = decideRollout(before, input, context.now);
  if (decision.outcome !== 'changed') return decision;
  const after = await store(context, { rollout, phases, before, decision, input, actor: scope.actor });
  if (startsNow(before, decision.state) && decision.state.policy.dynamic) await letJoin(context, after);
  // Whom it came to match while it was paused, no event tells any more.
  else if (input.type === 'resume' && after.join_at !== null) await wantLook(context, after);
  if (startsNow(before, decision.state) && after.kind !== 'direct' && after.kind !== 'auto')
    await wantForecast(context, after);
  await recordEffects(context, scope, { rollout: after, effects: decision.effects });
  return { outcome: 'changed', rollout: after };
}

/** What core decides on, of the rows of a rollout and its phases. */
export function aggregateOf(rollout: RolloutRow, phases: readonly PhaseRow[]): RolloutAggregate {
  return {
    state: rollout.state,
    reason: rollout.reason,
    startedAt: rollout.started_at,
    endedAt: rollout.ended_at,
    policy: policyOf(rollout.policy),
    phases: phases.map((phase) => ({
      number: phase.number,
      state: phase.state,
      spec: phaseSpecOf(phase.spec),
      total: phase.total,
      erred: phase.erred,
      startedAt: phase.started_at,
      reachedAt: phase.reached_at,
      crossedAt: phase.crossed_at,
    })),
  };
}

type Stored = {
  readonly rollout: RolloutRow;
  readonly phases: readonly PhaseRow[];
  readonly before: RolloutAggregate;
  readonly decision: RolloutDecision & { readonly outcome: 'changed' };
  readonly input: RolloutInput;
  readonly actor: string;
};

function startsNow(before: RolloutAggregate, after: RolloutAggregate): boolean {
  return before.startedAt === null && after.startedAt !== null;
}

async function store(context: CommandContext, stored: Stored): Promise<RolloutRow> {
  const { rollout, phases, decision } = stored;
  const isStarted = await storePhases(context, stored);
  const { state } = decision;
  const change: RolloutChange = {
    state: state.state,
    reason: state.reason,
    started_at: state.startedAt,
    ...approvalOf(context, stored),
    ...(decision.effects.some(({ type }) => type === 'return-wanted') ? { returns: 'wanted' as const } : {}),
    ...dueOf(context, stored),
  };
  const after = await changeRollout(context, rollout, change);
  if (isStarted && after.state === rollout.state) await bumpRolloutsRevision(context, rollout.tenant);
  const closing = decision.effects.flatMap((effect) => (effect.type === 'close-phase' ? [effect.phase] : []));
  for (const phase of phases.filter(({ number }) => closing.includes(number)))
    await changePhase(context, phase, { cursor: 0 });
  if (state.state === 'stopping') await leaveSkipped(context, phases);
  return after;
}

/** What is stopped is gone through as a whole: skipped phases need no closing of their own any more. */
async function leaveSkipped(context: CommandContext, phases: readonly PhaseRow[]): Promise<void> {
  for (const phase of phases.filter(({ cursor }) => cursor !== null))
    await changePhase(context, phase, { cursor: null });
}

function approvalOf({ now }: CommandContext, { decision: { state }, input, actor }: Stored): RolloutChange {
  if (input.type === 'approve' || input.type === 'deny') return { approved_at: now, approved_by: actor };
  return state.state === 'awaiting-approval' ? { approved_at: null, approved_by: null } : {};
}

/** Tells whether a phase has changed its state, which the gates read. */
async function storePhases(context: CommandContext, { rollout, phases, before, decision }: Stored): Promise<boolean> {
  const { silenceSeconds } = policyOf(rollout.policy).timeLimits;
  let isMoved = false;
  for (const [index, after] of decision.state.phases.entries()) {
    const row = phases[index];
    const was = before.phases[index];
    if (row === undefined || was === undefined || was === after) continue;
    const hasStarted = after.state === 'started' && was.state !== 'started';
    await changePhase(context, row, {
      state: after.state,
      started_at: after.startedAt,
      reached_at: after.reachedAt,
      crossed_at: after.crossedAt,
      ...(hasStarted ? { next_at: context.now + silenceSeconds * 1000 } : {}),
      ...(after.state === 'done' ? { next_at: null } : {}),
    });
    isMoved ||= after.state !== was.state;
  }
  return isMoved;
}

/**
 * When the job has to do with a rollout next. Behind what somebody does comes a look at once; behind a look what the
 * clock says, unless slices are under way. What is to be stopped is gone through from the first device on.
 */
function dueOf({ now }: CommandContext, { rollout, before, decision: { state }, input }: Stored): RolloutChange {
  if (state.state === 'finished' || state.state === 'stopped')
    return { ended_at: now, next_at: null, join_at: null, join_cursor: null, pace_cursor: null };
  if (state.state === 'stopping' && before.state !== 'stopping') return { cursor: 0, pace_cursor: null, next_at: now };
  if (input.type !== 'look') return { next_at: now, ...(input.type === 'materialised' ? { cursor: null } : {}) };
  return isAtWork(rollout) ? {} : { next_at: nextLook(state, input.firstWindowAt) };
}

/** While slices are under way, `next_at` is theirs. */
export function isAtWork({
  state,
  cursor,
  pace_cursor,
}: Pick<RolloutRow, 'state' | 'cursor' | 'pace_cursor'>): boolean {
  return state === 'creating' || cursor !== null || pace_cursor !== null;
}
