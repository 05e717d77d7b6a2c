import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AssignmentState } from '@updraft/core';
import {
  devicesGone,
  endedMembers,
  endedMembersWithReports,
  longRunningRollouts,
  type RemovedRows,
  type RemovedSlice,
  type RetentionOfTenant,
  retentionsOfTenants,
  type Store,
  unnamedArtifacts,
} from '@updraft/store';
import type { Commands } from '../use-cases/commands.ts';

const DAY_MS = 86_400_000;
/** Between two slices: reports and offers go first, and a year of history is gone in minutes all the same. */
const PAUSE_MS = 5;
const ARTIFACTS_PER_LOOK = 100;

/** Removes what tenants no longer keep. */
export interface Retention {
  /** Works until nothing is left to remove, or until `signal`. Of many servers one does it. */
  apply(signal: AbortSignal): Promise<void>;
}

/** Told after each slice: what has gone for good. */
export type OnRemoved = (removed: RemovedRows) => void;

/** How long a tenant keeps assignments that have ended in these states, where not as long as their rollouts. */
export type EndedKept = { readonly milliseconds: number; readonly states: readonly AssignmentState[] };
/** Of a tenant's id; null: as long as their rollouts. */
export type EndedKeptOf = (tenant: number) => Promise<EndedKept | null>;

type Work = {
  readonly store: Store<Commands>;
  readonly owner: string;
  readonly signal: AbortSignal;
  readonly onRemoved: OnRemoved;
};

export function createRetention(
  store: Store<Commands>,
  onRemoved: OnRemoved,
  endedKeptOf: EndedKeptOf = async () => null,
): Retention {
  const owner = randomUUID();
  let remainsLookedForAt = 0;
  return {
    apply: async (signal) => {
      const work: Work = { store, owner, signal, onRemoved };
      if (!(await mayWork(work))) return;
      const now = await store.now();
      const tenants = await retentionsOfTenants(store.longReader);
      for (const tenant of tenants) await keepTenant(work, tenant, now);
      // Looking through all devices takes seconds for a million of them: once a day is soon enough.
      if (Math.abs(now - remainsLookedForAt) < DAY_MS) return;
      for (const tenant of tenants) {
        await removeOldReports(work, tenant, now);
        const kept = await endedKeptOf(tenant.tenant);
        if (kept !== null) await removeEnded(work, tenant.tenant, { ...kept, before: now - kept.milliseconds });
      }
      await removeAllRemains(work);
      if (!signal.aborted) remainsLookedForAt = now;
    },
  };
}

async function mayWork({ store, owner, signal }: Work): Promise<boolean> {
  if (signal.aborted) return false;
  return store.dialect === 'sqlite' || store.commands.run('retention.take-lease', { owner });
}

async function keepTenant(work: Work, retention: RetentionOfTenant, now: number): Promise<void> {
  const { commands } = work.store;
  const { tenant, rolloutsDays, eventsDays, artifactsDays } = retention;
  const slice = (days: number) => ({ tenant, before: now - days * DAY_MS });
  if (rolloutsDays > 0) await inSlices(work, async () => commands.run('retention.remove-rollout', slice(rolloutsDays)));
  if (eventsDays > 0) await inSlices(work, async () => commands.run('retention.remove-events', slice(eventsDays)));
  if (artifactsDays > 0) await removeArtifacts(work, slice(artifactsDays));
}

/** What their objects take is freed by the sweep of objects. */
async function removeArtifacts(
  work: Work,
  { tenant, before }: { readonly tenant: number; readonly before: number },
): Promise<void> {
  const { store, signal } = work;
  await inSlices(work, async () => {
    const found = await unnamedArtifacts(store.longReader, tenant, { before, limit: ARTIFACTS_PER_LOOK });
    let artifacts = 0;
    for (const id of found) {
      if (signal.aborted) break;
      artifacts += (await store.commands.run('retention.remove-artifact', { tenant, id })).removed.artifacts ?? 0;
    }
    // One that came to be named since the look is not found by the next.
    return { more: found.length === ARTIFACTS_PER_LOOK && artifacts > 0, removed: { artifacts } };
  });
}

/** What is known of a member stays as long as its rollout, which may go on for years; what its device said of it does not. */
async function removeOldReports(work: Work, { tenant, rolloutsDays }: RetentionOfTenant, now: number): Promise<void> {
  if (rolloutsDays === 0) return;
  const { longReader, commands } = work.store;
  const before = now - rolloutsDays * DAY_MS;
  for (const rollout of await longRunningRollouts(longReader, tenant, before))
    for (let after: number | null = 0; after !== null && (await mayWork(work));) {
      const members: Awaited<ReturnType<typeof endedMembersWithReports>> = await endedMembersWithReports(longReader, {
        rollout,
        before,
        after,
      });
      const assignments = members.map(({ id }) => id);
      if (assignments.length > 0)
        await inSlices(work, async () => commands.run('retention.remove-reports', { assignments }));
      after = members.at(-1)?.device ?? null;
    }
}

/** Looks at each assignment of the tenant; what was a member of a rollout that goes on stays, since the rollout counts it. */
async function removeEnded(
  work: Work,
  tenant: number,
  kept: Pick<EndedKept, 'states'> & { readonly before: number },
): Promise<void> {
  const { longReader, commands } = work.store;
  for (let after: number | null = 0; after !== null && (await mayWork(work));) {
    const look: Awaited<ReturnType<typeof endedMembers>> = await endedMembers(longReader, tenant, { ...kept, after });
    const { members } = look;
    if (members.length > 0)
      await inSlices(work, async () => commands.run('retention.remove-members', { assignments: members }));
    after = look.next;
  }
}

async function removeAllRemains(work: Work): Promise<void> {
  const { store } = work;
  for (let after: number | null = 0; after !== null && (await mayWork(work));) {
    const look: Awaited<ReturnType<typeof devicesGone>> = await devicesGone(store.longReader, after);
    for (const device of look.devices)
      await inSlices(work, async () => store.commands.run('retention.remove-remains', { device }));
    after = look.next;
  }
}

/** Runs slice after slice as long as one tells that there is more. */
async function inSlices(work: Work, slice: () => Promise<RemovedSlice>): Promise<void> {
  while (await mayWork(work)) {
    const { more, removed } = await slice();
    work.onRemoved(removed);
    if (!more) return;
    await sleep(PAUSE_MS);
  }
}
