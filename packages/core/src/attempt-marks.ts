import type { AttemptEvent } from './attempt-lifecycle.ts';
import type { AssignmentAggregate, Attempt, AttemptInput, Instant } from './attempt.ts';
import { consentAnswer } from './consent.ts';
import { dueNow } from './due.ts';
import { withEvidence } from './evidence.ts';

type Step = {
  /** Before the input. */
  readonly state: AssignmentAggregate & { readonly attempt: Attempt };
  readonly input: AttemptInput;
  readonly now: Instant;
  readonly event: AttemptEvent;
};

/** Notes what an input tells beside the state: begun, grants, evidence, consent, the reason of an end. */
export function marked(attempt: Attempt, step: Step): Attempt {
  const { state, input, now, event } = step;
  const next = { ...attempt, ...heard(step), ...startedFrom(step) };
  if (event === 'download-enough') return { ...next, reason: 'downloaded' };
  switch (input.type) {
    case 'offer-made':
      return { ...next, offeredAt: now, installOfferedAt: input.install ? now : null, paceHeld: input.paced === true };
    case 'report-proceeding':
      return { ...next, installOfferedAt: next.installOfferedAt ?? now };
    case 'report-succeeded':
      return { ...next, evidence: withEvidence(next.evidence, input.vouches) };
    case 'report-failed':
    case 'report-rolled-back':
      return { ...next, reason: input.type.slice('report-'.length), message: input.message };
    case 'attributes-reported':
      return { ...next, evidence: withEvidence(next.evidence, 'observed') };
    case 'cancel-refused':
      return { ...next, cancelRefusedAt: now };
    case 'offer-refused':
      return refusedBy(next, { event, message: input.message, now });
    case 'consent-asked':
      return isAnswered(step) ? next : { ...next, consent: 'asked', asksAgainAt: null };
    case 'consent-given':
    case 'consent-declined':
      return { ...next, ...consentAnswer(input.type, state.rules.consent, now) };
    case 'found-incompatible':
      return { ...next, reason: 'incompatible' };
    case 'found-installed':
      return { ...next, reason: 'already-installed' };
    case 'force-quit':
      return { ...next, reason: input.reason ?? 'force-quit' };
    case 'device-replaced':
      return { ...next, reason: 'replaced' };
    case 'due':
      return event === 'offer-withdrawn'
        ? next
        : { ...next, reason: dueNow(state, state.attempt, input, now)?.reason ?? null };
    default:
      return next;
  }
}

/** Reports and bytes: what begins an attempt and what counts as its device's word. */
export function isDeviceWork(input: AttemptInput): boolean {
  return input.type.startsWith('report-') || input.type === 'first-byte' || input.type === 'all-bytes';
}

/** What a device that has begun refuses is only heard. */
function refusedBy(
  attempt: Attempt,
  { event, message, now }: Pick<Step, 'event' | 'now'> & { readonly message: string | null },
): Attempt {
  if (event === 'report-noted') return attempt;
  const next = { ...attempt, ...refusalNoted(attempt, message, now) };
  return event === 'refused-for-good' ? { ...next, reason: 'offer-refused', message } : next;
}

/** What a refusal leaves with an attempt that has not begun. */
export function refusalNoted(
  attempt: Attempt,
  message: string | null,
  now: Instant,
): Pick<Attempt, 'refusedAt' | 'refusal' | 'refusals'> {
  return { refusedAt: now, refusal: message, refusals: refusalsOf(attempt) };
}

/** How many offers are refused with one more word of refusal: that of an offer which is refused already is its repetition. */
export function refusalsOf({ refusals, refusedAt, offeredAt }: Attempt): number {
  return refusedAt === null || (offeredAt ?? 0) > refusedAt ? refusals + 1 : refusals;
}

/** Until it is time to ask again, a no stays one. */
function isAnswered({ state: { attempt }, now }: Step): boolean {
  return attempt.consent === 'declined' && (attempt.asksAgainAt ?? 0) > now;
}

function heard({ state, input, now }: Step): Partial<Attempt> {
  if (!isDeviceWork(input)) return input.type.endsWith('-refused') ? { heardAt: now } : {};
  return { heardAt: now, begunAt: state.attempt.begunAt ?? now };
}

/**
 * What must have changed when the new version runs: the slot since the attempt began, the boot id since the device last
 * said that it had installed.
 */
function startedFrom({ state, input, event }: Step): Partial<Attempt> {
  const { attempt, rules } = state;
  if (rules.evidence === null || !isDeviceWork(input)) return {};
  const { slot, bootId } = rules.evidence.known;
  const saysInstalled =
    event === 'report-installed' || (event === 'evidence-required' && attempt.bootIdBefore === null);
  return {
    ...(attempt.begunAt === null ? { slotBefore: slot } : {}),
    ...(saysInstalled ? { bootIdBefore: bootId } : {}),
  };
}
