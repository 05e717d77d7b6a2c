import { findReleaseById, wantedReturns, type Store } from '@updraft/store';
import type { Commands } from '../use-cases/commands.ts';
import { planReturn } from '../use-cases/return-plan.ts';

const RETURNS_PER_ROUND = 5;

/** Makes the rollouts that crossed thresholds asked for; tells whether any was. All members are read on the long reader. */
export async function makeReturns(store: Store<Commands>): Promise<boolean> {
  const wanted = await wantedReturns(store.reader, RETURNS_PER_ROUND);
  for (const { id, tenant, release } of wanted) {
    const left = await findReleaseById(store.reader, tenant, release);
    const plan = await planReturn(store.longReader, id, { tenant, counter: left?.counter ?? null });
    await store.commands.run('rollout.make-returns', { rollout: id, plan });
  }
  return wanted.length > 0;
}
