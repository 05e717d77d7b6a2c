import { sql } from 'kysely';

/** Whether a `phase`'s devices are asked: it says so itself, or its `rollout` does. */
export const asksConsentSql = sql<number>`coalesce(phase.asks_consent, rollout.asks_consent)`;

/**
 * The SQL twin of core's `displayedState(shownState(…))`, of a row `assignment` with its `rollout`, its `phase` and,
 * perhaps, its `attempt`.
 */
export const shownStateSql = sql<string>`case
  when assignment.ended_at is not null then assignment.state
  when assignment.state = 'backing-off' then 'ready'
  when attempt.state in ('awaiting-report', 'awaiting-evidence') then 'verifying'
  when attempt.ended_at is null and attempt.state is not null then attempt.state
  when phase.state in ('waiting', 'skipped') then 'scheduled'
  when ${asksConsentSql} = 1 then 'awaiting-consent'
  else 'ready' end`;

/**
 * The id of the assignment that lists show of a `device`: the one that its door serves, or, until its first contact, the
 * oldest open one.
 */
export const shownAssignmentSql = sql<number | null>`coalesce(device.assignment_id,
  (select o.id from assignment as o where o.device = device.id and o.ended_at is null order by o.id limit 1))`;
