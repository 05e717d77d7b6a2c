import type { AssignmentState, AttemptState } from '@updraft/core';

/** hawkBit's names of the states of an action (frozen wire names). */
export type DdiActionStatus =
  | 'WAIT_FOR_CONFIRMATION'
  | 'SCHEDULED'
  | 'RUNNING'
  | 'RETRIEVED'
  | 'CANCELING'
  | 'CANCELED'
  | 'DOWNLOADED'
  | 'FINISHED'
  | 'ERROR';

/** What is known of an action beside the state that it shows. */
export type ActionTraits = {
  /** The device has fetched its description. */
  readonly isRetrieved: boolean;
  readonly isDownloadOnly: boolean;
};

/** The state of an attempt, or of an assignment without one, in hawkBit's words: intermediate reports change nothing there. */
export function ddiActionStatus(state: AttemptState | AssignmentState, traits: ActionTraits): DdiActionStatus {
  switch (state) {
    case 'awaiting-consent':
      return 'WAIT_FOR_CONFIRMATION';
    case 'scheduled':
      return 'SCHEDULED';
    case 'canceling':
      return 'CANCELING';
    case 'canceled':
    case 'superseded':
      return 'CANCELED';
    case 'failed':
    case 'rolled-back':
    case 'timed-out':
      return 'ERROR';
    case 'succeeded':
      return traits.isDownloadOnly ? 'DOWNLOADED' : 'FINISHED';
    default:
      return traits.isRetrieved ? 'RETRIEVED' : 'RUNNING';
  }
}
