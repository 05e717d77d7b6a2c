import type { Attempt, AttemptInput } from './attempt.ts';

/** What a report is kept as. `stale`: a restarted process told the result of an earlier attempt. */
export const REPORT_KINDS = [
  'retrieved',
  'cancel-retrieved',
  'downloading',
  'downloaded',
  'proceeding',
  'installed',
  'succeeded',
  'failed',
  'rolled-back',
  'noted',
  'stale',
  'skipped',
  'cancel-acknowledged',
  'cancel-refused',
  'offer-refused',
  'consent-given',
  'consent-declined',
] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

/** A report translated into our words. Without an input it is kept and changes nothing. */
export type Meaning = { readonly kind: ReportKind; readonly input: AttemptInput | null };

/** How far an attempt is, as far as the meaning of a device's words depends on it. */
export type Moment = 'unbegun' | 'downloaded' | 'installed' | 'otherwise';

/** What a device's words mean, by the moment in which they arrive: an adapter's table fills it, the store knows the moment. */
export type HeardReport = { readonly otherwise: Meaning } & { readonly [M in Moment]?: Meaning };

/** `installed`: the device has said that it installed, and is to tell the end after its restart. */
export function momentOf(attempt: Pick<Attempt, 'state' | 'begunAt' | 'canceledFrom'> | null): Moment {
  if (attempt === null || attempt.begunAt === null) return 'unbegun';
  const state = attempt.state === 'canceling' ? attempt.canceledFrom : attempt.state;
  if (state === 'awaiting-report') return 'installed';
  return state === 'downloaded' ? 'downloaded' : 'otherwise';
}

export function meaningOf(heard: HeardReport, moment: Moment): Meaning {
  return heard[moment] ?? heard.otherwise;
}
