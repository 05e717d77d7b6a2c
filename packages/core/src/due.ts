import type { AttemptEvent } from './attempt-lifecycle.ts';
import type { AssignmentAggregate, Attempt, AttemptInput, Instant } from './attempt.ts';
import { showsOld } from './evidence.ts';
import { offerLimitSeconds, stageLimitSeconds } from './time-limits.ts';

/** A limit and what its passing means. */
export type Due = { readonly at: Instant; readonly event: AttemptEvent; readonly reason: string };

/**
 * When an open attempt must be looked at again if nothing happens: its stage's limit or its device's silence, whichever
 * comes first. Null where neither runs. Stored as `next_at`; silence is measured anew when it falls due, from the
 * `heardAt` found then. Silence of what has not begun belongs to the phase's sweep, which sets no time of its own.
 */
export function nextDue(state: AssignmentAggregate, attempt: Attempt): Due | null {
  const heardAt = attempt.begunAt === null ? null : (attempt.heardAt ?? attempt.begunAt);
  const limits = [stageDue(state, attempt), silenceDue(state, attempt, heardAt)];
  return limits.reduce((first, due) => (due !== null && (first === null || due.at < first.at) ? due : first), null);
}

/** The limit that has passed at `now`, or null: a device that was in contact, or could not be, is not silent. */
export function dueNow(
  state: AssignmentAggregate,
  attempt: Attempt,
  input: AttemptInput & { type: 'due' },
  now: Instant,
): Due | null {
  const stage = stageDue(state, attempt);
  if (stage !== null && Math.max(stage.at, heardAgainBy(state, attempt, input)) <= now)
    return { ...stage, reason: stageReason(state, attempt, input) };
  const silence = silenceDue(state, attempt, heardAtLast(attempt, input));
  return silence !== null && silence.at <= now ? silence : null;
}

/** When a limit that had not passed after all is looked at again, or null. */
export function lookAgainAt(
  state: AssignmentAggregate,
  attempt: Attempt,
  input: AttemptInput & { type: 'due' },
): Instant | null {
  const stage = stageDue(state, attempt);
  const silence = silenceDue(state, attempt, attempt.begunAt === null ? null : heardAtLast(attempt, input));
  const times = [
    ...(stage === null ? [] : [Math.max(stage.at, heardAgainBy(state, attempt, input))]),
    ...(silence === null ? [] : [silence.at]),
  ];
  return times.length === 0 ? null : Math.min(...times);
}

/** When silence began: nothing is missed while no server was listening. */
function heardAtLast(attempt: Attempt, input: AttemptInput & { type: 'due' }): Instant {
  const said = attempt.heardAt ?? attempt.begunAt ?? attempt.offeredAt ?? 0;
  return Math.max(said, input.lastContactAt ?? 0, input.listeningSince);
}

/**
 * After a time in which no server listened, devices have some polls to tell what they did meanwhile, and no more than
 * the stage's own limit: a server that starts often puts off nothing for long.
 */
function heardAgainBy(
  state: AssignmentAggregate,
  attempt: Attempt,
  { listeningSince }: AttemptInput & { type: 'due' },
): Instant {
  const seconds = stageSeconds(state, attempt);
  if (seconds === null || attempt.stateAt >= listeningSince) return 0;
  return listeningSince + Math.min(seconds, offerLimitSeconds(state.rules.pollIntervalSeconds)) * 1000;
}

function stageSeconds({ rules }: AssignmentAggregate, { state, begunAt }: Attempt): number | null {
  const stage = state === 'offered' && begunAt !== null ? 'downloading' : state;
  return stageLimitSeconds(stage, rules.timeLimits, rules.pollIntervalSeconds);
}

function stageDue(state: AssignmentAggregate, attempt: Attempt): Due | null {
  const seconds = stageSeconds(state, attempt);
  if (seconds === null) return null;
  const at = attempt.stateAt + seconds * 1000;
  if (attempt.state === 'offered' && attempt.begunAt === null)
    return { at, event: 'offer-withdrawn', reason: 'offered-limit' };
  if (attempt.state === 'awaiting-evidence') return { at, event: 'evidence-missing', reason: 'no-evidence' };
  return { at, event: 'limit-passed', reason: `${attempt.state}-limit` };
}

/** What was reported since the device closed and is the old version, or the old slot, was booted. */
function stageReason({ rules }: AssignmentAggregate, attempt: Attempt, input: AttemptInput & { type: 'due' }): string {
  if (attempt.state !== 'awaiting-evidence') return `${attempt.state}-limit`;
  const isNew = (input.evidenceReportedAt ?? 0) > attempt.stateAt;
  return isNew && showsOld(rules.evidence, attempt) ? 'booted-old-version' : 'no-evidence';
}

function silenceDue({ rules }: AssignmentAggregate, attempt: Attempt, heardAt: Instant | null): Due | null {
  if (heardAt === null || attempt.state === 'awaiting-evidence') return null;
  // Whom we asked to give up has not failed by saying nothing, whichever limit is the shorter.
  const reason = attempt.state === 'canceling' ? 'canceling-limit' : 'silence-limit';
  return { at: heardAt + rules.timeLimits.silenceSeconds * 1000, event: 'limit-passed', reason };
}
