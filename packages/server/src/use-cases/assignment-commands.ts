import { assignmentLifecycle, DEFAULT_TIME_LIMITS, isClosed, isCompatible, type TimeLimits } from '@updraft/core';
import {
  appendEvent,
  assignmentsOfRollout,
  changeRollout,
  deviceTypesOf,
  findAssignment,
  findAssignmentByNumber,
  findRelease,
  insertMembers,
  insertRollout,
  loadAssignment,
  showMembers,
  startPhase,
  takeDevice,
  targetsOf,
  type CommandContext,
  type ReleaseRow,
  type RolloutRow,
  type Target,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { showCurrent, stepAttempt } from './attempt-step.ts';
import { assignmentViews, type AssignmentView } from './assignment-view.ts';
import { once } from './once.ts';
import { refused } from './outcome.ts';

export type NewAssignments = {
  readonly scope: Scope;
  /** Uid of the release. */
  readonly release: string;
  readonly devices: readonly string[];
  readonly weight: number;
  readonly timeLimits: TimeLimits;
};

export const assignmentCommands = {
  'assignment.create': once(assign),
  'assignment.cancel': cancel,
  'assignment.force-quit': forceQuit,
};

/**
 * Assigns a release to devices: one direct rollout that runs at once (design: 6-data 10, 21). It supersedes, in this
 * command, what has at most its weight; the same release while it is open is the same assignment.
 */
async function assign(context: CommandContext, input: NewAssignments) {
  const { scope } = input;
  const release = await findRelease(context.db, scope.tenant, input.release);
  if (release === undefined) return { ...refused('not-found'), missing: ['release'] as readonly string[] };
  if (release.state !== 'published') return refused('release-not-published');
  const names = [...new Set(input.devices)];
  const targets = await targetsOf(context, scope.tenant, { names, release: release.id });
  const known = new Set(targets.map(({ name }) => name));
  const missing = names.filter((name) => !known.has(name));
  if (missing.length > 0) return { ...refused('not-found'), missing: missing as readonly string[] };
  const types = (await deviceTypesOf(context.db, [release.id])).get(release.id) ?? [];
  const unfit = targets.filter(({ type }) => !isCompatible(type, types));
  if (unfit.length > 0) return { ...refused('device-incompatible'), unfit: unfit.map(({ name }) => name) };
  return make(context, input, { release, targets });
}

async function make(
  context: CommandContext,
  input: NewAssignments,
  { release, targets }: { readonly release: ReleaseRow; readonly targets: readonly Target[] },
) {
  const already = targets.filter(({ assigned }) => assigned);
  const installed = targets.filter(({ assigned, runs }) => runs && !assigned);
  const fresh = targets.filter(({ assigned, runs }) => !assigned && !runs);
  const rollout = fresh.length === 0 ? null : await startDirect(context, input, { release, fresh });
  return {
    outcome: 'assigned' as const,
    rollout: rollout?.uid ?? null,
    assigned: rollout === null ? [] : await viewsOf(context, rollout),
    alreadyAssigned: already.map(({ name }) => name),
    alreadyInstalled: installed.map(({ name }) => name),
  };
}

async function startDirect(
  context: CommandContext,
  { scope, weight, timeLimits }: NewAssignments,
  { release, fresh }: { readonly release: ReleaseRow; readonly fresh: readonly Target[] },
) {
  const made = await insertRollout(context, {
    tenant: scope.tenant,
    kind: 'direct',
    name: `${release.name} ${release.version}`,
    description: '',
    release: release.id,
    filter: '',
    weight,
    policy: { timeLimits: { ...DEFAULT_TIME_LIMITS, ...timeLimits }, startsWhenReady: true },
    createdBy: scope.actor,
  });
  if (made === undefined) throw new Error('a direct rollout has no name of its own that could be taken');
  for (const target of fresh) await supersede(context, scope, { target, weight });
  const members = await insertMembers(
    context,
    made,
    fresh.map(({ id }) => id),
  );
  await startPhase(context, made.id, context.now + timeLimits.silenceSeconds * 1000);
  const running = { state: 'running', cursor: null, next_at: null, started_at: context.now } as const;
  // Whose polls change is told device by device: the rest of the tenant keeps its remembered answers.
  const rollout = await changeRollout(context, { ...made, state: 'running' }, { ...running, planned: members.length });
  await showMembers(context, rollout.id);
  for (const { id, open } of fresh) if (open.length > 0) await showCurrent(context, id);
  await recordAssigned(context, scope, { rollout, release, devices: members.length });
  return rollout;
}

/** What stands in a started phase is asked to cancel, begun or not; the rest ends at once. */
async function supersede(
  context: CommandContext,
  scope: Scope,
  { target, weight }: { readonly target: Target; readonly weight: number },
): Promise<void> {
  for (const older of target.open.filter((one) => one.weight <= weight && !one.requiredStep))
    await stepAttempt(context, scope, {
      assignment: older.id,
      input: {
        type: 'cancel',
        intent: 'superseded',
        ask: older.rollout.phaseState === 'started' && older.attempt?.state !== 'awaiting-evidence',
        by: 'server',
      },
    });
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

export type AssignmentAct = {
  readonly scope: Scope;
  readonly number: number;
  readonly expectedRevision: number | null;
};

/** Cancels: a device that was or may be offered it is asked, and may refuse. */
async function cancel(context: CommandContext, act: AssignmentAct) {
  const found = await take(context, act);
  if ('code' in found) return found;
  const ask = found.phaseState === 'started';
  const step = await stepAttempt(context, act.scope, {
    assignment: found.id,
    input: { type: 'cancel', intent: 'canceled', ask, by: 'operator' },
  });
  return step.outcome === 'refused' ? refused('cancel-not-possible') : viewOf(context, act);
}

/** Ends an assignment without asking its device. */
async function forceQuit(context: CommandContext, act: AssignmentAct) {
  const found = await take(context, act);
  if ('code' in found) return found;
  await stepAttempt(context, act.scope, { assignment: found.id, input: { type: 'force-quit' } });
  return viewOf(context, act);
}

async function take(context: CommandContext, { scope, number, expectedRevision }: AssignmentAct) {
  const found = await findAssignmentByNumber(context.db, scope.tenant, number);
  if (found === undefined || !(await takeDevice(context, scope.tenant, found.device))) return refused('not-found');
  const row = await findAssignment(context.db, scope.tenant, number);
  if (expectedRevision !== null && row?.revision !== expectedRevision) return refused('precondition-failed');
  const stored = await loadAssignment(context.db, found.id);
  if (stored === undefined) return refused('not-found');
  return isClosed(assignmentLifecycle, stored.aggregate.assignment.state) ? refused('assignment-ended') : stored;
}

async function viewOf(context: CommandContext, { scope, number }: AssignmentAct) {
  const row = await findAssignment(context.db, scope.tenant, number);
  const [view] = row === undefined ? [] : await assignmentViews(context.db, [row]);
  if (view === undefined) throw new Error(`the assignment ${number} is not there in its own transaction`);
  return { outcome: 'changed' as const, assignment: view };
}
