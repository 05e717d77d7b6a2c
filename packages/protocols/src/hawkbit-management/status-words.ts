import type { AssignmentStanding, DeviceStanding, ReportKind } from '@updraft/core';
import type { ActionStatusWord } from './actions.ts';
import type { Target } from './targets.ts';

/**
 * hawkBit's words for how things stand (frozen wire names): the one place where they meet ours. What hawkBit has and we
 * never show stands for nothing here.
 */
const STATUS_OF_STANDING: Readonly<Record<AssignmentStanding, ActionStatusWord>> = {
  scheduled: 'scheduled',
  'awaiting-consent': 'wait_for_confirmation',
  going: 'running',
  fetched: 'retrieved',
  canceling: 'canceling',
  canceled: 'canceled',
  failed: 'error',
  downloaded: 'downloaded',
  succeeded: 'finished',
};

const UPDATE_STATUS_OF_STANDING: Readonly<Record<DeviceStanding, Target['updateStatus']>> = {
  unseen: 'unknown',
  seen: 'registered',
  updating: 'pending',
  'up-to-date': 'in_sync',
  failed: 'error',
};

/** For filters: what each word of hawkBit's stands for; one that we never show is a word that no row has. */
export const STANDING_OF_STATUS: Readonly<Record<string, string>> = {
  ...inverted(STATUS_OF_STANDING),
  warning: 'warning',
  download: 'download',
  cancel_rejected: 'cancel_rejected',
};
export const STANDING_OF_UPDATE_STATUS: Readonly<Record<string, string>> = inverted(UPDATE_STATUS_OF_STANDING);

const STATUS_OF_REPORT: Readonly<Record<ReportKind, ActionStatusWord>> = {
  retrieved: 'retrieved',
  'cancel-retrieved': 'retrieved',
  downloading: 'download',
  downloaded: 'downloaded',
  proceeding: 'running',
  installed: 'running',
  succeeded: 'finished',
  failed: 'error',
  'rolled-back': 'error',
  noted: 'running',
  stale: 'warning',
  skipped: 'warning',
  'cancel-acknowledged': 'canceled',
  'cancel-refused': 'cancel_rejected',
  'offer-refused': 'warning',
  'consent-given': 'running',
  'consent-declined': 'wait_for_confirmation',
};

/** What hawkBit says where a device says nothing, behind its own name (frozen words); null: it says nothing either. */
const SAID_FOR: Readonly<Record<ReportKind, string | null>> = {
  retrieved: 'Target retrieved update action and should start now the download.',
  'cancel-retrieved': 'Target retrieved cancel action and should start now the cancellation.',
  downloading: 'Target confirmed download start',
  downloaded: 'Target confirmed download finished',
  proceeding: 'Target reported PROCEEDING',
  installed: 'Target reported PROCEEDING',
  succeeded: 'Target reported CLOSED with OK!',
  failed: 'Target reported CLOSED with ERROR!',
  'rolled-back': 'Target reported CLOSED with ERROR!',
  noted: null,
  stale: null,
  skipped: null,
  'cancel-acknowledged': 'Cancellation confirmed',
  'cancel-refused': 'Target was not able to complete cancellation',
  'offer-refused': 'Target REJECTED update',
  'consent-given': null,
  'consent-declined': null,
};

/** The messages of one thing that was said of an action: the device's own, else hawkBit's for it; and its code. */
export function messagesOfReport(kind: ReportKind, said: readonly string[], code: number | null): readonly string[] {
  const server = SAID_FOR[kind];
  const words = said.length > 0 || server === null ? said.flatMap(inPieces) : [`Update Server: ${server}`];
  return code === null ? words : [...words, `Device reported status code: ${code}`];
}

/** hawkBit's longest message: what is longer stands in several. */
const MESSAGE_MAX_CHARACTERS = 512;

function inPieces(text: string): readonly string[] {
  const count = Math.ceil(text.length / MESSAGE_MAX_CHARACTERS);
  const starts = Array.from({ length: count }, (_, index) => index * MESSAGE_MAX_CHARACTERS);
  return starts.map((start) => text.slice(start, start + MESSAGE_MAX_CHARACTERS));
}

/** Of an action. One that is over, or is being called off, was or is of the type `cancel`. */
export function actionStatus(standing: AssignmentStanding) {
  const isCancel = standing === 'canceling' || standing === 'canceled';
  return { status: STATUS_OF_STANDING[standing], type: isCancel ? ('cancel' as const) : ('update' as const) };
}

/** Of one thing that was said of an action. */
export function reportStatus(kind: ReportKind): ActionStatusWord {
  return STATUS_OF_REPORT[kind];
}

export function updateStatus(standing: DeviceStanding): Target['updateStatus'] {
  return UPDATE_STATUS_OF_STANDING[standing];
}

function inverted(words: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(words).map(([ours, theirs]) => [theirs, ours]));
}
