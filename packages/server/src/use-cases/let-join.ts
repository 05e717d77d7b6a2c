import {
  joinedUpTo,
  joiningRollouts,
  lastPosition,
  setJoin,
  setJoinedUpTo,
  type CommandContext,
  type RolloutRow,
} from '@updraft/store';

/**
 * Opens a rollout for late-comers: a look over all devices finds those that match already, the tenant's events tell of
 * the others. Events from before the first rollout that devices join are nobody's.
 */
export async function letJoin(context: CommandContext, rollout: Pick<RolloutRow, 'id' | 'tenant'>): Promise<void> {
  const others = await joiningRollouts(context.db, rollout.tenant);
  if (others.length === 0 || (await joinedUpTo(context.db, rollout.tenant)) === null)
    await setJoinedUpTo(context, rollout.tenant, await lastPosition(context.db, rollout.tenant));
  await setJoin(context, rollout.id, { at: context.now, cursor: null });
  context.touch({ tenant: rollout.tenant });
}
