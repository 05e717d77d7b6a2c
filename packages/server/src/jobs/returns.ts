import { wantedReturns } from '@updraft/store';
import { planReturn } from '../use-cases/return-plan.ts';
import type { JobRound } from './job-round.ts';

/** Makes the rollouts that crossed thresholds asked for; tells whether any was. All members are read on the long reader. */
export async function makeReturns({ store, failed }: JobRound): Promise<boolean> {
  const wanted = await wantedReturns(store.reader);
  for (const rollout of wanted) {
    const make = async () => {
      const plan = await planReturn(store.longReader, rollout);
      await store.commands.run('rollout.make-returns', { rollout: rollout.id, plan });
    };
    await make().catch((error: unknown) => failed.push(error));
  }
  return wanted.length > 0;
}
