import type { HeardReport, Meaning } from '@updraft/core';
import type { DdiFeedback } from './feedback.ts';

/** What SWUpdate sends as User-Agent in every version: it is libcurl's example. */
export const SWUPDATE_USER_AGENT = 'libcurl-agent/1.0';

export function isSwupdate(userAgent: string | undefined): boolean {
  return userAgent === SWUPDATE_USER_AGENT;
}

/**
 * The files of a component that a client is shown. SWUpdate installs `.swu` files; some of its versions stream anything
 * beside them but `.zck` into the installer and fail, so that those files are kept from it. A component without any
 * `.swu` is shown as it is: the device says that it cannot install it.
 */
export function listedForClient<T extends { readonly filename: string }>(
  artifacts: readonly T[],
  userAgent: string | undefined,
): readonly T[] {
  if (!isSwupdate(userAgent) || !artifacts.some(({ filename }) => filename.endsWith('.swu'))) return artifacts;
  return artifacts.filter(({ filename }) => filename.endsWith('.swu') || filename.endsWith('.zck'));
}

const noted: Meaning = { kind: 'noted', input: { type: 'report-noted' } };
const downloading: Meaning = { kind: 'downloading', input: { type: 'report-downloading' } };
const proceeding: Meaning = { kind: 'proceeding', input: { type: 'report-proceeding' } };
const installed: Meaning = { kind: 'installed', input: { type: 'report-installed' } };
const stale: Meaning = { kind: 'stale', input: null };
const skipped: Meaning = { kind: 'skipped', input: null };
/** It cannot only download: it will not take what it was told not to install, and is asked again as who refuses is. */
const unable: Meaning = { kind: 'offer-refused', input: { type: 'offer-refused', message: 'Skipped Update.' } };
const succeeded = (vouches: 'confirmed' | 'reported'): Meaning => ({
  kind: 'succeeded',
  input: { type: 'report-succeeded', vouches },
});
const failed = (message: string): Meaning => ({ kind: 'failed', input: { type: 'report-failed', message } });
const rolledBack = (message: string): Meaning => ({
  kind: 'rolled-back',
  input: { type: 'report-rolled-back', message },
});

type Row = {
  readonly execution: DdiFeedback['status']['execution'];
  readonly finished: DdiFeedback['status']['result']['finished'];
  /** The only message. */
  readonly words: string;
  /** Sent only by a process that has just started, about whatever action is offered: progress 0 of 0. */
  readonly afterRestart?: true;
  readonly means: HeardReport;
};

/**
 * SWUpdate's own words, the same since 2022.12, and what they mean.
 *
 * At its start it tells the result that its boot environment holds, to whatever action is offered then. An attempt that
 * has not begun cannot have a result: it is a stale one. The end counts as confirmed only where SWUpdate had said before
 * that it installed: this process started after the restart.
 */
// prettier-ignore
const SWUPDATE_WORDS: readonly Row[] = [
  { execution: 'proceeding', finished: 'none',    words: 'Installing Update Chunk Artifacts.',   means: { otherwise: downloading } },
  { execution: 'proceeding', finished: 'none',    words: 'All Chunks Installed.',                means: { otherwise: installed } },
  { execution: 'proceeding', finished: 'none',    words: 'Update Installed, Testing Pending.',   afterRestart: true, means: { unbegun: stale, otherwise: installed } },
  { execution: 'closed',     finished: 'success', words: 'Update Installed.',                    afterRestart: true, means: { unbegun: stale, installed: succeeded('confirmed'), otherwise: succeeded('reported') } },
  { execution: 'closed',     finished: 'failure', words: 'Update Failed.',                       afterRestart: true, means: { unbegun: stale, installed: rolledBack('Update Failed.'), otherwise: failed('Update Failed.') } },
  { execution: 'closed',     finished: 'success', words: 'Skipped Update.',                      means: { unbegun: unable, otherwise: skipped } },
];

/**
 * Why a device returned to its old slot, where its boot script or its health check told SWUpdate to say so: the second
 * message of the end. The words are those of the reference device.
 */
const ROLL_BACK_REASON = /^(?:boot-limit|image-unloadable|server-unreachable|health:[a-z\d][a-z\d-]*)$/;

/** The meaning of a report that bears SWUpdate's fingerprint, or null where another client's rules apply. */
export function swupdateMeaning(feedback: DdiFeedback, userAgent: string | undefined): HeardReport | null {
  const { execution, result, details } = feedback.status;
  const [words, ...more] = details;
  const ofNothing = result.progress?.cnt === 0 && result.progress.of === 0;
  const row = SWUPDATE_WORDS.find(
    (known) =>
      known.execution === execution &&
      known.finished === result.finished &&
      known.words === words &&
      more.length === 0 &&
      (known.afterRestart === undefined || ofNothing || isSwupdate(userAgent)),
  );
  if (row !== undefined) return row.means;
  if (execution === 'closed' && result.finished === 'failure') return rollBackMeaning(details, userAgent);
  if (execution !== 'proceeding') return null;
  return words === 'Installed Chunk.' ? chunkMeaning(result.progress) : logMeaning(feedback, userAgent);
}

/** A reason that the device itself kept over its restart counts also where the server had not heard that it installed. */
function rollBackMeaning(details: readonly string[], userAgent: string | undefined): HeardReport | null {
  const [words, reason, ...more] = details;
  if (!isSwupdate(userAgent) || words !== 'Update Failed.' || more.length > 0) return null;
  if (reason === undefined || !ROLL_BACK_REASON.test(reason)) return null;
  return { unbegun: stale, otherwise: rolledBack(reason) };
}

/** One of several chunks does not make an installed update. */
function chunkMeaning(progress: DdiFeedback['status']['result']['progress']): HeardReport {
  const isLast = (progress?.cnt ?? 0) >= (progress?.of ?? 0);
  return { otherwise: isLast ? installed : proceeding };
}

/** Lines of its log, sent while it downloads and installs at once: a running number of nothing. */
function logMeaning(feedback: DdiFeedback, userAgent: string | undefined): HeardReport | null {
  if (!isSwupdate(userAgent) || feedback.status.result.progress?.of !== 0) return null;
  return { downloaded: proceeding, otherwise: noted };
}
