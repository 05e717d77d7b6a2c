import type { AttemptInput } from '@updraft/core';

const offer = { type: 'offer-made', install: true } as const;
const ahead = { type: 'offer-made', install: false } as const;
const failed = { type: 'report-failed', message: 'disk full' } as const;
const ask = { type: 'cancel', intent: 'canceled', ask: true, by: 'operator' } as const;
const yes = { type: 'consent-given' } as const;

/** What a device may have done of an update before its rollout ends. Consent is asked in vain where none is needed. */
export const COURSES = {
  untouched: [],
  'said no': [{ type: 'consent-declined' }],
  'said yes': [yes],
  offered: [yes, offer],
  withdrawn: [yes, offer, { type: 'offer-withdrawn' }],
  refused: [yes, offer, { type: 'offer-refused', message: 'low battery' }],
  downloading: [yes, offer, { type: 'first-byte' }],
  'downloading ahead': [yes, ahead, { type: 'first-byte' }],
  'downloaded ahead': [yes, ahead, { type: 'first-byte' }, { type: 'all-bytes' }],
  installing: [yes, offer, { type: 'report-proceeding' }],
  restarting: [yes, offer, { type: 'report-installed' }],
  canceling: [yes, offer, { type: 'report-proceeding' }, ask],
  'kept on': [yes, offer, { type: 'report-proceeding' }, ask, { type: 'cancel-refused' }],
  'backing off': [yes, offer, { type: 'report-proceeding' }, failed],
  'offered again': [yes, offer, { type: 'report-proceeding' }, failed, yes, offer],
  'given up': [yes, offer, { type: 'first-byte' }, failed, yes, offer, { type: 'first-byte' }, failed],
  succeeded: [yes, offer, { type: 'report-succeeded', vouches: 'reported' }],
  replaced: [yes, offer, { type: 'report-proceeding' }, { type: 'device-replaced' }],
} as const satisfies Readonly<Record<string, readonly AttemptInput[]>>;

export type CourseName = keyof typeof COURSES;
