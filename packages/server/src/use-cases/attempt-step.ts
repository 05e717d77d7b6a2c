import {
  atContact,
  countedState,
  decide,
  type AssignmentAggregate,
  type AttemptInput,
  type Decision,
  type Effect,
} from '@updraft/core';
import {
  addToCount,
  loadAssignment,
  readDeviceAtContact,
  saveAssignment,
  saveAttempt,
  setAttributesWanted,
  setRunningRelease,
  setShownAssignment,
  type CommandContext,
  type StoredAssignment,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { recordMoves } from './attempt-events.ts';

export type AttemptStep = { readonly assignment: number; readonly input: AttemptInput };

export type StepOutcome =
  | { readonly outcome: 'changed'; readonly attemptId: number | null; readonly after: AssignmentAggregate }
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'refused'; readonly code: (Decision & { outcome: 'refused' })['code'] };

/**
 * The one place where something happens to an assignment: loads it, lets core decide, and stores the state and what it
 * entails in the same transaction. The caller has taken the device's row.
 */
export async function stepAttempt(context: CommandContext, scope: Scope, step: AttemptStep): Promise<StepOutcome> {
  const stored = await loadAssignment(context.db, step.assignment);
  if (stored === undefined || stored.tenant !== scope.tenant) throw new Error(`no assignment ${step.assignment}`);
  const decision = decide(stored.aggregate, step.input, context.now);
  if (decision.outcome !== 'changed') return decision;
  const attemptId = await store(context, stored, decision.state);
  await recordMoves(context, scope, { stored, decision });
  for (const effect of decision.effects) await perform(context, scope, { stored, effect });
  await showCurrent(context, stored.device);
  return { outcome: 'changed', attemptId, after: decision.state };
}

async function store(context: CommandContext, stored: StoredAssignment, after: AssignmentAggregate) {
  const attemptId = await saveAttempt(context, stored, after);
  await saveAssignment(context, stored, { aggregate: after, attemptId });
  const [from, to] = [countedOf(stored.aggregate), countedOf(after)];
  const { rollout, phase } = stored;
  if (from !== to)
    await addToCount(context, [
      { rollout, phase, state: from, n: -1 },
      { rollout, phase, state: to, n: 1 },
    ]);
  context.touch({ device: stored.device });
  return attemptId;
}

function countedOf({ assignment, attempt }: AssignmentAggregate) {
  return countedState(assignment.state, attempt?.state ?? null);
}

async function perform(
  context: CommandContext,
  scope: Scope,
  { stored, effect }: { readonly stored: StoredAssignment; readonly effect: Effect },
): Promise<void> {
  switch (effect.type) {
    case 'attributes-wanted':
      return setAttributesWanted(context, stored.device, true);
    case 'release-runs':
      await setRunningRelease(context, stored.device, stored.release);
      return closeFulfilled(context, scope, stored);
    case 'attempt-moved':
    case 'assignment-moved':
      return;
  }
}

/** What else the device was to get of the same release, and has not begun, is fulfilled with it (design: 6-data 11). */
async function closeFulfilled(context: CommandContext, scope: Scope, stored: StoredAssignment): Promise<void> {
  const at = await readDeviceAtContact(context.db, stored.device);
  const others = at?.open.filter(({ id, release }) => id !== stored.id && release.id === stored.release) ?? [];
  for (const { id } of others)
    await stepAttempt(context, scope, { assignment: id, input: { type: 'found-installed' } });
}

/** Keeps the assignment that lists show for the device: the one that its door serves. */
export async function showCurrent(context: CommandContext, device: number): Promise<void> {
  const at = await readDeviceAtContact(context.db, device);
  if (at === null) return;
  await setShownAssignment(context, device, atContact(at.device, at.open).current?.id ?? null);
}
