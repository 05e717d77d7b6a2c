import { insertRevision, phasesOf, type CommandContext, type PhaseRow, type RolloutRow } from '@updraft/store';
import { authorOf, type Scope } from '../access/scope.ts';
import { stepRollout, type RolloutOutcome, type RolloutStep } from './rollout-moves.ts';

type Moved = {
  readonly before: RolloutRow;
  readonly after: RolloutRow;
  /** As they were before. */
  readonly phases: readonly PhaseRow[];
};

/** What somebody does to a rollout, kept as {@link keepAct} says. The caller holds its row. */
export async function stepByHand(context: CommandContext, scope: Scope, step: RolloutStep): Promise<RolloutOutcome> {
  const phases = await phasesOf(context.db, [step.rollout.id]);
  const outcome = await stepRollout(context, scope, step);
  if (outcome.outcome === 'changed')
    await keepAct(context, scope, { before: step.rollout, after: outcome.rollout, phases });
  return outcome;
}

/**
 * Keeps an act as a revision with its author, as a change of the policy is kept: the state of the rollout and of its
 * phases, before and after.
 */
async function keepAct(context: CommandContext, scope: Scope, moved: Moved): Promise<void> {
  const { before, after } = moved;
  const hasMoved = before.state !== after.state;
  const change = {
    ...(hasMoved ? { state: { before: before.state, after: after.state } } : {}),
    ...(await movedPhases(context, moved)),
  };
  const made = { rollout: after.id, revision: after.revision, ...authorOf(scope), change };
  await insertRevision(context, { ...made, ...(hasMoved ? { moved_to: after.state } : {}) });
}

async function movedPhases(context: CommandContext, { after, phases }: Moved) {
  const now = new Map((await phasesOf(context.db, [after.id])).map(({ number, state }) => [number, state]));
  const moved = phases.filter(({ number, state }) => now.get(number) !== state);
  return Object.fromEntries(
    moved.map(({ number, state }) => [`phases.${number}.state`, { before: state, after: now.get(number) }]),
  );
}
