import type { AssignmentStanding, DeviceStanding } from '@updraft/core';
import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import { shownStateSql } from './shown-state-sql.ts';

/** An assignment of a `device` that is open and whose phase is started: that which its door serves first. */
const OPEN = sql`from assignment as open_one
  inner join phase as open_phase on open_phase.rollout = open_one.rollout and open_phase.number = open_one.phase
  where open_one.device = device.id and open_one.ended_at is null and open_phase.state = 'started'`;
/** The assignment of a `device` that ended last; one whose phase never started was none to it. */
const LAST = sql`from assignment as last_one
  inner join phase as last_phase on last_phase.rollout = last_one.rollout and last_phase.number = last_one.phase
  where last_one.device = device.id and last_one.ended_at is not null and last_phase.started_at is not null
  order by last_one.ended_at desc, last_one.id desc limit 1`;

/** PostgreSQL looks up each device's own, and never goes through those of all devices at once. */
const FENCE = sql`limit 1 offset 0`;

/** How the updates of a `device` stand: core's {@link DeviceStanding}. */
export const standingSql: RawBuilder<DeviceStanding> = sql`(case when exists (select 1 ${OPEN} ${FENCE}) then 'updating'
  else coalesce((select case last_one.state when 'failed' then 'failed' else 'up-to-date' end ${LAST}),
    case when device.running_release_id is not null then 'up-to-date'
      when exists (select 1 from contact where contact.device = device.id ${FENCE}) then 'seen' else 'unseen' end) end)`;

/**
 * The id of the release that a `device` is to run: of its open assignment; none where the last one failed; else what it
 * runs.
 */
export const wantedReleaseSql: RawBuilder<number | null> = sql`coalesce(
  (select open_rollout.release from assignment as first_one inner join rollout as open_rollout on open_rollout.id = first_one.rollout
    where first_one.id = (select coalesce(
      max(case when open_one.id = device.assignment_id then open_one.id end), min(open_one.id)) ${OPEN})),
  case when (select last_one.state ${LAST}) = 'failed' then null else device.running_release_id end)`;

/** That the device has fetched what an `assignment` is about. */
const FETCHED = sql`exists (select 1 from report as fetched where fetched.attempt = assignment.attempt_id and fetched.kind = 'retrieved')`;
/** That a `rollout` never grants the install; its policy is JSON as we write it. */
const DOWNLOAD_ONLY = sql`rollout.policy like '%"kind":"download-only"%'`;

/** How an `assignment` stands, with its `rollout`, its `phase` and, perhaps, its `attempt`: core's words. */
export const assignmentStandingSql: RawBuilder<AssignmentStanding> = sql`(case
  when assignment.state in ('canceled', 'superseded') then 'canceled'
  when assignment.state = 'failed' then 'failed'
  when assignment.state = 'succeeded' then (case when ${DOWNLOAD_ONLY} then 'downloaded' else 'succeeded' end)
  when attempt.state = 'canceling' and attempt.ended_at is null then 'canceling'
  when ${shownStateSql} in ('scheduled', 'awaiting-consent') then ${shownStateSql}
  when ${FETCHED} then 'fetched' else 'going' end)`;

/** The last code that a device has given in its reports about an `assignment`. */
export const lastCodeSql = sql<number | null>`(select coded.code from report as coded
  where coded.attempt = assignment.attempt_id and coded.code is not null order by coded.id desc limit 1)`;
