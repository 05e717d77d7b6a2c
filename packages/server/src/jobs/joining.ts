import { dueJoins, joinedUpTo, joiningTenants, lastPosition, type Store } from '@updraft/store';
import type { Commands } from '../use-cases/commands.ts';

/** One round of letting devices join the rollouts that they have come to match; tells whether more may be to do. */
export async function letDevicesJoin(store: Store<Commands>, now: number): Promise<boolean> {
  const rollouts = await dueJoins(store.reader, now);
  for (const rollout of rollouts) await store.commands.run('joining.look', { rollout });
  let heard = false;
  for (const tenant of await joiningTenants(store.reader)) {
    const [upTo, last] = [await joinedUpTo(store.reader, tenant), await lastPosition(store.reader, tenant)];
    if (upTo === null || upTo >= last) continue;
    await store.commands.run('joining.hear', { tenant });
    heard = true;
  }
  return heard || rollouts.length > 0;
}
