import {
  foldCounts,
  phasesOf,
  postponeAttempt,
  setJoin,
  setPhaseDue,
  setRolloutDue,
  takeRollout,
  type CommandContext,
} from '@updraft/store';
import { DELTAS_PER_FOLD } from './job-commands.ts';
import { isAtWork } from './rollout-moves.ts';

/** What is due and fails, by its id: an attempt, what a rollout needs, the sweep of its silent members, its late-comers. */
export type PutOff =
  | { readonly attempt: number }
  | { readonly rollout: number }
  | { readonly sweepOf: number }
  | { readonly joinsOf: number };

/** It is tried again when this has passed. */
const PUT_OFF_MS = 60_000;

export const putOffCommands = {
  'job.put-off': putOff,
  'job.fold-unlooked': foldUnlooked,
};

async function putOff(context: CommandContext, what: PutOff): Promise<void> {
  const at = context.now + PUT_OFF_MS;
  if ('attempt' in what) return postponeAttempt(context, what.attempt, at);
  if ('rollout' in what) return setRolloutDue(context, what.rollout, at);
  if ('joinsOf' in what) return setJoin(context, what.joinsOf, { join_at: at });
  for (const { number } of (await phasesOf(context.db, [what.sweepOf])).filter(({ state }) => state === 'started'))
    await setPhaseDue(context, { rollout: what.sweepOf, number }, at);
}

/** Folds counts; what they mean for each rollout is found by a look of its own. */
async function foldUnlooked(context: CommandContext): Promise<void> {
  const { rollouts } = await foldCounts(context, DELTAS_PER_FOLD);
  for (const { id } of rollouts) {
    const rollout = await takeRollout(context, id);
    if (rollout !== undefined && !isAtWork(rollout)) await setRolloutDue(context, id, context.now);
  }
}
