import type { AssignmentEvent } from './assignment-lifecycle.ts';
import { stepAssignment } from './assignment-step.ts';
import type { Assignment, AssignmentAggregate, Attempt, AttemptInput, Decision, Effect, Instant } from './attempt.ts';

type Born = {
  readonly born: AssignmentAggregate & { readonly attempt: Attempt };
  readonly effect: Effect;
};

/**
 * What an input means for an assignment without an open attempt: only an offer, an answer about consent, an operator or
 * a fact about the device gives it a row (design: 6-data 3). `born` is to meet the input in its turn.
 */
export function beforeBirth(state: AssignmentAggregate, input: AttemptInput, now: Instant): Decision | Born {
  switch (input.type) {
    case 'offer-made':
    case 'found-incompatible':
    case 'consent-asked':
    case 'consent-given':
    case 'consent-declined':
      return bear(state, now);
    case 'cancel':
      return isAsked(state, input)
        ? bear(state, now)
        : endUnborn(state, { event: input.intent === 'canceled' ? 'withdrawn-by-operator' : 'superseded', now });
    case 'force-quit':
      return endUnborn(state, { event: 'withdrawn-by-operator', now, reason: input.reason ?? 'force-quit' });
    case 'device-replaced':
      return replaced(state, now);
    case 'found-installed':
      return endUnborn(state, { event: 'already-installed', now, reason: 'already-installed' });
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
      return { outcome: 'refused', code: state.assignment.attempts > 0 ? 'attempt-closed' : 'not-offered' };
  }
}

/** An assignment as it is made. */
export const UNBORN_ASSIGNMENT: Assignment = {
  state: 'waiting',
  reason: null,
  message: null,
  attempts: 0,
  failedAttempts: 0,
  erred: false,
  cancelIntent: null,
  notBefore: null,
  endedAt: null,
};

/** A row that is born stands where the derived state stood, the moment before its first event. */
export function newbornAttempt(now: Instant, awaitsConsent = false): Attempt {
  return {
    state: awaitsConsent ? 'awaiting-consent' : 'ready',
    stateAt: now,
    canceledFrom: null,
    consent: null,
    asksAgainAt: null,
    evidence: [],
    offeredAt: null,
    installOfferedAt: null,
    begunAt: null,
    cancelRefusedAt: null,
    refusedAt: null,
    refusal: null,
    refusals: 0,
    heardAt: null,
    endedAt: null,
    reason: null,
    message: null,
    paceHeld: false,
    slotBefore: null,
    bootIdBefore: null,
  };
}

function bear(state: AssignmentAggregate, now: Instant): Born {
  const step = stepAssignment(state.assignment, { event: 'attempt-born', now });
  const assignment = { ...step.assignment, attempts: state.assignment.attempts + 1 };
  const attempt = newbornAttempt(now, state.rules.consent.required);
  return { born: { ...state, assignment, attempt }, effect: step.effect };
}

/** Between two attempts nothing is in the device's hands that it could be asked to give back. */
function isAsked({ assignment }: AssignmentAggregate, input: AttemptInput & { type: 'cancel' }): boolean {
  return input.ask && assignment.state === 'waiting';
}

/** New hardware begins anew: it waits for no back-off of the old. */
function replaced(state: AssignmentAggregate, now: Instant): Decision {
  if (state.assignment.state === 'waiting') return { outcome: 'unchanged' };
  const step = stepAssignment({ ...state.assignment, failedAttempts: 0 }, { event: 'device-replaced', now });
  return { outcome: 'changed', state: { ...state, assignment: step.assignment }, effects: [step.effect] };
}

function silentBeforeBirth(state: AssignmentAggregate, input: AttemptInput & { type: 'due' }, now: Instant): Decision {
  const heard = Math.max(input.lastContactAt ?? 0, input.listeningSince);
  const silent = now >= heard + state.rules.timeLimits.silenceSeconds * 1000;
  return silent ? endUnborn(state, { event: 'given-up', now, reason: 'silence-limit' }) : { outcome: 'unchanged' };
}

type End = { readonly event: AssignmentEvent; readonly now: Instant; readonly reason?: string };

function endUnborn(state: AssignmentAggregate, end: End): Decision {
  const step = stepAssignment(state.assignment, end);
  return {
    outcome: 'changed',
    state: { ...state, assignment: step.assignment },
    effects: [step.effect, ...step.counted],
  };
}
