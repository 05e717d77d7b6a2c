import { dueAttempts, dueJoins, duePhase, dueRollouts, type Store } from '@updraft/store';
import type { Commands } from '../use-cases/commands.ts';
import type { PutOff } from '../use-cases/put-off-commands.ts';
import type { SweepPlace } from '../use-cases/silence-sweep.ts';

/** One look at what is due. `failed`: what could not be done, and stands in nobody's way. */
export type JobRound = { readonly store: Store<Commands>; readonly now: number; readonly failed: unknown[] };

/** Ends what is due together; where that fails, one by one, which shows what it was. */
export async function endDueAttempts(round: JobRound): Promise<void> {
  const { commands, reader } = round.store;
  try {
    await commands.run('job.end-due-attempts', undefined);
  } catch (error) {
    round.failed.push(error);
    for (const { id: attempt } of await dueAttempts(reader, round.now))
      await orPutOff(round, { attempt }, () => commands.run('job.end-due-attempt', { attempt }));
  }
}

export async function workOnRollouts(round: JobRound): Promise<void> {
  const { commands, reader } = round.store;
  for (const rollout of await dueRollouts(reader, round.now))
    await orPutOff(round, { rollout }, () => commands.run('job.work-on-rollout', { rollout }));
}

export async function sweepSilence(round: JobRound, place: SweepPlace): Promise<SweepPlace> {
  const { commands, reader } = round.store;
  try {
    return await commands.run('job.sweep-silence', { place });
  } catch (error) {
    round.failed.push(error);
    const due = await duePhase(reader, round.now);
    if (due !== undefined) await commands.run('job.put-off', { sweepOf: due.rollout });
    return null;
  }
}

/** What counts mean for one rollout is left to its own look where it cannot be told: the counts of all are folded. */
export async function foldCounts({ store, failed }: JobRound): Promise<void> {
  try {
    await store.commands.run('job.fold-counts', undefined);
  } catch (error) {
    failed.push(error);
    await store.commands.run('job.fold-unlooked', undefined);
  }
}

export async function lookForLateComers(round: JobRound): Promise<boolean> {
  const { commands, reader } = round.store;
  const rollouts = await dueJoins(reader, round.now);
  for (const rollout of rollouts)
    await orPutOff(round, { joinsOf: rollout }, () => commands.run('joining.look', { rollout }));
  return rollouts.length > 0;
}

/** Does one thing of many; one that fails is put off, so that those behind it have their turn. */
async function orPutOff(round: JobRound, what: PutOff, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    round.failed.push(error);
    await round.store.commands.run('job.put-off', what);
  }
}
