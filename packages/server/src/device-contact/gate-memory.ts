import type { RequiredStep, RolloutPolicy } from '@updraft/core';
import { readPolicy, requiredStepsOf, windowOf, type PollMemory, type Schema } from '@updraft/store';
import type { Kysely } from 'kysely';
import { BoundedMemory } from '../bounded-memory.ts';
import type { ReleaseContents } from './release-contents.ts';

/** Far more than are brought to devices, or ask, at once. */
const MAX_REMEMBERED_ROLLOUTS = 2000;
const MAX_REMEMBERED_TENANTS = 2000;

type Sources = { readonly reader: Kysely<Schema>; readonly releases: ReleaseContents; readonly now: () => number };

/**
 * What polls read of rollouts, releases and tenants, remembered as of the revisions that the poll's own read tells, and
 * moments of windows until they change: an uncached poll parses no policy and computes no window.
 */
export function rememberGates({ reader, releases, now }: Sources): PollMemory {
  const policies = new BoundedMemory<number, { readonly revision: number; readonly policy: RolloutPolicy }>(
    MAX_REMEMBERED_ROLLOUTS,
  );
  const steps = new BoundedMemory<number, { readonly revision: number; readonly steps: readonly RequiredStep[] }>(
    MAX_REMEMBERED_TENANTS,
  );
  // What is read is at least as new as the revision that was asked for: a newer one is read again under its own.
  const policyAnew = async (rollout: number, revision: number) =>
    policies.set(rollout, { revision, policy: await readPolicy(reader, rollout) }).policy;
  const stepsAnew = async (tenant: number, revision: number) =>
    steps.set(tenant, { revision, steps: await requiredStepsOf(reader, tenant) }).steps;
  return {
    now,
    deviceTypes: (release) =>
      releases.known(release)?.deviceTypes ?? releases.of(release).then(({ deviceTypes }) => deviceTypes),
    policy(rollout, revision) {
      const known = policies.get(rollout);
      return known?.revision === revision ? known.policy : policyAnew(rollout, revision);
    },
    requiredSteps(tenant, revision) {
      const known = steps.get(tenant);
      return known?.revision === revision ? known.steps : stepsAnew(tenant, revision);
    },
    window: windowOf,
  };
}
