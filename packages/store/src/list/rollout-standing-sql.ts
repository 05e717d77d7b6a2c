import { ROLLOUT_STATES } from '@updraft/core';
import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';

/**
 * What has become of a rollout, as lists ask for it: its state, or that it was denied or deleted. One that runs is
 * `paused` while its next phase waits for a person although the one before it has reached its success.
 */
export const ROLLOUT_STANDINGS = [...ROLLOUT_STATES, 'denied', 'deleting', 'deleted'] as const;

/** The next phase that is not skipped waits. A phase's spec is JSON as we write it, in which texts have no bare quotes. */
const HELD = sql`exists (select 1 from phase as reached_phase
  inner join phase as next_phase on next_phase.rollout = reached_phase.rollout and next_phase.number = (
    select min(later.number) from phase as later
    where later.rollout = reached_phase.rollout and later.number > reached_phase.number and later.state <> 'skipped')
  where reached_phase.rollout = rollout.id and reached_phase.state in ('started', 'done')
    and reached_phase.reached_at is not null and reached_phase.spec like '%"next":"hand"%' and next_phase.state = 'waiting')`;

/** Of a `rollout`. */
export const rolloutStandingSql: RawBuilder<string> = sql`(case
  when rollout.deleted is not null and rollout.ended_at is null then 'deleting'
  when rollout.deleted is not null then 'deleted' when rollout.reason = 'denied' then 'denied'
  when rollout.state = 'running' and ${HELD} then 'paused' else rollout.state end)`;

/** Of one that is carried by a rule, which has no end: whether it assigns. */
export const autoStandingSql: RawBuilder<string> = sql`(case when rollout.reason = 'denied' then 'denied'
  when rollout.state = 'creating' then 'ready' when rollout.state in ('stopping', 'stopped', 'finished') then 'paused'
  else rollout.state end)`;

/** Kinds of the action of what keeps assigning: it has no moment from which on it is forced. */
export const AUTO_URGENCIES = ['forced', 'soft', 'download-only'] as const;

/** That of a `rollout`: its policy is JSON as we write it. */
export const autoUrgencySql: RawBuilder<string> = sql`(case
  when rollout.policy like '%"kind":"soft"%' then 'soft'
  when rollout.policy like '%"kind":"download-only"%' then 'download-only' else 'forced' end)`;
