import assert from 'node:assert/strict';
import type { Answer } from './door.ts';
import type { Member } from './members.ts';
import type { SimulatedStore } from './simulated-store.ts';

/** What must hold of the database whenever everything is folded, written from what was promised and not from the code. */
export function inspect({ run, clock }: SimulatedStore): void {
  const at = new Date(clock.now).toISOString();
  const none = (what: string, rows: readonly unknown[]): void => assert.deepEqual(rows, [], `${at}: ${what}`);
  none('devices with two attempts at the wire', run(TWO_AT_THE_WIRE));
  none('counters that are not what a full count gives', run(MISCOUNTED));
  none('phases whose total is not the number of their members', run(TOTALS));
  none('phases whose errors are not those of their members', run(ERRORS));
  none('error thresholds that are crossed and not marked, or the reverse', run(THRESHOLDS));
  none('rollouts with more devices at work than their pace allows', run(PACE));
}

const AT_WIRE = `('offered', 'downloading', 'downloaded', 'installing', 'awaiting-report', 'canceling')`;
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
const PACE = `select r.name, count(*) as at_work from attempt t
  join assignment a on a.id = t.assignment join rollout r on r.id = a.rollout
  where t.ended_at is null and t.state in ${AT_WIRE} and r.policy ->> '$.pace.parallel' is not null
  group by r.id having count(*) > (r.policy ->> '$.pace.parallel')`;

/** A daily window in the device's own time, and how many may begin in a minute; null: not asked for. */
export type NightlyWindow = { readonly fromHour: number; readonly hours: number };
export type PromisedRules = { readonly window: NightlyWindow | null; readonly perMinute: number | null };

/** What must hold of every new permission; `rules` are what each rollout was given, by its name. */
export class PermissionWatch {
  readonly #simulated: SimulatedStore;
  readonly #rules: ReadonlyMap<string, PromisedRules>;
  readonly #begun = new Map<string, number[]>();
  count = 0;

  constructor(simulated: SimulatedStore, rules: ReadonlyMap<string, PromisedRules>) {
    this.#simulated = simulated;
    this.#rules = rules;
  }

  /** Throws where a gate is shut. */
  check(member: Member, answer: Answer): void {
    const { work } = answer;
    if (work.kind !== 'offer') return;
    this.count += 1;
    const { now } = this.#simulated.clock;
    const told = `${member.name} at ${new Date(now).toISOString()}, attempt ${work.attempt}`;
    const [row] = this.#simulated.run<{ name: string; rollout: string; phase: string; release: string; open: number }>(
      `select r.name, r.state as rollout, p.state as phase, l.state as release,
         (select count(*) from attempt o where o.device = a.device and o.ended_at is null and o.state in ${AT_WIRE}) as open
       from assignment a join rollout r on r.id = a.rollout join release l on l.id = r.release
       join phase p on p.rollout = a.rollout and p.number = a.phase where a.id = ?`,
      work.one.id,
    );
    assert.ok(row !== undefined, told);
    assert.deepEqual(
      [row.rollout, row.phase, row.release, row.open],
      ['running', 'started', 'published', 1],
      `${told}: permitted while its rollout, phase or release holds it`,
    );
    const rules = this.#rules.get(row.name);
    if (rules?.window != null) assert.ok(isOpen(rules.window, member, now), `${told}: permitted outside its window`);
    // One that was offered before and not taken yet begins nothing anew.
    const isFresh = work.one.attempt?.offeredAt === now;
    if (isFresh && rules?.perMinute != null) this.#checkRate(row.name, rules.perMinute);
  }

  /** A bucket of `perMinute` that fills with as many a minute never gives more than twice that in one. */
  #checkRate(rollout: string, perMinute: number): void {
    const { now } = this.#simulated.clock;
    const begun = (this.#begun.get(rollout) ?? []).filter((at) => at > now - 60_000);
    begun.push(now);
    this.#begun.set(rollout, begun);
    assert.ok(begun.length <= 2 * perMinute, `${rollout}: ${begun.length} began in a minute`);
  }
}

function isOpen({ fromHour, hours }: NightlyWindow, { zone }: Member, now: number): boolean {
  const day = 86_400_000;
  const local = (now + zone.offsetMinutes * 60_000) % day;
  return (local - fromHour * 3_600_000 + day) % day < hours * 3_600_000;
}
