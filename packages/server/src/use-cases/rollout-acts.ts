import type { RolloutInput } from '@updraft/core';
import {
  changeRollout,
  findRollout,
  revisionMakers,
  takeRollout,
  type CommandContext,
  type RolloutRow,
} from '@updraft/store';
import { mayDo } from '../access/rights.ts';
import { authorOf, type Scope } from '../access/scope.ts';
import { stepByHand } from './act-revision.ts';
import { refused } from './outcome.ts';
import { stepRollout } from './rollout-moves.ts';
import { rolloutViewOf } from './rollout-view.ts';

export type RolloutVerb = 'approve' | 'deny' | 'start' | 'pause' | 'resume' | 'stop' | 'start-phase' | 'skip-phase';

export type RolloutAct = {
  readonly scope: Scope;
  /** Uid. */
  readonly id: string;
  readonly expectedRevision: number | null;
  readonly act: RolloutVerb;
  /** The number of the phase, for what is done to one. */
  readonly phase?: number;
  /** What whoever approves or denies says about it. */
  readonly note?: string | undefined;
};

/** What a person does to a rollout: one row, which the gates read, and perhaps one of a phase. */
export async function actOnRollout(context: CommandContext, input: RolloutAct) {
  const rollout = await takeForChange(context, input);
  if ('code' in rollout) return rollout;
  const act = { rollout, input: await meaningOf(context, rollout, input) };
  // Who approves becomes no author by it: the row says who it was.
  const step = await (input.act === 'approve' ? stepRollout : stepByHand)(context, input.scope, act);
  if (step.outcome === 'refused') {
    if (step.code === 'phase-unknown') return refused('not-found');
    return { ...refused(step.code), state: rollout.state };
  }
  if (input.note !== undefined && step.outcome === 'changed')
    await changeRollout(context, step.rollout, { approval_note: input.note });
  return { outcome: 'changed' as const, rollout: await rolloutViewOf(context, rollout.id) };
}

/** Reads a rollout by its uid and holds it, where it is as its changer has seen it. */
export async function takeForChange(
  context: CommandContext,
  { scope, id, expectedRevision }: Pick<RolloutAct, 'scope' | 'id' | 'expectedRevision'>,
) {
  const found = await findRollout(context.db, scope.tenant, id);
  const rollout = found === undefined ? undefined : await takeRollout(context, found.id);
  if (rollout === undefined) return refused('not-found');
  if (expectedRevision !== null && rollout.revision !== expectedRevision) return refused('precondition-failed');
  return rollout;
}

async function meaningOf(context: CommandContext, rollout: RolloutRow, act: RolloutAct): Promise<RolloutInput> {
  const phase = act.phase ?? 0;
  if (act.act === 'start-phase' || act.act === 'skip-phase') return { type: act.act, phase };
  if (act.act !== 'approve') return { type: act.act };
  const { kind } = act.scope;
  // Nobody approves what he had made by a token of his, whether that is still there or not.
  const makers = [rollout.maker, ...(await revisionMakers(context.db, rollout.id))];
  return {
    type: 'approve',
    isAuthor: makers.includes(authorOf(act.scope).maker),
    isPerson: kind === 'user',
    hasRight: mayDo(act.scope, 'approve'),
  };
}
