import type { AttemptState } from './attempt-lifecycle.ts';
import type { Attempt, AttemptInput, Decision, Instant } from './attempt.ts';
import type { ConsentRule } from './policy.ts';

/**
 * Why an input does not go together with the device user's answer, or null where it does. Without a yes no install is
 * granted; what is granted is not asked about any more; what nobody asks about needs no answer.
 */
export function consentRefusal(
  attempt: Attempt,
  input: AttemptInput,
  rule: ConsentRule,
): (Decision & { readonly outcome: 'refused' }) | null {
  switch (input.type) {
    case 'offer-made':
      return input.install && isMissing(attempt, rule) ? refused('consent-missing') : null;
    case 'install-offered':
      return isMissing(attempt, rule) ? refused('consent-missing') : null;
    case 'consent-asked':
    case 'consent-given':
    case 'consent-declined':
      return rule.required && takesConsent(attempt) ? null : refused('consent-not-awaited');
    default:
      return null;
  }
}

/** What the device user's word leaves with the attempt: a no is asked about again after the policy's time, a yes never. */
export function consentAnswer(
  said: 'consent-given' | 'consent-declined',
  { askAgainSeconds }: ConsentRule,
  now: Instant,
): Pick<Attempt, 'consent' | 'asksAgainAt'> {
  return said === 'consent-given'
    ? { consent: 'given', asksAgainAt: null }
    : { consent: 'declined', asksAgainAt: now + askAgainSeconds * 1000 };
}

function isMissing({ consent }: Attempt, rule: ConsentRule): boolean {
  return rule.required && consent !== 'given';
}

/**
 * Whether an answer about consent still decides something: before the install is granted, or said to be done; an offer
 * that nobody has taken yet can still be withdrawn.
 */
export function takesConsent({
  state,
  begunAt,
  installOfferedAt,
}: Pick<Attempt, 'state' | 'begunAt' | 'installOfferedAt'>): boolean {
  return BEFORE_INSTALL.has(state) && (begunAt === null || installOfferedAt === null);
}

const BEFORE_INSTALL: ReadonlySet<AttemptState> = new Set([
  'awaiting-consent',
  'ready',
  'offered',
  'downloading',
  'downloaded',
]);

function refused(code: 'consent-missing' | 'consent-not-awaited') {
  return { outcome: 'refused', code } as const;
}
