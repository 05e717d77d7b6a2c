import { isClosed, phaseLifecycle } from '@updraft/core';
import { insertMembers, phasesOf, takeDevices, toJoin, type CommandContext, type RolloutRow } from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { recordRollout } from './rollout-events.ts';

/**
 * Lets devices that match a rollout's filter join the last of its phases that is not over; their polls are answered anew.
 * Whoever has had its turn meanwhile is left out: that is asked again once the devices are taken.
 */
export async function joinRollout(
  context: CommandContext,
  rollout: RolloutRow,
  devices: readonly number[],
): Promise<void> {
  if (devices.length === 0) return;
  const phase = (await phasesOf(context.db, [rollout.id])).findLast(({ state }) => !isClosed(phaseLifecycle, state));
  if (phase === undefined) return;
  const taken = await takeDevices(context, devices);
  const joining = await toJoin(
    context.db,
    rollout,
    taken.map(({ id }) => id),
  );
  if (joining.length === 0) return;
  await insertMembers(context, { rollout, phase: phase.number }, joining);
  const data = { devices: joining.length, phase: phase.number };
  await recordRollout(context, inNobodysName(rollout), { rollout, happened: 'joined', data });
}

/** What events and time bring about. */
export function inNobodysName({ tenant }: Pick<RolloutRow, 'tenant'>): Scope {
  return { tenant, tenantName: '', actor: 'updraft', kind: 'server' };
}
