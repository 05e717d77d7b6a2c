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
  loadAssignment,
  moveCount,
  openWishesOf,
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
import { countErred } from './error-threshold.ts';
import { movePaceLast } from './pace-places.ts';
import { setAsideWhereTooMany } from './penalty-box.ts';

export type AttemptStep = {
  readonly assignment: number;
  readonly input: AttemptInput;
  /** The assignment as the caller has read it since it took the device's row; left out: it is read. */
  readonly stored?: StoredAssignment;
};

export type StepOutcome =
  | {
      readonly outcome: 'changed';
      readonly attemptId: number | null;
      /** Its wire id. */
      readonly attemptNumber: number | null;
      readonly rollout: number;
      readonly after: AssignmentAggregate;
    }
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'refused'; readonly code: (Decision & { outcome: 'refused' })['code'] };

/**
 * The one place where something happens to an assignment: loads it, lets core decide, and stores the state and what it
 * entails in the same transaction. The caller has taken the device's row.
 */
export async function stepAttempt(context: CommandContext, scope: Scope, step: AttemptStep): Promise<StepOutcome> {
  const stored = step.stored ?? (await loadAssignment(context.db, step.assignment));
  if (stored === undefined || stored.tenant !== scope.tenant) throw new Error(`no assignment ${step.assignment}`);
  const decision = decide(stored.aggregate, step.input, context.now);
  if (decision.outcome !== 'changed') return decision;
  const saved = await store(context, stored, decision);
  const attemptId = saved?.id ?? null;
  const number = saved?.number ?? null;
  await recordMoves(context, scope, { stored, decision, number });
  for (const effect of decision.effects) await perform(context, scope, { stored, effect, attemptId, number });
  if (turnOf(stored.aggregate) !== turnOf(decision.state)) await showCurrent(context, stored.device);
  const { rollout } = stored;
  return { outcome: 'changed', attemptId, attemptNumber: number, rollout, after: decision.state };
}

async function store(
  context: CommandContext,
  stored: StoredAssignment,
  { state: after, effects }: Decision & { readonly outcome: 'changed' },
) {
  const saved = await saveAttempt(context, stored, after);
  const attemptId = saved?.id ?? null;
  const brought = effects.some(({ type }) => type === 'release-runs');
  if (!effects.every(isMoreOfTheSame) || effects.length === 0)
    await saveAssignment(context, stored, { aggregate: after, attemptId, brought });
  const [from, to] = [countedOf(stored.aggregate), countedOf(after)];
  if (from !== to) await moveCount(context, { rollout: stored.rollout, phase: stored.phase, from, to });
  context.touch({ device: stored.device });
  return saved;
}

/** The device said more of what it is at: its assignment's row stays as it is. */
export function isMoreOfTheSame(effect: Effect): boolean {
  return effect.type === 'attempt-moved' && effect.event.startsWith('report-') && effect.from === effect.to;
}

/** What decides which of its device's assignments is served; what stays in its turn changes no other's. */
function turnOf({ assignment, attempt }: AssignmentAggregate): string {
  if (assignment.endedAt !== null) return 'over';
  if (attempt === null || attempt.endedAt !== null) return 'unbegun';
  if (attempt.state === 'canceling' || attempt.state === 'awaiting-evidence') return attempt.state;
  return attempt.begunAt === null ? 'unbegun' : 'begun';
}

function countedOf({ assignment, attempt }: AssignmentAggregate) {
  return countedState(assignment.state, attempt?.state ?? null);
}

async function perform(context: CommandContext, scope: Scope, performed: Performed): Promise<void> {
  const { stored, effect, attemptId, number } = performed;
  switch (effect.type) {
    case 'attributes-wanted':
      return setAttributesWanted(context, stored.device, true);
    case 'release-runs':
      await setRunningRelease(context, stored.device, { release: stored.release, number: number ?? stored.number });
      return closeFulfilled(context, scope, stored);
    case 'attempt-failed':
      return setAsideWhereTooMany(context, scope, stored);
    case 'erred':
      return countErredLast(context, scope, { stored, by: 1 });
    case 'recovered':
      return countErredLast(context, scope, { stored, by: -1 });
    case 'pace-taken':
      return movePace(context, { stored, attemptId, move: 'taken' });
    case 'pace-freed':
      return movePace(context, { stored, attemptId, move: 'freed' });
    case 'attempt-moved':
    case 'assignment-moved':
      return;
  }
}

type Performed = {
  readonly stored: StoredAssignment;
  readonly effect: Effect;
  readonly attemptId: number | null;
  /** Its wire id. */
  readonly number: number | null;
};

function movePace(
  context: CommandContext,
  { stored, attemptId, move }: Omit<Performed, 'effect' | 'number'> & { readonly move: 'taken' | 'freed' },
): void {
  const { rollout, device } = stored;
  if (attemptId === null) throw new Error(`a place of rollout ${rollout} is ${move} for an attempt that is not born`);
  movePaceLast(context, move, { rollout, device, attempt: attemptId });
}

/** Behind everything else of the transaction: the phase's row is what every failure of the phase waits for. */
function countErredLast(
  context: CommandContext,
  scope: Scope,
  { stored, by }: { readonly stored: StoredAssignment; readonly by: 1 | -1 },
): void {
  const { rollout, phase } = stored;
  context.lastForAll(`phase ${keyOf(rollout)}`, { phase, by }, (members) =>
    countErred(context, scope, { rollout, members }),
  );
}

/** Keys go in the order of their numbers. */
function keyOf(id: number): string {
  return String(id).padStart(String(Number.MAX_SAFE_INTEGER).length, '0');
}

/** What else the device was to get of the same release, and has not begun, is fulfilled with it (design: 6-data 11). */
async function closeFulfilled(context: CommandContext, scope: Scope, stored: StoredAssignment): Promise<void> {
  const open = await openWishesOf(context.db, stored.device);
  const others = open.filter(({ id, release }) => id !== stored.id && release === stored.release);
  for (const { id } of others)
    await stepAttempt(context, scope, { assignment: id, input: { type: 'found-installed' } });
}

/** Keeps the assignment that lists show for the device: the one that its door serves. Of several, the gates tell which. */
export async function showCurrent(context: CommandContext, device: number): Promise<void> {
  const open = await openWishesOf(context.db, device);
  if (open.length < 2) return setShownAssignment(context, device, open[0]?.id ?? null);
  const at = await readDeviceAtContact(context.db, device, context.now);
  if (at === null) return;
  await setShownAssignment(context, device, atContact(at.device, at.open, context.now).current?.id ?? null);
}
