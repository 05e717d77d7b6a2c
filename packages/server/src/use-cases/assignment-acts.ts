import { assignmentLifecycle, isClosed } from '@updraft/core';
import {
  appendEvent,
  findAssignment,
  findAssignmentByNumber,
  loadAssignment,
  markForced,
  takeDevice,
  type CommandContext,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { assignmentViews } from './assignment-view.ts';
import { stepAttempt } from './attempt-step.ts';
import { refused } from './outcome.ts';

export type AssignmentAct = {
  readonly scope: Scope;
  readonly number: number;
  readonly expectedRevision: number | null;
};

export type ConsentAnswer = AssignmentAct & { readonly consent: 'given' | 'declined'; readonly note: string };

export const assignmentActs = {
  'assignment.cancel': cancel,
  'assignment.force-quit': forceQuit,
  'assignment.answer-consent': answerConsent,
  'assignment.make-forced': makeForced,
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

/** What waits for the device's user, or for a time, is done at once. */
async function makeForced(context: CommandContext, act: AssignmentAct) {
  const found = await take(context, act);
  if ('code' in found) return found;
  await markForced(context, found.id);
  await appendEvent(context, {
    tenant: found.tenant,
    name: 'assignment.forced',
    actor: act.scope.actor,
    subject: { kind: 'assignment', id: String(found.number) },
    data: { device: found.deviceName },
  });
  return viewOf(context, act);
}

/**
 * Takes the answer of a device's user from a person: clients that cannot ask get nothing until then (design: 6-data 18).
 * It is asked for from the start of its phase on.
 */
async function answerConsent(context: CommandContext, act: ConsentAnswer) {
  const found = await take(context, act);
  if ('code' in found) return found;
  if (found.phaseState === 'waiting') return refused('consent-not-awaited');
  const { consent, note, scope } = act;
  const step = await stepAttempt(context, scope, { assignment: found.id, input: { type: `consent-${consent}` } });
  if (step.outcome === 'refused') return refused('consent-not-awaited');
  if (step.outcome === 'changed')
    await appendEvent(context, {
      tenant: found.tenant,
      name: `attempt.consent-${consent}`,
      actor: scope.actor,
      subject: { kind: 'attempt', id: String(step.attemptNumber ?? found.number) },
      data: { device: found.deviceName, assignment: found.number, note },
    });
  return viewOf(context, act);
}

/** Takes the device of the assignment and reads it; refused where it has ended. */
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
