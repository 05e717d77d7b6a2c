import { joinedUpTo, joiningTenants, lastPosition } from '@updraft/store';
import { lookForLateComers, type JobRound } from './job-round.ts';

/** One round of letting devices join the rollouts that they have come to match; tells whether more may be to do. */
export async function letDevicesJoin(round: JobRound): Promise<boolean> {
  const { commands, reader } = round.store;
  const hasLooked = await lookForLateComers(round);
  let heard = false;
  for (const tenant of await joiningTenants(reader)) {
    const [upTo, last] = [await joinedUpTo(reader, tenant), await lastPosition(reader, tenant)];
    if (upTo === null || upTo >= last) continue;
    // What one tenant's events cannot be made of keeps no other's waiting.
    await commands.run('joining.hear', { tenant }).catch((error: unknown) => round.failed.push(error));
    heard = true;
  }
  return heard || hasLooked;
}
