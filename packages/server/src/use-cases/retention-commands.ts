import { isBelieved, lookAtClock } from '@updraft/core';
import {
  acquireLease,
  appendEvent,
  clockBelief,
  type CommandContext,
  deleteArtifact,
  findArtifact,
  isArtifactHeld,
  lockTenant,
  oldestEndedRollout,
  removeEndedMembers,
  removeEvents,
  removeMembers,
  removeRemains,
  removeReportsOf,
  removeRollout,
  type RemovedSlice,
  saveClockBelief,
  takeRollout,
} from '@updraft/store';

/** Every slice renews it; a server that dies leaves the rest to another after so long. */
const LEASE_MS = 60_000;

/** What has been over for as long as its tenant keeps it goes, one slice a command. `before` is epoch ms. */
export const retentionCommands = {
  'retention.look-at-clock': lookAtTheClock,
  'retention.take-lease': async (context: CommandContext, { owner }: { readonly owner: string }) =>
    acquireLease(context, { name: 'retention', owner, milliseconds: LEASE_MS }),
  'retention.remove-rollout': removeOldestRollout,
  'retention.remove-reports': async (
    context: CommandContext,
    { assignments }: { readonly assignments: readonly number[] },
  ) => removeReportsOf(context, assignments),
  'retention.remove-members': async (
    context: CommandContext,
    { assignments }: { readonly assignments: readonly number[] },
  ) => removeEndedMembers(context, assignments),
  'retention.remove-events': async (context: CommandContext, { tenant, before }: Slice) =>
    removeEvents(context, tenant, before),
  'retention.remove-artifact': removeUnnamedArtifact,
  'retention.remove-remains': async (context: CommandContext, { device }: { readonly device: number }) =>
    removeRemains(context, device),
};

/** Tells from when on the clock is believed by which history goes; null: it is. */
async function lookAtTheClock(context: CommandContext): Promise<number | null> {
  const belief = lookAtClock(await clockBelief(context.db), context.now);
  await saveClockBelief(context, belief);
  return isBelieved(belief) ? null : belief.believedFrom;
}

type Slice = { readonly tenant: number; readonly before: number };

/**
 * A slice of the members of the rollout that ended first, or that rollout itself once it has none. While the rollout
 * stands its counts stay what they were: they go with it.
 */
async function removeOldestRollout(context: CommandContext, { tenant, before }: Slice): Promise<RemovedSlice> {
  const rollout = await oldestEndedRollout(context.db, tenant, before);
  if (rollout === undefined) return { more: false, removed: {} };
  await takeRollout(context, rollout.id);
  const members = await removeMembers(context, rollout.id);
  if (members.more) return members;
  await removeRollout(context, rollout.id);
  await appendEvent(context, {
    tenant,
    name: 'rollout.removed',
    actor: null,
    subject: { kind: 'rollout', id: rollout.uid },
    data: { name: rollout.name, kind: rollout.kind },
  });
  return { more: true, removed: { rollouts: 1 } };
}

/** Looked at anew under the tenant's lock: a component may have come to name it. */
async function removeUnnamedArtifact(
  context: CommandContext,
  { tenant, id }: { readonly tenant: number; readonly id: string },
): Promise<RemovedSlice> {
  await lockTenant(context, tenant);
  const row = await findArtifact(context.db, tenant, id);
  if (row === undefined || (await isArtifactHeld(context.db, row.id))) return { more: false, removed: {} };
  await deleteArtifact(context, row.id);
  await appendEvent(context, {
    tenant,
    name: 'artifact.deleted',
    actor: null,
    subject: { kind: 'artifact', id: row.uid },
    data: { filename: row.filename, sha256: row.sha256 },
  });
  return { more: false, removed: { artifacts: 1 } };
}
