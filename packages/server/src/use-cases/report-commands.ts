import {
  assignmentLifecycle,
  isClosed,
  meaningOf,
  momentOf,
  type AttemptInput,
  type HeardReport,
  type Meaning,
} from '@updraft/core';
import {
  findByWireId,
  hasReport,
  insertReport,
  insertReportWithRoom,
  loadAssignment,
  takeDevice,
  wasOfferedSince,
  type CommandContext,
  type NewReport,
  type StoredAssignment,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { stepAttempt, type StepOutcome } from './attempt-step.ts';
import { settleContact } from './contact-commands.ts';

export type ReportInput = {
  readonly scope: Scope;
  readonly device: number;
  /** The wire id of the attempt that the device speaks of. */
  readonly number: number;
  /** Whose attempt bears it, as a door has read that it is one of the device's; left out: it is looked for. */
  readonly assignment?: number;
  /** Whether it speaks of the update or of its cancellation. */
  readonly about: 'update' | 'cancel';
  readonly heard: HeardReport;
  readonly report: Omit<NewReport, 'kind'>;
};

/**
 * `ended`: nothing more is to be said about that attempt. `unknown`: never offered to this device, or no longer its.
 * `too-many`: it counts, and its words are kept no more.
 */
export type ReportOutcome = { readonly outcome: 'kept' | 'ended' | 'unknown' | 'not-cancelable' | 'too-many' };

/**
 * Takes what a device says about an attempt (design: 6-data 4, 7, 8). A report before any offer makes the offer where
 * the gates pass: some clients report without having polled.
 */
export async function takeReport(context: CommandContext, input: ReportInput): Promise<ReportOutcome> {
  const { scope, device, number } = input;
  const assignment = input.assignment ?? (await assignmentOf(context, input));
  if (assignment === null || !(await takeDevice(context, scope.tenant, device))) return { outcome: 'unknown' };
  const stored = await loadOffered(context, input, assignment);
  if (stored === null) return { outcome: 'unknown' };
  if (isOver(stored, number)) return { outcome: 'ended' };
  if (stored.attemptId === null || (await isOutdated(context, stored))) return { outcome: 'unknown' };
  if (input.about === 'cancel' && stored.aggregate.attempt?.state !== 'canceling') return { outcome: 'not-cancelable' };
  return apply(context, input, { stored, attemptId: stored.attemptId });
}

async function assignmentOf({ db }: CommandContext, { scope, device, number }: ReportInput): Promise<number | null> {
  const found = await findByWireId(db, scope.tenant, number);
  return found?.device === device ? found.id : null;
}

async function loadOffered(context: CommandContext, input: ReportInput, id: number): Promise<StoredAssignment | null> {
  const stored = await loadAssignment(context.db, id);
  if (stored === undefined || isOver(stored, input.number)) return stored ?? null;
  const { attempt } = stored.aggregate;
  if (input.about === 'cancel' || (attempt !== null && attempt.offeredAt !== null)) return stored;
  await settleContact(context, input);
  return (await loadAssignment(context.db, id)) ?? null;
}

/** Whether the attempt of that wire id has ended, with its assignment or to be tried again under another. */
export function isOver({ aggregate, attemptNumber }: StoredAssignment, number: number): boolean {
  const { assignment } = aggregate;
  if (isClosed(assignmentLifecycle, assignment.state)) return true;
  return assignment.attempts > 0 && attemptNumber !== number;
}

/** An offer that was withdrawn may still be in the device's hands, unless another has been put there since. */
async function isOutdated(context: CommandContext, stored: StoredAssignment): Promise<boolean> {
  const { attempt } = stored.aggregate;
  const isBack = attempt?.state === 'ready' || attempt?.state === 'awaiting-consent';
  if (!isBack || attempt.offeredAt === null) return false;
  return wasOfferedSince(context.db, stored.device, { assignment: stored.id, offeredAt: attempt.offeredAt });
}

type Addressed = { readonly stored: StoredAssignment; readonly attemptId: number };

async function apply(
  context: CommandContext,
  input: ReportInput,
  { stored, attemptId }: Addressed,
): Promise<ReportOutcome> {
  const meaning = meaningOf(input.heard, momentOf(stored.aggregate.attempt));
  const judged = await judge(context, input, { stored, meaning });
  if (judged.outcome !== 'taken') return judged;
  const report = { ...input.report, kind: meaning.kind };
  if (judged.isEnd) await insertReport(context, attemptId, report);
  else if (!(await insertReportWithRoom(context, attemptId, report))) return { outcome: 'too-many' };
  return { outcome: 'kept' };
}

type Judged = { readonly outcome: 'taken'; readonly isEnd: boolean } | ReportOutcome;

/** Whether the report is taken and ends the assignment; else why it is not. */
async function judge(
  context: CommandContext,
  { scope }: ReportInput,
  { stored, meaning }: { readonly stored: StoredAssignment; readonly meaning: Meaning },
): Promise<Judged> {
  if (meaning.input === null) return { outcome: 'taken', isEnd: false };
  const step = await stepAttempt(context, scope, { assignment: stored.id, input: meaning.input, stored });
  if (step.outcome === 'changed') {
    const isLeft = isLeftover(stored, step, meaning.input) && (await endLeftover(context, scope, stored));
    return { outcome: 'taken', isEnd: isLeft || step.after.assignment.endedAt !== null };
  }
  if (step.outcome === 'unchanged') return { outcome: 'taken', isEnd: false };
  switch (step.code) {
    case 'not-offered':
      return { outcome: 'unknown' };
    case 'not-cancelable':
      return { outcome: 'not-cancelable' };
    case 'attempt-closed':
    case 'undeclared-transition':
    case 'consent-missing':
    case 'consent-not-awaited':
      // The device has closed it and goes on talking: to its wire, the attempt is over.
      return { outcome: 'ended' };
  }
}

/**
 * What a stopping rollout left to a cancel, and what nobody is asked about any more: its device refuses, though it has
 * begun nothing, or it has closed, and only evidence is awaited.
 */
function isLeftover({ isStopping }: StoredAssignment, { after }: Changed, { type }: AttemptInput): boolean {
  if (!isStopping || after.attempt === null) return false;
  const { state, begunAt } = after.attempt;
  return state === 'awaiting-evidence' || (type === 'cancel-refused' && begunAt === null);
}

type Changed = StepOutcome & { readonly outcome: 'changed' };

/** It ends unasked: no slice comes by again, and its device may never. */
async function endLeftover(context: CommandContext, scope: Scope, { id }: StoredAssignment): Promise<true> {
  const input = { type: 'cancel', intent: 'canceled', ask: false, by: 'server' } as const;
  await stepAttempt(context, scope, { assignment: id, input });
  return true;
}

export type NoteInput = { readonly scope: Scope; readonly device: number; readonly assignment: number };
export type RetrievalInput = NoteInput & { readonly kind: 'retrieved' | 'cancel-retrieved' };

/** Notes once that the device has fetched the description of what it was offered, or is to cancel. That begins nothing. */
async function noteRetrieval(context: CommandContext, input: RetrievalInput): Promise<void> {
  const { scope, device, assignment, kind } = input;
  if (!(await takeDevice(context, scope.tenant, device))) return;
  const stored = await loadAssignment(context.db, assignment);
  if (stored?.device !== device || stored.attemptId === null || stored.aggregate.assignment.endedAt !== null) return;
  if (await hasReport(context.db, stored.attemptId, kind)) return;
  await insertReport(context, stored.attemptId, { kind, deviceAt: null, code: null, details: [] });
}

export type BytesInput = NoteInput & { readonly served: 'first-byte' | 'all-bytes' };

/** Bytes of an artifact went to the device. What an ended or waiting attempt makes of them is nothing. */
async function noteBytes(context: CommandContext, input: BytesInput): Promise<void> {
  const { scope, device, assignment, served } = input;
  if (!(await takeDevice(context, scope.tenant, device))) return;
  const stored = await loadAssignment(context.db, assignment);
  if (stored === undefined || (await isOutdated(context, stored))) return;
  await stepAttempt(context, scope, { assignment, input: { type: served }, stored });
}

export const reportCommands = {
  'attempt.take-report': takeReport,
  'attempt.note-retrieval': noteRetrieval,
  'attempt.note-bytes': noteBytes,
};
