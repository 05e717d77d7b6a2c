import assert from 'node:assert/strict';
import type { Answer } from './door.ts';
import { AT_WIRE } from './invariants.ts';
import type { Member } from './members.ts';
import type { SimulatedStore } from './simulated-store.ts';

/** A daily window in the device's own time, and how many may begin in a minute; null: not asked for. */
export type NightlyWindow = { readonly fromHour: number; readonly hours: number };
export type PromisedRules = {
  readonly window: NightlyWindow | null;
  readonly perMinute: number | null;
  readonly asksUsers?: boolean;
};

/** What must hold of every new permission; `rules` are what each rollout was given, by its name. */
export class PermissionWatch {
  readonly #simulated: SimulatedStore;
  readonly #rules: ReadonlyMap<string, PromisedRules>;
  readonly #begun = new Map<string, number[]>();
  /** Wire ids of the attempts that were permitted. */
  readonly #permitted = new Set<number>();
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
    this.#permitted.add(work.attempt);
    const { now } = this.#simulated.clock;
    const told = `${member.name} at ${new Date(now).toISOString()}, attempt ${work.attempt}`;
    const [row] = this.#simulated.run<{
      name: string;
      rollout: string;
      phase: string;
      release: string;
      open: number;
      consent: string | null;
    }>(
      `select r.name, r.state as rollout, p.state as phase, l.state as release, t.consent,
         (select count(*) from attempt o where o.device = a.device and o.ended_at is null and o.state in ${AT_WIRE}) as open
       from assignment a join rollout r on r.id = a.rollout join release l on l.id = r.release
       join phase p on p.rollout = a.rollout and p.number = a.phase
       left join attempt t on t.id = a.attempt_id where a.id = ?`,
      work.one.id,
    );
    assert.ok(row !== undefined, told);
    assert.deepEqual(
      [row.rollout, row.phase, row.release, row.open],
      ['running', 'started', 'published', 1],
      `${told}: permitted while its rollout, phase or release holds it`,
    );
    const { window = null, perMinute = null, asksUsers = false } = this.#rules.get(row.name) ?? {};
    if (window !== null) assert.ok(isOpen(window, member, now), `${told}: permitted outside its window`);
    if (asksUsers) assert.equal(row.consent, 'given', `${told}: permitted without its user's yes`);
    // One that was offered before and not taken yet begins nothing anew.
    const isFresh = work.one.attempt?.offeredAt === now;
    if (isFresh && perMinute !== null) this.#checkRate(row.name, perMinute);
  }

  /** An attempt begins only on a permission that was answered before. */
  checkBegun(): void {
    const begun = this.#simulated.run<{ number: number }>('select number from attempt where begun_at is not null');
    const unasked = begun.filter(({ number }) => !this.#permitted.has(number));
    assert.deepEqual(unasked, [], 'attempts that began without a permission');
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
