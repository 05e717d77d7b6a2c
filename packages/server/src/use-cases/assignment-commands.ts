import { type AttemptInput, isCompatible, type OpenAssignment, type RolloutPolicy } from '@updraft/core';
import {
  appendEvent,
  assignmentsOfRollout,
  deviceTypesOf,
  findRelease,
  targetsOf,
  typesThatTake,
  type CommandContext,
  type ReleaseRow,
  type RolloutRow,
  type Target,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { assignmentActs } from './assignment-acts.ts';
import { showCurrent, stepAttempt } from './attempt-step.ts';
import { assignmentViews, type AssignmentView } from './assignment-view.ts';
import { giveWaitingConsents } from './consent-commands.ts';
import { judgeDirect } from './direct-problems.ts';
import { startDirectRollout } from './direct-rollout.ts';
import { mayRelease, recordEmergency } from './emergency-right.ts';
import { once } from './once.ts';
import { refused } from './outcome.ts';
import { impossiblePolicy } from './policy-problems.ts';
import { policyFrom, type PolicyGiven } from './policy-view.ts';

export type NewAssignments = {
  readonly scope: Scope;
  /** Uid of the release. */
  readonly release: string;
  readonly devices: readonly string[];
  readonly weight: number;
  readonly policy: PolicyGiven;
  /** Whatever their weights; else what has at most its own. */
  readonly supersedes?: 'all';
  /** What it supersedes ends at once; else the device is asked. */
  readonly endsOlder?: true;
  /** Names that no device has are left out; else they refuse it. */
  readonly skipsUnknown?: true;
};

export const assignmentCommands = {
  'assignment.create': once(assign),
  ...assignmentActs,
};

/**
 * Assigns a release to devices: one direct rollout that runs at once (design: 6-data 10, 21). It supersedes, in this
 * command, what has at most its weight; the same release while it is open is the same assignment, but for an emergency
 * where the open one is none and waits as yet.
 */
async function assign(context: CommandContext, input: NewAssignments) {
  const { scope } = input;
  const release = await findRelease(context.db, scope.tenant, input.release);
  if (release === undefined) return { ...refused('not-found'), missing: ['release'] as readonly string[] };
  if (release.state !== 'published') return refused('release-not-published');
  const policy = policyFrom(input.policy);
  if (!mayRelease(scope, policy)) return refused('not-permitted');
  const problems = impossiblePolicy(policy, context.now);
  if (problems.length > 0) return { ...refused('rollout-impossible'), problems };
  const names = [...new Set(input.devices)];
  const targets = await targetsOf(context, scope.tenant, { names, release: release.id });
  const known = new Set(targets.map(({ name }) => name));
  const missing = names.filter((name) => !known.has(name));
  if (missing.length > 0 && input.skipsUnknown !== true)
    return { ...refused('not-found'), missing: missing as readonly string[] };
  const gone = targets.filter(({ identity }) => identity === 'decommissioned');
  if (gone.length > 0) return { ...refused('device-decommissioned'), unfit: gone.map(({ name }) => name) };
  const unfit = await unfitTargets(context, release, targets);
  if (unfit.length > 0) return { ...refused('device-incompatible'), unfit: unfit.map(({ name }) => name) };
  return make(context, input, { release, targets: targets.map((target) => asAskedFor(target, release, policy)) });
}

/** Those whose type the release is not for, or whose type does not take releases of its kind. */
async function unfitTargets({ db }: CommandContext, release: ReleaseRow, targets: readonly Target[]) {
  const types = (await deviceTypesOf(db, [release.id])).get(release.id) ?? [];
  const taking = release.kind === null ? null : await typesThatTake(db, release.kind);
  const takes = ({ typeId }: Target) => taking === null || typeId === null || taking.has(typeId);
  return targets.filter((target) => !isCompatible(target.type, types) || !takes(target));
}

/** An emergency that waited behind the windows of what it is the same as would be none. */
function asAskedFor(target: Target, release: ReleaseRow, { emergency }: RolloutPolicy): Target {
  const serves = ({ release: own, rollout, attempt }: OpenAssignment) =>
    own.id === release.id &&
    attempt?.state !== 'canceling' &&
    (rollout.policy.emergency || (attempt !== null && attempt.begunAt !== null));
  return emergency && target.assigned ? { ...target, assigned: target.open.some(serves) } : target;
}

async function make(
  context: CommandContext,
  input: NewAssignments,
  { release, targets }: { readonly release: ReleaseRow; readonly targets: readonly Target[] },
) {
  const already = targets.filter(({ assigned }) => assigned);
  const installed = targets.filter(({ assigned, runs }) => runs && !assigned);
  const fresh = targets.filter(({ assigned, runs }) => !assigned && !runs);
  const made = fresh.length === 0 ? null : await startDirect(context, input, { release, fresh });
  return {
    outcome: 'assigned' as const,
    rollout: made?.rollout.uid ?? null,
    assigned: made === null ? [] : await viewsOf(context, made.rollout),
    warnings: made?.warnings ?? [],
    held: made?.held ?? [],
    alreadyAssigned: already.map(({ name }) => name),
    alreadyInstalled: installed.map(({ name }) => name),
  };
}

async function startDirect(
  context: CommandContext,
  { scope, weight, policy: given, supersedes, endsOlder }: NewAssignments,
  { release, fresh }: { readonly release: ReleaseRow; readonly fresh: readonly Target[] },
) {
  // It is made for these devices, and starts with that: whoever asks for less makes a rollout.
  const policy = policyFrom({ ...given, start: { by: 'ready' }, approval: 'none', dynamic: false });
  const upTo = supersedes === 'all' ? Infinity : weight;
  for (const target of fresh) await supersede(context, scope, { target, upTo, asks: endsOlder !== true });
  const devices = fresh.map(({ id }) => id);
  const rollout = await startDirectRollout(context, scope, { release, policy, weight, devices });
  for (const { id, open } of fresh) if (open.length > 0) await showCurrent(context, id);
  if (policy.consent.required) for (const { id } of fresh) await giveWaitingConsents(context, scope, id);
  await recordAssigned(context, scope, { rollout, release, devices: fresh.length });
  await recordEmergency(context, scope, { rollout, policy });
  return { rollout, ...(await judgeDirect(context, { rollout, policy, given, devices: fresh.length })) };
}

/**
 * What stands in a started phase is asked to cancel, begun or not; the rest ends at once. Heavier ones, required steps and
 * emergencies stay.
 */
async function supersede(
  context: CommandContext,
  scope: Scope,
  { target, upTo, asks }: { readonly target: Target; readonly upTo: number; readonly asks: boolean },
): Promise<void> {
  const stays = (one: OpenAssignment) => one.weight > upTo || one.requiredStep || one.rollout.policy.emergency;
  for (const older of target.open.filter((one) => !stays(one)))
    await stepAttempt(context, scope, {
      assignment: older.id,
      input: asks ? askedFor(older) : { type: 'force-quit' },
    });
}

function askedFor({ rollout, attempt }: OpenAssignment): AttemptInput {
  const ask = rollout.phaseState === 'started' && attempt?.state !== 'awaiting-evidence';
  return { type: 'cancel', intent: 'superseded', ask, by: 'server' };
}

async function recordAssigned(
  context: CommandContext,
  scope: Scope,
  told: { readonly rollout: RolloutRow; readonly release: ReleaseRow; readonly devices: number },
): Promise<void> {
  await appendEvent(context, {
    tenant: scope.tenant,
    name: 'rollout.assigned',
    actor: scope.actor,
    subject: { kind: 'rollout', id: told.rollout.uid },
    data: { release: told.release.uid, devices: told.devices },
  });
}

async function viewsOf(context: CommandContext, rollout: RolloutRow): Promise<readonly AssignmentView[]> {
  const rows = await assignmentsOfRollout(context.db, rollout.id);
  return assignmentViews(context.db, rows);
}
