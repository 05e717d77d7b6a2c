import { assignmentLifecycle } from './assignment-lifecycle.ts';
import { attemptLifecycle, type AttemptEvent, type AttemptState } from './attempt-lifecycle.ts';
import type { Assignment, AssignmentAggregate, Attempt, AttemptInput, Decision, Effect, Instant } from './attempt.ts';
import { endAttempt } from './attempt-end.ts';
import { isDeviceWork, marked, refusalNoted, refusalsOf } from './attempt-marks.ts';
import { consentAnswer, consentRefusal } from './consent.ts';
import { dueNow } from './due.ts';
import { observes, shownIn } from './evidence.ts';
import { edgeOf, isClosed, UndeclaredTransition } from './lifecycle.ts';
import { paceEffects } from './pace-place.ts';
import { MAX_OFFER_REFUSALS } from './policy.ts';
import { beforeBirth } from './unborn.ts';

/**
 * The rules of an assignment and its attempt: what `input` makes of `state` at `now` (epoch ms).
 *
 * Pure. `refused` is an expected outcome that the caller's protocol words in its own way; a transition that no table
 * declares is a defect of ours and throws {@link UndeclaredTransition} only where a device cannot cause it.
 */
export function decide(state: AssignmentAggregate, input: AttemptInput, now: Instant): Decision {
  if (isClosed(assignmentLifecycle, state.assignment.state)) return { outcome: 'refused', code: 'attempt-closed' };
  const { attempt } = state;
  if (attempt === null || isClosed(attemptLifecycle, attempt.state)) {
    const born = beforeBirth({ ...state, attempt: null }, input, now);
    return 'born' in born ? decideBorn(born.born, { input, now, before: [born.effect] }) : born;
  }
  return decideBorn({ ...state, attempt }, { input, now, before: [] });
}

type WithAttempt = AssignmentAggregate & { readonly attempt: Attempt };
type Happening = { readonly input: AttemptInput; readonly now: Instant; readonly before: readonly Effect[] };

function decideBorn(state: WithAttempt, { input, now, before }: Happening): Decision {
  const refusedConsent = consentRefusal(state.attempt, input, state.rules.consent);
  if (refusedConsent !== null) return refusedConsent;
  const event = eventOf(state, input, now);
  const decision = event === null ? noted(state, input, now) : move({ state, input, now }, event);
  return decision.outcome === 'changed' ? { ...decision, effects: [...before, ...decision.effects] } : decision;
}

/** The table's event that an input means in this state, or null where it only leaves a note. */
function eventOf(state: WithAttempt, input: AttemptInput, now: Instant): AttemptEvent | null {
  const { attempt, rules } = state;
  switch (input.type) {
    case 'all-bytes':
    case 'report-downloaded':
      return rules.downloadOnly ? 'download-enough' : input.type;
    case 'report-succeeded':
      return successEvent(state);
    case 'attributes-reported':
      return observes(rules.evidence, input.attributes, attempt) && !isQuiet(attempt.state)
        ? 'evidence-observed'
        : null;
    case 'cancel':
      return cancelEvent(attempt, input);
    case 'found-installed':
      return attempt.begunAt === null && attempt.state !== 'canceling' ? 'cancel-unasked' : null;
    case 'offer-withdrawn':
      return attempt.state === 'offered' && attempt.begunAt === null ? 'offer-withdrawn' : null;
    case 'offer-refused':
      return refusedEvent(attempt);
    case 'consent-asked':
    case 'consent-given':
    case 'consent-declined':
      return consentEvent(attempt, input.type);
    case 'install-offered':
      return null;
    case 'device-replaced':
      return 'force-quit';
    case 'due':
      return dueNow(state, attempt, input, now)?.event ?? null;
    default:
      return input.type;
  }
}

/** What was taken back already is refused without a move; what has begun goes on, whatever is said. */
function refusedEvent(attempt: Attempt): AttemptEvent | null {
  const { state, begunAt } = attempt;
  if (begunAt !== null || state === 'canceling') return 'report-noted';
  if (refusalsOf(attempt) >= MAX_OFFER_REFUSALS) return 'refused-for-good';
  return state === 'offered' ? 'offer-refused' : null;
}

type ConsentAnswer = 'consent-asked' | 'consent-given' | 'consent-declined';

/** An answer that comes while the device downloads already, or once more, moves nothing; a yes can be taken back. */
function consentEvent({ state, consent }: Attempt, type: ConsentAnswer): ConsentAnswer | null {
  if (state === 'awaiting-consent') return type;
  if (state !== 'ready' || type === 'consent-given') return null;
  return type === 'consent-declined' || consent !== 'given' ? type : null;
}

/** What is to be downloaded only is done; what the device type wants evidence of is not done yet. */
function successEvent({ attempt, rules }: WithAttempt): AttemptEvent {
  if (attempt.state === 'awaiting-evidence') return 'report-succeeded';
  if (rules.downloadOnly) return 'download-enough';
  return rules.evidence !== null && !attempt.evidence.includes('observed') ? 'evidence-required' : 'report-succeeded';
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

type Step = { readonly state: WithAttempt; readonly input: AttemptInput; readonly now: Instant };

function move(step: Step, event: AttemptEvent): Decision {
  const { state, input, now } = step;
  const { attempt } = state;
  if (attempt.offeredAt === null && isAboutOffer(input)) return { outcome: 'refused', code: 'not-offered' };
  const edge = edgeOf(attemptLifecycle, attempt.state, event);
  if (edge === undefined) return refusal(attempt.state, event);
  const to = edge.to === 'previous' ? returnsTo(attempt) : edge.to;
  const unpaced = marked({ ...attempt, ...entered(attempt, to, now) }, { ...step, event });
  const pace = paceEffects(attempt, unpaced, { rules: state.rules, isWork: isDeviceWork(input) });
  const next = { ...unpaced, paceHeld: pace.held };
  const moved: Effect = { type: 'attempt-moved', event, from: attempt.state, to };
  const after = { ...state, attempt: next, assignment: intended(state, input) };
  if (isClosed(attemptLifecycle, to)) return endAttempt(after, [moved, ...pace.effects], now);
  const asks: readonly Effect[] = to === 'awaiting-evidence' ? [{ type: 'attributes-wanted' }] : [];
  return { outcome: 'changed', state: after, effects: [moved, ...asks, ...pace.effects] };
}

/** An event no edge takes: what a device can cause is refused with a code, the rest is a defect of ours. */
function refusal(from: AttemptState, event: AttemptEvent): Decision {
  if (event === 'cancel-acknowledged' || event === 'cancel-refused')
    return { outcome: 'refused', code: 'not-cancelable' };
  if (event.startsWith('report-') || event.endsWith('-byte') || event.endsWith('-bytes') || event === 'download-enough')
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

/** What the assignment learns while its attempt goes on: why it is cancelled, that its back-off is over. */
function intended({ assignment }: WithAttempt, input: AttemptInput): Assignment {
  switch (input.type) {
    case 'cancel':
      return { ...assignment, cancelIntent: assignment.cancelIntent ?? input.intent };
    case 'cancel-refused':
      return { ...assignment, cancelIntent: null };
    case 'offer-made':
      return { ...assignment, notBefore: null };
    default:
      return assignment;
  }
}

function isAboutOffer(input: AttemptInput): boolean {
  return isDeviceWork(input) || input.type === 'offer-refused';
}

/** Inputs that move nothing: a grant, an answer that comes early or late, an attribute report that proves nothing yet. */
function noted(state: WithAttempt, input: AttemptInput, now: Instant): Decision {
  const { attempt } = state;
  switch (input.type) {
    case 'attributes-reported':
      return adopted(state, input.attributes);
    case 'consent-given':
    case 'consent-declined': {
      const answer = consentAnswer(input.type, state.rules.consent, now);
      if (answer.consent === attempt.consent) return { outcome: 'unchanged' };
      return { outcome: 'changed', state: { ...state, attempt: { ...attempt, ...answer } }, effects: [] };
    }
    case 'offer-refused': {
      if (attempt.offeredAt === null) return { outcome: 'refused', code: 'not-offered' };
      const refused = { ...attempt, ...refusalNoted(attempt, input.message, now), heardAt: now };
      return { outcome: 'changed', state: { ...state, attempt: refused }, effects: [] };
    }
    case 'install-offered': {
      if (attempt.installOfferedAt !== null || !awaitsInstall(attempt)) return { outcome: 'unchanged' };
      const paceHeld = attempt.paceHeld || input.paced === true;
      const granted = { ...attempt, installOfferedAt: now, paceHeld };
      return { outcome: 'changed', state: { ...state, attempt: granted }, effects: [] };
    }
    default:
      return { outcome: 'unchanged' };
  }
}

/** What has begun and goes on; before that, an offer says itself whether it is one to install. */
function awaitsInstall({ state, begunAt }: Attempt): boolean {
  return begunAt !== null && state !== 'canceling' && state !== 'awaiting-evidence';
}

/** What was not known when the attempt began is known now: only from here on can it be seen to change. */
function adopted(state: WithAttempt, attributes: Readonly<Record<string, string>>): Decision {
  const { attempt, rules } = state;
  if (rules.evidence === null || attempt.begunAt === null) return { outcome: 'unchanged' };
  const shown = shownIn(rules.evidence, attributes);
  const slotBefore = attempt.slotBefore ?? shown.slot;
  const bootIdBefore = attempt.bootIdBefore ?? (isQuiet(attempt.state) ? null : shown.bootId);
  if (slotBefore === attempt.slotBefore && bootIdBefore === attempt.bootIdBefore) return { outcome: 'unchanged' };
  return { outcome: 'changed', state: { ...state, attempt: { ...attempt, slotBefore, bootIdBefore } }, effects: [] };
}
