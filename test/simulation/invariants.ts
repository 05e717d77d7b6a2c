import assert from 'node:assert/strict';
import type { SimulatedStore } from './simulated-store.ts';

/** What must hold of the database whenever everything is folded, written from what was promised and not from the code. */
export function inspect({ run, clock }: SimulatedStore): void {
  const at = new Date(clock.now).toISOString();
  const none = (what: string, rows: readonly unknown[]): void => assert.deepEqual(rows, [], `${at}: ${what}`);
  none('devices with two attempts at the wire', run(TWO_AT_THE_WIRE));
  none('counters that are not what a full count gives', run(MISCOUNTED));
  none('phases whose total is not the number of their members', run(TOTALS));
  none('phases whose errors are not those of their members', run(ERRORS));
  none('rollouts that have not stopped in time', run(NOT_STOPPED, clock.now - CANCELING_LIMIT_MS));
  none('rollouts with more devices at work than their pace allows', run(PACE));
}

/** An error threshold is crossed at exactly the report or the sweep that does it: this holds after each. */
export function inspectThresholds({ run, clock }: SimulatedStore): void {
  const wrong = run(THRESHOLDS);
  assert.deepEqual(
    wrong,
    [],
    `${new Date(clock.now).toISOString()}: thresholds crossed and not marked, or the reverse`,
  );
}

/** Longer than any rollout of the simulation may wait for its devices' answers. */
const CANCELING_LIMIT_MS = 5 * 3_600_000;
export const AT_WIRE = `('offered', 'downloading', 'downloaded', 'installing', 'awaiting-report', 'canceling')`;
const TWO_AT_THE_WIRE = `select device, count(*) as n from attempt
  where ended_at is null and state in ${AT_WIRE} group by device having count(*) > 1`;
const MISCOUNTED = `with told as (
    select rollout, phase, state, sum(n) as n from
      (select rollout, phase, state, n from counter union all select rollout, phase, state, n from counter_delta)
    group by 1, 2, 3 having sum(n) <> 0),
  counted as (
    select a.rollout, a.phase, case when a.ended_at is not null or a.state = 'backing-off' then a.state
      else coalesce(t.state, 'waiting') end as state, count(*) as n
    from assignment a left join attempt t on t.id = a.attempt_id group by 1, 2, 3)
  select * from (select 'told' as by, * from told except select 'told', * from counted)
  union all select * from (select 'counted' as by, * from counted except select 'counted', * from told)`;
const TOTALS = `select p.rollout, p.number, p.total, count(a.id) as members from phase p
  left join assignment a on a.rollout = p.rollout and a.phase = p.number
  group by p.rollout, p.number having count(a.id) <> p.total`;
const ERRORS = `select p.rollout, p.number, p.erred, count(a.id) as members from phase p
  left join assignment a on a.rollout = p.rollout and a.phase = p.number and a.state <> 'succeeded' and (a.failed_attempts > 0 or a.state = 'failed')
  group by p.rollout, p.number having count(a.id) <> p.erred`;
/** Crossed when more than its percentage of all members have erred, and at least its minimum. */
const THRESHOLDS = `select rollout, number, erred, total, spec from phase
  where spec ->> '$.error' is not null and total > 0 and (crossed_at is not null) <>
    (erred >= (spec ->> '$.error.minimum') and erred * 100.0 > (spec ->> '$.error.percent') * total)`;
const NOT_STOPPED = `select r.name from rollout r where r.state = 'stopping' and
  (select max(e.at) from event e where e.name = 'rollout.stopping' and e.subject_id = r.uid) < ?`;
const PACE = `select r.name, count(*) as at_work from attempt t
  join assignment a on a.id = t.assignment join rollout r on r.id = a.rollout
  where t.ended_at is null and t.state in ${AT_WIRE} and r.policy ->> '$.pace.parallel' is not null
  group by r.id having count(*) > (r.policy ->> '$.pace.parallel')`;
