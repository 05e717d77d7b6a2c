import { attemptLifecycle, isClosed, lookAgainAt, type AttemptInput } from '@updraft/core';
import {
  acquireLease,
  countAtWork,
  DUE_ATTEMPTS,
  dueAttempts,
  endContactsAhead,
  evidenceReportedAt,
  foldCounts,
  isLeased,
  lastContactOf,
  listeningSince,
  loadAssignment,
  paceCountOf,
  policyOf,
  postponeAttempt,
  setListeningSince,
  setRolloutDue,
  takeDevice,
  takeRollout,
  type CommandContext,
  type DueAttempt,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { stepAttempt } from './attempt-step.ts';
import { createNext } from './rollout-creation.ts';
import { lookAtRollout } from './rollout-look.ts';
import { closeNextLeftovers, closeNextSkipped, phaseToClose } from './rollout-slices.ts';
import { sweepSilence, type SweepPlace } from './silence-sweep.ts';

export const JOBS_LEASE = 'jobs';
/** After a crash another server takes the jobs over when this has passed. */
const LEASE_MS = 10_000;
export const DELTAS_PER_FOLD = 5000;

export const jobCommands = {
  'job.listen': listen,
  'job.take-lease': async (context: CommandContext, { owner }: { readonly owner: string }) =>
    acquireLease(context, { name: JOBS_LEASE, owner, milliseconds: LEASE_MS }),
  'job.end-due-attempts': endDueAttempts,
  'job.end-due-attempt': endDueAttempt,
  'job.work-on-rollout': workOnRollout,
  'job.sweep-silence': async (context: CommandContext, { place }: { readonly place: SweepPlace }) =>
    sweepSilence(context, place, serverScope),
  'job.fold-counts': foldOnce,
};

/** Time in which no server listened is no device's silence: after a gap it counts anew. */
async function listen(context: CommandContext): Promise<void> {
  if (await isLeased(context, { name: JOBS_LEASE, milliseconds: LEASE_MS })) return;
  await setListeningSince(context);
  await endContactsAhead(context);
}

/** In nobody's name: what time alone brings about. */
function serverScope(tenant: number): Scope {
  return { tenant, tenantName: '', actor: 'updraft', kind: 'server' };
}

/** Decides what is due, one attempt at a time in core; tells whether more may be due. */
async function endDueAttempts(context: CommandContext): Promise<boolean> {
  const due = await dueAttempts(context.db, context.now);
  const since = await listeningSince(context.db);
  for (const one of due) await endDue(context, one, since);
  return due.length === DUE_ATTEMPTS;
}

/** The same for one of them alone. */
async function endDueAttempt(context: CommandContext, { attempt }: { readonly attempt: number }): Promise<void> {
  const one = (await dueAttempts(context.db, context.now)).find(({ id }) => id === attempt);
  if (one !== undefined) await endDue(context, one, await listeningSince(context.db));
}

async function endDue(
  context: CommandContext,
  { id, assignment, device, tenant }: DueAttempt,
  since: number,
): Promise<void> {
  if (await takeDevice(context, tenant, device)) await decideDue(context, { assignment, since });
  else await postponeAttempt(context, id, null);
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
    evidenceReportedAt: rule === null ? null : await evidenceReportedAt(context.db, stored.device, rule),
  };
  const step = await stepAttempt(context, serverScope(stored.tenant), { assignment, input });
  const { attempt } = stored.aggregate;
  if (step.outcome === 'changed' || attempt === null) return;
  // Its device may have ended it since it was found due.
  const isOver = isClosed(attemptLifecycle, attempt.state);
  await postponeAttempt(context, stored.attemptId, isOver ? null : lookAgainAt(stored.aggregate, attempt, input));
}

/** One slice of what a rollout needs: its assignments, the places of who is at work, its leftovers, or its end. */
async function workOnRollout(context: CommandContext, { rollout: id }: { readonly rollout: number }): Promise<void> {
  // Takes devices first: whoever brings one further holds it and reads the rollout then.
  const uncounted = await paceCountOf(context, id);
  if (uncounted !== undefined) return countAtWork(context, { id, ...uncounted, pace: policyOf(uncounted.policy).pace });
  const rollout = await takeRollout(context, id);
  if (rollout === undefined || rollout.next_at === null || rollout.next_at > context.now) return;
  const scope = serverScope(rollout.tenant);
  switch (rollout.state) {
    case 'creating':
      await createNext(context, scope, rollout);
      return;
    case 'stopping':
      if (rollout.cursor !== null) return closeNextLeftovers(context, scope, rollout);
      return lookAtRollout(context, scope, rollout);
    case 'ready':
    case 'running':
    case 'paused': {
      const phase = await phaseToClose(context, rollout);
      if (phase !== undefined) return closeNextSkipped(context, scope, { rollout, phase });
      return lookAtRollout(context, scope, rollout);
    }
    case 'awaiting-approval':
    case 'stopped':
    case 'finished':
      return setRolloutDue(context, id, null);
  }
}

/** Folds counts, and looks what they mean for their rollouts; tells whether more is to be folded. */
async function foldOnce(context: CommandContext): Promise<boolean> {
  const folded = await foldCounts(context, DELTAS_PER_FOLD);
  for (const rollout of folded.rollouts) await lookAtRollout(context, serverScope(rollout.tenant), rollout);
  return folded.isFull;
}
