import { assignmentLifecycle, type AssignmentEvent } from './assignment-lifecycle.ts';
import { attemptLifecycle, type AttemptEvent, type AttemptState } from './attempt-lifecycle.ts';
import type { Assignment, AssignmentAggregate, Attempt, AttemptInput, Decision, Effect, Instant } from './attempt.ts';
import { dueNow } from './due.ts';
import { observes, withEvidence } from './evidence.ts';
import { edgeOf, isClosed, UndeclaredTransition } from './lifecycle.ts';

/**
 * The rules of an assignment and its attempt: what `input` makes of `state` at `now` (epoch ms).
 *
 * Pure. `refused` is an expected outcome that the caller's protocol words in its own way; a transition that no table
 * declares is a defect of ours and throws {@link UndeclaredTransition} only where a device cannot cause it.
 */
export function decide(state: AssignmentAggregate, input: AttemptInput, now: Instant): Decision {
  if (isClosed(assignmentLifecycle, state.assignment.state)) return { outcome: 'refused', code: 'attempt-closed' };
  if (state.attempt === null) return beforeBirth(state, input, now);
  if (isClosed(attemptLifecycle, state.attempt.state)) return { outcome: 'refused', code: 'attempt-closed' };
  const event = eventOf(state, state.attempt, input, now);
  if (event === null) return noted(state, state.attempt, input, now);
  return move({ state, attempt: state.attempt, input, now }, event);
}

/** A row that is born stands where the derived state stood: `ready`, the moment before its first event. */
export function newbornAttempt(now: Instant): Attempt {
  return {
    state: 'ready',
    stateAt: now,
    canceledFrom: null,
    evidence: [],
    offeredAt: null,
    installOfferedAt: null,
    begunAt: null,
    cancelRefusedAt: null,
    heardAt: null,
    endedAt: null,
    reason: null,
  };
}

/** An assignment without a row for its attempt: only an offer, an operator or a fact about the device gives it one. */
function beforeBirth(state: AssignmentAggregate, input: AttemptInput, now: Instant): Decision {
  const newborn = (): Decision => {
    const born = stepAssignment(state.assignment, 'attempt-born', now);
    const attempt = newbornAttempt(now);
    const decision = decide({ ...state, assignment: born.assignment, attempt }, input, now);
    if (decision.outcome !== 'changed') return decision;
    return { ...decision, effects: [born.effect, ...decision.effects] };
  };
  switch (input.type) {
    case 'offer-made':
    case 'found-incompatible':
      return newborn();
    case 'cancel':
      return input.ask
        ? newborn()
        : endUnborn(state, input.intent === 'canceled' ? 'withdrawn-by-operator' : 'superseded', now);
    case 'force-quit':
      return endUnborn(state, 'withdrawn-by-operator', now);
    case 'found-installed':
      return endUnborn(state, 'already-installed', now);
    case 'due':
      return silentBeforeBirth(state, input, now);
    case 'attributes-reported':
    case 'offer-withdrawn':
    case 'install-offered':
      return { outcome: 'unchanged' };
    case 'cancel-acknowledged':
    case 'cancel-refused':
      return { outcome: 'refused', code: 'not-cancelable' };
    default:
      return { outcome: 'refused', code: 'not-offered' };
  }
}

function silentBeforeBirth(state: AssignmentAggregate, input: AttemptInput & { type: 'due' }, now: Instant): Decision {
  const heard = Math.max(input.lastContactAt ?? 0, input.listeningSince);
  const silent = now >= heard + state.rules.timeLimits.silenceSeconds * 1000;
  return silent ? endUnborn(state, 'given-up', now, 'silence-limit') : { outcome: 'unchanged' };
}

function endUnborn(
  state: AssignmentAggregate,
  event: AssignmentEvent,
  now: Instant,
  reason: string | null = null,
): Decision {
  const step = stepAssignment(state.assignment, event, now, reason ?? (event === 'already-installed' ? event : null));
  const effects: Effect[] = [step.effect];
  return { outcome: 'changed', state: { ...state, assignment: step.assignment }, effects };
}

/** The table's event that an input means in this state, or null where it only leaves a note. */
function eventOf(state: AssignmentAggregate, attempt: Attempt, input: AttemptInput, now: Instant): AttemptEvent | null {
  switch (input.type) {
    case 'report-succeeded':
      return state.rules.evidence !== null &&
        !attempt.evidence.includes('observed') &&
        attempt.state !== 'awaiting-evidence'
        ? 'evidence-required'
        : 'report-succeeded';
    case 'attributes-reported':
      return observes(state.rules.evidence, input.attributes) && !isQuiet(attempt.state) ? 'evidence-observed' : null;
    case 'cancel':
      return cancelEvent(attempt, input);
    case 'found-installed':
      return attempt.begunAt === null && attempt.state !== 'canceling' ? 'cancel-unasked' : null;
    case 'offer-withdrawn':
      return attempt.state === 'offered' && attempt.begunAt === null ? 'offer-withdrawn' : null;
    case 'install-offered':
      return null;
    case 'due':
      return dueNow(state, attempt, input, now)?.event ?? null;
    default:
      return input.type;
  }
}

/** States in which an attribute report can prove nothing, as no install has been said to be over. */
function isQuiet(state: AttemptState): boolean {
  return state !== 'awaiting-report' && state !== 'awaiting-evidence' && state !== 'canceling';
}

/** A device that refused a cancel is asked again by an operator only; what has not begun needs no asking. */
function cancelEvent(attempt: Attempt, input: AttemptInput & { type: 'cancel' }): AttemptEvent | null {
  if (attempt.state === 'awaiting-evidence') return 'cancel-unasked';
  if (attempt.state === 'canceling') return 'cancel';
  if (!input.ask && attempt.begunAt === null) return 'cancel-unasked';
  return input.by === 'server' && attempt.cancelRefusedAt !== null ? null : 'cancel';
}

type Step = {
  readonly state: AssignmentAggregate;
  readonly attempt: Attempt;
  readonly input: AttemptInput;
  readonly now: Instant;
};

function move(step: Step, event: AttemptEvent): Decision {
  const { attempt, state, input, now } = step;
  if (attempt.offeredAt === null && isDeviceWork(input)) return { outcome: 'refused', code: 'not-offered' };
  const edge = edgeOf(attemptLifecycle, attempt.state, event);
  if (edge === undefined) return refusal(attempt.state, event);
  const to = edge.to === 'previous' ? returnsTo(attempt) : edge.to;
  const next = marked({ ...attempt, ...entered(attempt, to, now) }, step, event);
  const effects: Effect[] = [{ type: 'attempt-moved', event, from: attempt.state, to }];
  const after = { ...state, attempt: next, assignment: intended(state.assignment, input) };
  return isClosed(attemptLifecycle, to) ? close(after, next, effects, now) : opened(after, next, effects);
}

/** An event no edge takes: what a device can cause is refused with a code, the rest is a defect of ours. */
function refusal(from: AttemptState, event: AttemptEvent): Decision {
  if (event === 'cancel-acknowledged' || event === 'cancel-refused')
    return { outcome: 'refused', code: 'not-cancelable' };
  if (event.startsWith('report-') || event.endsWith('-byte') || event.endsWith('-bytes'))
    return { outcome: 'refused', code: 'undeclared-transition' };
  throw new UndeclaredTransition(attemptLifecycle.name, from, '?', event);
}

/** What began while the cancel was asked keeps its offer: it never falls back behind `offered`. */
function returnsTo(attempt: Attempt): AttemptState {
  const from = attempt.canceledFrom ?? 'offered';
  return attempt.begunAt !== null && (from === 'ready' || from === 'awaiting-consent') ? 'offered' : from;
}

function entered(attempt: Attempt, to: AttemptState, now: Instant): Partial<Attempt> {
  if (to === attempt.state) return {};
  const closing = isClosed(attemptLifecycle, to);
  return {
    state: to,
    stateAt: now,
    canceledFrom: to === 'canceling' ? attempt.state : null,
    ...(closing ? { endedAt: now } : {}),
  };
}

/** Notes what the input tells beside the state: begun, grants, evidence, the reason of an end. */
function marked(attempt: Attempt, { state, input, now, attempt: before }: Step, event: AttemptEvent): Attempt {
  const heard = isDeviceWork(input) || input.type === 'cancel-refused' ? { heardAt: now } : {};
  const begun = isDeviceWork(input) ? { begunAt: before.begunAt ?? now } : {};
  const next = { ...attempt, ...heard, ...begun };
  switch (input.type) {
    case 'offer-made':
      return { ...next, offeredAt: now, installOfferedAt: input.install ? now : null };
    case 'report-proceeding':
      return { ...next, installOfferedAt: next.installOfferedAt ?? now };
    case 'report-succeeded':
      return { ...next, evidence: withEvidence(next.evidence, input.vouches) };
    case 'report-failed':
    case 'report-rolled-back':
      return { ...next, reason: input.reason ?? input.type.slice('report-'.length) };
    case 'attributes-reported':
      return { ...next, evidence: withEvidence(next.evidence, 'observed') };
    case 'cancel-refused':
      return { ...next, cancelRefusedAt: now };
    case 'found-incompatible':
      return { ...next, reason: 'incompatible' };
    case 'found-installed':
      return { ...next, reason: 'already-installed' };
    case 'force-quit':
      return { ...next, reason: 'force-quit' };
    case 'due':
      return { ...next, reason: dueReason({ state, attempt: before, input, now }, event) };
    default:
      return next;
  }
}

function dueReason({ state, attempt, input, now }: Step, event: AttemptEvent): string | null {
  if (input.type !== 'due' || event === 'offer-withdrawn') return attempt.reason;
  return dueNow(state, attempt, input, now)?.reason ?? null;
}

/** Reports and bytes: what begins an attempt and what counts as its device's word. */
function isDeviceWork(input: AttemptInput): boolean {
  return input.type.startsWith('report-') || input.type === 'first-byte' || input.type === 'all-bytes';
}

function intended(assignment: Assignment, input: AttemptInput): Assignment {
  if (input.type === 'cancel') return { ...assignment, cancelIntent: assignment.cancelIntent ?? input.intent };
  return input.type === 'cancel-refused' ? { ...assignment, cancelIntent: null } : assignment;
}

function opened(state: AssignmentAggregate, attempt: Attempt, effects: Effect[]): Decision {
  const asks = attempt.state === 'awaiting-evidence' ? [{ type: 'attributes-wanted' } as const] : [];
  return { outcome: 'changed', state, effects: [...effects, ...asks] };
}

function close(state: AssignmentAggregate, attempt: Attempt, effects: readonly Effect[], now: Instant): Decision {
  const { event, reason } = endOf(attempt, state.assignment);
  const counted = event === 'given-up' ? state.assignment.failedAttempts + 1 : state.assignment.failedAttempts;
  const step = stepAssignment({ ...state.assignment, failedAttempts: counted }, event, now, reason);
  const after: Effect[] = event === 'fulfilled' ? [{ type: 'release-runs' }, { type: 'attributes-wanted' }] : [];
  return {
    outcome: 'changed',
    state: { ...state, assignment: step.assignment, attempt },
    effects: [...effects, step.effect, ...after],
  };
}

/** How the assignment ends when its attempt has: a canceling attempt that timed out still ends as it was meant to. */
function endOf(attempt: Attempt, assignment: Assignment): { event: AssignmentEvent; reason: string | null } {
  if (attempt.state === 'succeeded') return { event: 'fulfilled', reason: null };
  if (attempt.state === 'canceled' && attempt.reason === 'already-installed')
    return { event: 'already-installed', reason: 'already-installed' };
  const gaveIn = attempt.state === 'canceled' || (attempt.state === 'timed-out' && assignment.cancelIntent !== null);
  if (!gaveIn) return { event: 'given-up', reason: attempt.reason };
  return {
    event: assignment.cancelIntent === 'superseded' ? 'superseded' : 'withdrawn-by-operator',
    reason: attempt.reason,
  };
}

function stepAssignment(assignment: Assignment, event: AssignmentEvent, now: Instant, reason: string | null = null) {
  const edge = edgeOf(assignmentLifecycle, assignment.state, event);
  if (edge === undefined || edge.to === 'previous')
    throw new UndeclaredTransition(assignmentLifecycle.name, assignment.state, '?', event);
  const endedAt = isClosed(assignmentLifecycle, edge.to) ? now : null;
  const effect = { type: 'assignment-moved', event, from: assignment.state, to: edge.to } as const;
  return { assignment: { ...assignment, state: edge.to, reason, endedAt }, effect };
}

/** Inputs that move nothing: an install grant, or an attribute report that proves nothing yet. */
function noted(state: AssignmentAggregate, attempt: Attempt, input: AttemptInput, now: Instant): Decision {
  if (input.type !== 'install-offered' || attempt.installOfferedAt !== null) return { outcome: 'unchanged' };
  return { outcome: 'changed', state: { ...state, attempt: { ...attempt, installOfferedAt: now } }, effects: [] };
}
