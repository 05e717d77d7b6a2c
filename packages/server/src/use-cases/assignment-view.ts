import { displayedState, EVIDENCE, shownState } from '@updraft/core';
import type { Assignment, Attempt, Report } from '@updraft/protocols';
import { attemptsOf, type AssignmentWithJoins, type AttemptRow, type ReportRow, type Schema } from '@updraft/store';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import { timestamp } from './timestamp.ts';

export type AssignmentView = z.output<typeof Assignment>;
type AttemptView = z.output<typeof Attempt>;

/** Rows as the API shows them, in the order given; reads their attempts in one query. */
export async function assignmentViews(
  db: Kysely<Schema>,
  rows: readonly AssignmentWithJoins[],
): Promise<AssignmentView[]> {
  const attempts = await attemptsOf(
    db,
    rows.map(({ id }) => id),
  );
  const byAssignment = Map.groupBy(attempts, ({ assignment }) => assignment);
  return rows.map((row) => assignmentView(row, byAssignment.get(row.id) ?? []));
}

function assignmentView(row: AssignmentWithJoins, attempts: readonly AttemptRow[]): AssignmentView {
  return {
    number: row.number,
    device: row.device_name,
    release: { id: row.release_uid, name: row.release_name, version: row.release_version },
    rollout: row.rollout_uid,
    state: displayedState(
      shownState(row.state, row.attempt_state, { state: row.phase_state, asksConsent: row.asks_consent === 1 }),
    ) as AssignmentView['state'],
    reason: row.reason,
    message: row.message,
    failedAttempts: row.failed_attempts,
    notBefore: timestamp(row.not_before),
    attempts: attempts.map(attemptView),
    createdAt: timestamp(row.created_at),
    endedAt: timestamp(row.ended_at),
    // Every step writes the assignment's row beside its attempt's.
    revision: row.revision,
  };
}

function attemptView(row: AttemptRow): AttemptView {
  const words = row.evidence.split(',');
  return {
    number: row.number,
    ordinal: row.ordinal,
    state: displayedState(row.state) as AttemptView['state'],
    evidence: EVIDENCE.filter((kind) => words.includes(kind)),
    consent: row.consent,
    asksAgainAt: timestamp(row.asks_again_at),
    reason: row.reason,
    message: row.message,
    offeredAt: timestamp(row.offered_at),
    begunAt: timestamp(row.begun_at),
    heardAt: timestamp(row.heard_at),
    endedAt: timestamp(row.ended_at),
    nextDueAt: timestamp(row.next_at),
  };
}

export type ReportView = z.output<typeof Report>;

export function reportView(row: ReportRow): ReportView {
  return {
    id: row.id,
    at: timestamp(row.at),
    deviceAt: row.device_at,
    kind: row.kind,
    code: row.code,
    details: JSON.parse(row.details) as string[],
  };
}
