import type { Edge, Lifecycle } from './lifecycle.ts';

export const ATTEMPT_STATES = [
  'scheduled',
  'awaiting-consent',
  'ready',
  'offered',
  'downloading',
  'downloaded',
  'installing',
  'awaiting-report',
  'awaiting-evidence',
  'canceling',
  'succeeded',
  'failed',
  'rolled-back',
  'timed-out',
  'canceled',
] as const;
export type AttemptState = (typeof ATTEMPT_STATES)[number];

/** Those that count against a device. */
export const FAILED_ATTEMPT_STATES = ['failed', 'rolled-back', 'timed-out'] as const;
export const CLOSED_ATTEMPT_STATES = ['succeeded', ...FAILED_ATTEMPT_STATES, 'canceled'] as const;
export type ClosedAttemptState = (typeof CLOSED_ATTEMPT_STATES)[number];
export type OpenAttemptState = Exclude<AttemptState, ClosedAttemptState>;

export type AttemptEvent =
  | 'phase-started'
  | 'consent-asked'
  | 'consent-given'
  | 'consent-declined'
  | 'offer-made'
  | 'offer-withdrawn'
  | 'offer-refused'
  | 'refused-for-good'
  | 'first-byte'
  | 'all-bytes'
  | 'download-enough'
  | 'report-downloading'
  | 'report-downloaded'
  | 'report-proceeding'
  | 'report-installed'
  | 'report-succeeded'
  | 'report-failed'
  | 'report-rolled-back'
  | 'report-noted'
  | 'evidence-required'
  | 'evidence-observed'
  | 'evidence-missing'
  | 'found-incompatible'
  | 'cancel'
  | 'cancel-unasked'
  | 'cancel-acknowledged'
  | 'cancel-refused'
  | 'force-quit'
  | 'limit-passed';

type AttemptEdge = Edge<AttemptState, AttemptEvent>;

const OPEN = ATTEMPT_STATES.filter((state): state is OpenAttemptState => !isEnd(state));

/** What a device that has been offered the update can stand in while it works. */
const AT_WORK = ['offered', 'downloading', 'downloaded', 'installing', 'awaiting-report'] as const;

/** The order in which work goes forward. */
const WORK_ORDER: readonly AttemptState[] = ['awaiting-consent', 'ready', ...AT_WORK];

/**
 * A try of an assignment (design: two lifecycles; 6-data 5 to 8).
 *
 * Edges out of `ready` and `awaiting-consent` by the device exist because an offer that was withdrawn may still be in the device's hands: a
 * byte or a report for an attempt that was once offered begins it. Consent is the device user's answer, whoever passes it
 * on; what is not asked for any more holds nothing up. `download-enough`: a download-only update has all its bytes.
 * `refused-for-good`: its device has refused as many offers as it may.
 */
export const attemptLifecycle: Lifecycle<AttemptState, AttemptEvent> = {
  name: 'attempt',
  states: ATTEMPT_STATES,
  closed: CLOSED_ATTEMPT_STATES,
  derived: ['scheduled'],
  edges: [
    ...edges('scheduled', [
      ['phase-started', 'ready', 'server'],
      ['consent-asked', 'awaiting-consent', 'server'],
      ['cancel-unasked', 'canceled', 'server'],
    ]),
    ...edges('awaiting-consent', [
      ['consent-asked', 'awaiting-consent', 'server'],
      ['consent-given', 'ready', 'device'],
      ['consent-declined', 'awaiting-consent', 'device'],
      ['offer-made', 'offered', 'server'],
      ['refused-for-good', 'failed', 'device'],
      ['found-incompatible', 'failed', 'server'],
      ['cancel', 'canceling', 'operator'],
      ['cancel-unasked', 'canceled', 'server'],
    ]),
    ...edges('ready', [
      ['consent-asked', 'awaiting-consent', 'server'],
      ['consent-declined', 'awaiting-consent', 'device'],
      ['offer-made', 'offered', 'server'],
      ['refused-for-good', 'failed', 'device'],
      ['cancel', 'canceling', 'operator'],
      ['cancel-unasked', 'canceled', 'server'],
      ['found-incompatible', 'failed', 'server'],
    ]),
    ...edges('offered', [
      ['offer-withdrawn', 'ready', 'server'],
      ['offer-refused', 'ready', 'device'],
      ['refused-for-good', 'failed', 'device'],
      ['cancel', 'canceling', 'operator'],
      ['cancel-unasked', 'canceled', 'server'],
      ['found-incompatible', 'failed', 'server'],
    ]),
    ...edges('downloading', [['cancel', 'canceling', 'operator']]),
    ...edges('downloaded', [['cancel', 'canceling', 'operator']]),
    ...edges('installing', [['cancel', 'canceling', 'operator']]),
    ...edges('awaiting-report', [['cancel', 'canceling', 'operator']]),
    ...edges('awaiting-evidence', [
      ['cancel', 'canceled', 'operator'],
      ['cancel-unasked', 'canceled', 'server'],
      ['evidence-observed', 'succeeded', 'device'],
      ['evidence-missing', 'failed', 'time'],
      ['report-succeeded', 'awaiting-evidence', 'device'],
      ['report-failed', 'failed', 'device'],
      ['report-rolled-back', 'rolled-back', 'device'],
    ]),
    ...edges('canceling', [
      ['cancel', 'canceling', 'operator'],
      ['cancel-acknowledged', 'canceled', 'device'],
      ['cancel-refused', 'previous', 'device'],
      ['first-byte', 'canceling', 'device'],
      ['all-bytes', 'canceling', 'device'],
      ['report-downloading', 'canceling', 'device'],
      ['report-downloaded', 'canceling', 'device'],
      ['report-proceeding', 'canceling', 'device'],
      ['report-installed', 'canceling', 'device'],
      ...wentOn(),
    ]),
    ...WORK_ORDER.flatMap(workEdges),
    ...OPEN.flatMap((from) =>
      edges(from, [
        ['report-noted', from === 'ready' || from === 'awaiting-consent' ? 'offered' : from, 'device'],
        ['force-quit', 'canceled', 'operator'],
        ['limit-passed', 'timed-out', 'time'],
      ]),
    ),
    ...(['awaiting-report', 'canceling'] as const).flatMap((from) =>
      edges(from, [['evidence-observed', from, 'device']]),
    ),
  ],
};

/** A device that works moves forward, may skip what it does not tell, and never back. */
function workEdges(from: (typeof WORK_ORDER)[number]): readonly AttemptEdge[] {
  const at = WORK_ORDER.indexOf(from);
  const forward = (event: AttemptEvent, to: AttemptState): AttemptEdge => {
    const target = WORK_ORDER.indexOf(to) > at ? to : from;
    const skips = WORK_ORDER.indexOf(target) - at > 1;
    return { from, event, to: target, by: 'device', ...(skips ? { skip: true } : {}) };
  };
  return [
    forward('first-byte', 'downloading'),
    forward('report-downloading', 'downloading'),
    forward('all-bytes', 'downloaded'),
    forward('report-downloaded', 'downloaded'),
    forward('report-proceeding', 'installing'),
    forward('report-installed', 'awaiting-report'),
    ...edges(from, wentOn()).map((edge) => {
      const early = from !== 'awaiting-report' && (edge.to === 'succeeded' || edge.to === 'awaiting-evidence');
      return early ? { ...edge, skip: true as const } : edge;
    }),
  ];
}

/** How a device ends an attempt by its own word, also while it was asked to cancel. */
function wentOn(): readonly Row[] {
  return [
    ['download-enough', 'succeeded', 'device'],
    ['report-succeeded', 'succeeded', 'device'],
    ['evidence-required', 'awaiting-evidence', 'device'],
    ['report-failed', 'failed', 'device'],
    ['report-rolled-back', 'rolled-back', 'device'],
  ];
}

type Row = readonly [AttemptEvent, AttemptState | 'previous', AttemptEdge['by']];

function edges(from: AttemptState, rows: readonly Row[]): readonly AttemptEdge[] {
  return rows.map(([event, to, by]) => ({ from, event, to, by }));
}

function isEnd(state: AttemptState): state is ClosedAttemptState {
  return (CLOSED_ATTEMPT_STATES as readonly AttemptState[]).includes(state);
}
