import { wantedReturns, type Store } from '@updraft/store';
import type { Commands } from '../use-cases/commands.ts';
import { planReturn } from '../use-cases/return-plan.ts';

/** Makes the rollouts that crossed thresholds asked for; tells whether any was. All members are read on the long reader. */
export async function makeReturns(store: Store<Commands>): Promise<boolean> {
  const wanted = await wantedReturns(store.reader);
  for (const rollout of wanted) {
    const plan = await planReturn(store.longReader, rollout);
    await store.commands.run('rollout.make-returns', { rollout: rollout.id, plan });
  }
  return wanted.length > 0;
}
