import type { HeardReport, Meaning } from '@updraft/core';
import type { DdiExecution, DdiFeedback } from './feedback.ts';
import { swupdateMeaning } from './swupdate.ts';

/** Longest message that is kept of a failure's messages. */
export const MAX_MESSAGE_CHARACTERS = 2000;

/**
 * What a report on a deployment means to us. SWUpdate is known by its own words; any other client's early word vouches
 * only that it was `reported`.
 */
export function meaningOfFeedback(feedback: DdiFeedback, userAgent: string | undefined): HeardReport {
  return swupdateMeaning(feedback, userAgent) ?? generalMeaning(feedback);
}

/** hawkBit's mapping of `execution`: `finished` matters only with `closed`, and there `none` is a success. */
function generalMeaning(feedback: DdiFeedback): HeardReport {
  const { execution, result, details } = feedback.status;
  if (execution === 'rejected') return rejection(details);
  if (execution !== 'closed') return { otherwise: OPEN_EXECUTIONS[execution] };
  if (result.finished !== 'failure')
    return { otherwise: { kind: 'succeeded', input: { type: 'report-succeeded', vouches: 'reported' } } };
  return { otherwise: { kind: 'failed', input: { type: 'report-failed', message: messageOf(details) } } };
}

/** hawkBit keeps a rejection as a warning and offers at each poll again; we offer again later, unless the device has begun. */
function rejection(details: readonly string[]): HeardReport {
  const refused: Meaning = { kind: 'offer-refused', input: { type: 'offer-refused', message: messageOf(details) } };
  return { unbegun: refused, otherwise: noted };
}

const noted: Meaning = { kind: 'noted', input: { type: 'report-noted' } };

// prettier-ignore
const OPEN_EXECUTIONS: Readonly<Record<Exclude<DdiExecution, 'closed' | 'rejected'>, Meaning>> = {
  download:   { kind: 'downloading', input: { type: 'report-downloading' } },
  downloaded: { kind: 'downloaded',  input: { type: 'report-downloaded' } },
  proceeding: { kind: 'proceeding',  input: { type: 'report-proceeding' } },
  scheduled:  noted,
  resumed:    noted,
  canceled:   noted,
};

/** What a report on a cancellation means. hawkBit takes `canceled` for a warning only, and so do we. */
export function meaningOfCancelFeedback(feedback: DdiFeedback): HeardReport {
  const { execution, result } = feedback.status;
  const refused = execution === 'rejected' || (execution === 'closed' && result.finished === 'failure');
  if (refused) return { otherwise: { kind: 'cancel-refused', input: { type: 'cancel-refused' } } };
  if (execution === 'closed')
    return { otherwise: { kind: 'cancel-acknowledged', input: { type: 'cancel-acknowledged' } } };
  return { otherwise: { kind: 'noted', input: null } };
}

function messageOf(details: readonly string[]): string | null {
  const message = details.join('; ').slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed();
  return message === '' ? null : message;
}
