import { heardAtLast, nextDue, type AttemptInput } from '@updraft/core';
import {
  acquireLease,
  DECIDED_PER_SLICE,
  dueAttempts,
  duePhases,
  foldCounts,
  isLeased,
  lastContactOf,
  listeningSince,
  loadAssignment,
  MEMBERS_PER_SLICE,
  nextMembers,
  policyOf,
  postponeAttempt,
  setListeningSince,
  setPhaseDue,
  settleRollout,
  takeDevice,
  takeRollout,
  versionReportedAt,
  type CommandContext,
  type SliceMember,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { stepAttempt } from './attempt-step.ts';
import { closeNextLeftovers, endIfNoneOpen, materialiseNext } from './rollout-slices.ts';

export const JOBS_LEASE = 'jobs';
/** After a crash another server takes the jobs over when this has passed. */
const LEASE_MS = 10_000;
const ATTEMPTS_PER_COMMAND = 100;
const DELTAS_PER_FOLD = 5000;
/** How often a phase's silent members are looked for: at the limit's grain, within these bounds. */
const SWEEPS_PER_LIMIT = 4;
const MIN_SWEEP_MS = 1000;
const MAX_SWEEP_MS = 3_600_000;

export const jobCommands = {
  'job.listen': listen,
  'job.take-lease': async (context: CommandContext, { owner }: { readonly owner: string }) =>
    acquireLease(context, { name: JOBS_LEASE, owner, milliseconds: LEASE_MS }),
  'job.end-due-attempts': endDueAttempts,
  'job.work-on-rollout': workOnRollout,
  'job.sweep-silence': sweepSilence,
  'job.fold-counts': foldOnce,
};

/** Time in which no server listened is no device's silence: after a gap it counts anew. */
async function listen(context: CommandContext): Promise<void> {
  if (!(await isLeased(context, JOBS_LEASE))) await setListeningSince(context);
}

/** In nobody's name: what time alone brings about. */
function serverScope(tenant: number): Scope {
  return { tenant, tenantName: '', actor: 'updraft', kind: 'server' };
}

/** Decides what is due, one attempt at a time in core; tells whether more may be due. */
async function endDueAttempts(context: CommandContext): Promise<boolean> {
  const due = await dueAttempts(context.db, context.now, ATTEMPTS_PER_COMMAND);
  const since = await listeningSince(context.db);
  for (const { id, assignment, device, tenant } of due) {
    if (await takeDevice(context, tenant, device)) await decideDue(context, { assignment, since });
    else await postponeAttempt(context, id, null);
  }
  return due.length === ATTEMPTS_PER_COMMAND;
}

async function decideDue(
  context: CommandContext,
  { assignment, since }: { readonly assignment: number; readonly since: number },
): Promise<void> {
  const stored = await loadAssignment(context.db, assignment);
  if (stored === undefined || stored.attemptId === null) return;
  const rule = stored.aggregate.rules.evidence;
  const input: AttemptInput & { readonly type: 'due' } = {
    type: 'due',
    lastContactAt: await lastContactOf(context.db, stored.device),
    listeningSince: since,
    versionReportedAt: rule === null ? null : await versionReportedAt(context.db, stored.device, rule.versionAttribute),
  };
  const step = await stepAttempt(context, serverScope(stored.tenant), { assignment, input });
  const { attempt } = stored.aggregate;
  if (step.outcome === 'changed' || attempt === null) return;
  const again = nextDue(stored.aggregate, attempt, heardAtLast(attempt, input));
  await postponeAttempt(context, stored.attemptId, again?.at ?? null);
}

/** One slice of what a rollout needs: its assignments, its leftovers, or its end. */
async function workOnRollout(context: CommandContext, { rollout: id }: { readonly rollout: number }): Promise<void> {
  const rollout = await takeRollout(context, id);
  if (rollout === undefined || rollout.next_at === null || rollout.next_at > context.now) return;
  const scope = serverScope(rollout.tenant);
  switch (rollout.state) {
    case 'creating':
      return materialiseNext(context, scope, rollout);
    case 'stopping':
      return closeNextLeftovers(context, scope, rollout);
    case 'ready':
    case 'running':
    case 'paused':
    case 'stopped':
    case 'finished':
      await settleRollout(context, id);
      return endIfNoneOpen(context, scope, id);
  }
}

/** Where a sweep stands: behind the member on this device. Null: no phase is being swept. */
export type SweepPlace = { readonly rollout: number; readonly device: number } | null;

/** Ends what has not begun on devices that say nothing: one slice of the members of a phase that is due (6-data 17). */
async function sweepSilence(context: CommandContext, { place }: { readonly place: SweepPlace }): Promise<SweepPlace> {
  const [phase] = await duePhases(context.db, context.now, 1);
  if (phase === undefined) return null;
  const limitMs = policyOf(phase.policy).timeLimits.silenceSeconds * 1000;
  const since = Math.max(await listeningSince(context.db), phase.startedAt);
  const after = place?.rollout === phase.rollout ? place.device : 0;
  const members = await nextMembers(context.db, phase.rollout, after);
  const silent = members
    .filter((one) => isUnbegun(one) && Math.max(one.contactAt ?? 0, since) + limitMs <= context.now)
    .slice(0, DECIDED_PER_SLICE);
  for (const { id, device, contactAt } of silent) {
    if (!(await takeDevice(context, phase.tenant, device))) continue;
    const input = { type: 'due', lastContactAt: contactAt, listeningSince: since, versionReportedAt: null } as const;
    await stepAttempt(context, serverScope(phase.tenant), { assignment: id, input });
  }
  const isFull = silent.length === DECIDED_PER_SLICE;
  const last = isFull ? silent.at(-1) : members.at(-1);
  if (last !== undefined && (isFull || members.length === MEMBERS_PER_SLICE))
    return { rollout: phase.rollout, device: last.device };
  const interval = Math.min(Math.max(limitMs / SWEEPS_PER_LIMIT, MIN_SWEEP_MS), MAX_SWEEP_MS);
  await setPhaseDue(context, phase, context.now + Math.ceil(interval));
  return null;
}

function isUnbegun({ isOpen, hasBegun }: SliceMember): boolean {
  return isOpen && !hasBegun;
}

/** Folds counts, and ends the rollouts of which nothing is open; tells whether more is to be folded. */
async function foldOnce(context: CommandContext): Promise<boolean> {
  const folded = await foldCounts(context, DELTAS_PER_FOLD);
  for (const { id, tenant } of folded.rollouts) await endIfNoneOpen(context, serverScope(tenant), id);
  return folded.isFull;
}
