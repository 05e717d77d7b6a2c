import {
  joinedUpTo,
  joiningRollouts,
  lastPosition,
  policyOf,
  changeRollout,
  setJoin,
  setJoinedUpTo,
  type CommandContext,
  type RolloutRow,
} from '@updraft/store';

/** All devices are looked through for a rollout's late-comers at most so often (design: 6-data 20). */
export const MIN_LOOK_MS = 60_000;

/**
 * Opens a rollout for late-comers: a look over all devices finds those that match already, the tenant's events tell of
 * the others. Events from before the first rollout that devices join are nobody's.
 */
export async function letJoin(context: CommandContext, rollout: RolloutRow): Promise<void> {
  const others = await joiningRollouts(context.db, rollout.tenant);
  if (others.length === 0 || (await joinedUpTo(context.db, rollout.tenant)) === null)
    await setJoinedUpTo(context, rollout.tenant, await lastPosition(context.db, rollout.tenant));
  await wantLook(context, rollout);
}

/**
 * Asks for a look over all devices, which has to see what is so now: as soon as may be, or behind the one that is under
 * way. The caller holds the rollout's row.
 */
export async function wantLook(context: CommandContext, rollout: RolloutRow): Promise<void> {
  const { id, tenant, join_at, join_cursor, join_looked_at } = rollout;
  const soonest = Math.max(context.now, (join_looked_at ?? 0) + (join_looked_at === null ? 0 : MIN_LOOK_MS));
  if (join_cursor === null) await setJoin(context, id, { join_at: Math.min(join_at ?? soonest, soonest) });
  else await setJoin(context, id, { join_again: 1 });
  context.touch({ tenant });
}

const NOBODY_JOINS = { join_at: null, join_cursor: null, join_again: 0 } as const;

/** Opens a rollout that runs for late-comers, or closes it, where its policy was changed to that. */
export async function followDynamic(context: CommandContext, rollout: RolloutRow): Promise<void> {
  if (rollout.started_at === null) return;
  const { dynamic } = policyOf(rollout.policy);
  if (dynamic && rollout.join_at === null) await letJoin(context, rollout);
  if (!dynamic && rollout.join_at !== null) await setJoin(context, rollout.id, NOBODY_JOINS);
}

/** Nobody joins any more: the rollout ends with what it has. The caller holds its row. */
export async function closeJoins(context: CommandContext, rollout: RolloutRow): Promise<RolloutRow> {
  const policy = { ...policyOf(rollout.policy), dynamic: false };
  return changeRollout(context, rollout, { ...NOBODY_JOINS, policy });
}
