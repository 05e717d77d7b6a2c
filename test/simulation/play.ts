import { chance } from '../../packages/fleet/src/chance.ts';
import { work } from '../../packages/server/src/jobs/job-runner.ts';
import type { Commands } from '../../packages/server/src/use-cases/commands.ts';
import type { Store } from '@updraft/store';
import { bringContacts } from './contacts.ts';
import { begin, goOn, type Next, type Stage } from './device-life.ts';
import { openDoor, type Answer, type SimulatedDoor } from './door.ts';
import { EventQueue } from './event-queue.ts';
import { nextPoll, type Member } from './members.ts';
import { PollRing } from './poll-ring.ts';
import type { SimulatedStore } from './simulated-store.ts';

/** Something that an operator does, so long after the start. */
export type Act = { readonly atMs: number; readonly act: () => Promise<void> };

export type PlayOptions = {
  readonly simulated: SimulatedStore;
  readonly tenant: number;
  readonly members: readonly Member[];
  readonly seed: number;
  readonly acts: readonly Act[];
  readonly durationMs: number;
  /** How often the server looks for what is due. */
  readonly tickMs: number;
  /** The share of devices that cannot install this version. */
  readonly brokenShare: (version: string) => number;
  /** Is told of every new permission, before the device acts on it. */
  readonly onPermission: (member: Member, answer: Answer) => void;
  /** Is called after every tick, when everything is folded. */
  readonly onTick: () => void;
};

export type Played = { readonly polls: number; readonly updates: number; readonly ticks: number };

type Happening =
  | { readonly kind: 'member'; readonly member: Member; readonly ticket: number; readonly stage: Stage | null }
  | { readonly kind: 'tick' | 'stop' }
  | { readonly kind: 'place'; readonly rollout: string }
  | { readonly kind: 'act'; readonly act: Act };

/**
 * Plays a fleet and its server on the simulated clock, one happening after the other. A device that polls in vain is
 * not played: it waits until a gate can change by itself, its rollout changes, something touches it, or a place is free.
 */
export async function play(options: PlayOptions): Promise<Played> {
  const stage = new SimulatedWorld(options);
  return stage.play();
}

/** Owns the queue of what happens next. */
class SimulatedWorld {
  readonly #options: PlayOptions;
  readonly #door: SimulatedDoor;
  readonly #queue = new EventQueue<Happening>();
  readonly #byId: ReadonlyMap<number, Member>;
  /** Who waits for a place of a rollout's pace, by its name, and when that is looked at again. */
  readonly #waiting = new Map<string, PollRing>();
  readonly #looksAt = new Map<string, number>();
  readonly #inRing = new Set<Member>();
  /** In which rollout a device is busy. */
  readonly #busyIn = new Map<Member, string>();
  #phases = new Map<string, string>();
  #tickAt = Infinity;
  #polls = 0;
  #updates = 0;
  #ticks = 0;

  constructor(options: PlayOptions) {
    this.#options = options;
    this.#door = openDoor(options.simulated, options.tenant);
    this.#byId = new Map(options.members.map((member) => [member.id, member]));
  }

  async play(): Promise<Played> {
    const { simulated, acts, durationMs } = this.#options;
    const { clock } = simulated;
    const startsAt = clock.now;
    for (const act of acts) this.#queue.push(startsAt + act.atMs, { kind: 'act', act });
    this.#queue.push(startsAt + durationMs, { kind: 'stop' });
    for (let next = this.#queue.pop(); next !== undefined && next.what.kind !== 'stop'; next = this.#queue.pop()) {
      clock.now = Math.max(clock.now, next.at);
      await this.#happen(next.what);
    }
    await this.#tick();
    return { polls: this.#polls, updates: this.#updates, ticks: this.#ticks };
  }

  async #happen(what: Happening): Promise<void> {
    const { clock } = this.#options.simulated;
    switch (what.kind) {
      case 'member':
        if (what.member.ticket !== what.ticket) return;
        await (what.stage === null ? this.#poll(what.member) : this.#goOn(what.member, what.stage));
        this.#wakeTouched(what.member);
        return this.#tickBy(clock.now + 1);
      case 'tick':
        return this.#tickAt <= clock.now ? this.#tick() : undefined;
      case 'place':
        return this.#offerPlace(what.rollout);
      case 'act':
        await what.act.act();
        return this.#tick();
      case 'stop':
        return undefined;
    }
  }

  async #poll(member: Member): Promise<void> {
    const { clock } = this.#options.simulated;
    member.heardAt = clock.now;
    this.#polls += 1;
    const wasWaiting = this.#inRing.delete(member);
    const answer = await this.#door.poll(member);
    const { work: offered } = answer;
    if (offered.kind === 'offer' && offered.isNew) this.#options.onPermission(member, answer);
    // SWUpdate tells its attributes first, and installs nothing in the same poll.
    if (answer.wantsAttributes) await this.#door.showAttributes(member);
    if (offered.kind === 'cancel') await this.#door.acknowledgeCancel(member, offered.attempt);
    // Who takes a place, or was to take it and cannot, leaves the next one to the others.
    const isBlocked = offered.kind === 'nothing' && answer.shut === 'pace';
    if (answer.rollout !== null && (wasWaiting || offered.kind === 'offer') && !isBlocked)
      this.#lookForPlace(answer.rollout, clock.now);
    if (answer.wantsAttributes || offered.kind === 'cancel') return this.#pollBy(member, clock.now + 1);
    if (offered.kind === 'nothing') return this.#wait(member, answer);
    member.life = 'busy';
    this.#updates += 1;
    this.#busyIn.set(member, offered.one.rollout.name);
    this.#follow(member, await begin(this.#door, member, offered));
  }

  async #goOn(member: Member, stage: Stage): Promise<void> {
    const { clock } = this.#options.simulated;
    member.heardAt = clock.now;
    const { seed, brokenShare } = this.#options;
    const fails = chance(seed, member.name, stage.version, `${stage.attempt}`) < brokenShare(stage.version);
    this.#follow(member, await goOn(this.#door, member, stage, { fails }));
  }

  #follow(member: Member, next: Next): void {
    const { now } = this.#options.simulated.clock;
    if (next === 'silence') {
      member.life = 'gone';
      return;
    }
    if (next !== 'poll') return this.#schedule(member, now + next.after, next.stage);
    member.life = 'idle';
    const rollout = this.#busyIn.get(member);
    this.#busyIn.delete(member);
    if (rollout !== undefined) this.#lookForPlace(rollout, now);
    this.#pollBy(member, now + 1);
  }

  /** Its poll was in vain: the next one that need not be is when a gate may have changed. */
  #wait(member: Member, answer: Answer): void {
    const { now } = this.#options.simulated.clock;
    const { rollout, shut, shutUntil } = answer;
    if (rollout === null) return;
    const changesAt = shut === null || shutUntil === null ? null : Math.max(shutUntil, now + 1);
    if (shut !== 'pace') {
      if (changesAt !== null) this.#pollBy(member, changesAt);
      return;
    }
    this.#inRing.add(member);
    this.#ringOf(rollout).add(member);
    if (changesAt !== null) this.#lookForPlace(rollout, changesAt);
  }

  #ringOf(rollout: string): PollRing {
    const ring = this.#waiting.get(rollout) ?? new PollRing();
    this.#waiting.set(rollout, ring);
    return ring;
  }

  #lookForPlace(rollout: string, at: number): void {
    if ((this.#waiting.get(rollout)?.size ?? 0) === 0 || (this.#looksAt.get(rollout) ?? Infinity) <= at) return;
    this.#looksAt.set(rollout, at);
    this.#queue.push(at, { kind: 'place', rollout });
  }

  /** The first of those that wait for a place polls. */
  #offerPlace(rollout: string): void {
    const { now } = this.#options.simulated.clock;
    if ((this.#looksAt.get(rollout) ?? Infinity) > now) return;
    this.#looksAt.delete(rollout);
    const ring = this.#waiting.get(rollout);
    for (let member = ring?.takeNext(now); member !== null && member !== undefined; member = ring?.takeNext(now)) {
      if (!this.#inRing.has(member) || member.life !== 'idle') continue;
      return this.#pollBy(member, now);
    }
  }

  #pollBy(member: Member, at: number): void {
    this.#schedule(member, nextPoll(member, at), null);
  }

  #schedule(member: Member, at: number, stage: Stage | null): void {
    member.ticket += 1;
    if (at !== Infinity) this.#queue.push(at, { kind: 'member', member, ticket: member.ticket, stage });
  }

  /** What others did to a device may change what its next poll is answered. */
  #wakeTouched(actor: Member | null): void {
    const { simulated } = this.#options;
    const { devices, isTenant } = simulated.takeTouched();
    for (const id of devices) {
      const member = this.#byId.get(id);
      if (member !== undefined && member !== actor) this.#wake(member);
    }
    if (isTenant) this.#wakeChangedPhases();
  }

  #wake(member: Member): void {
    if (member.life !== 'idle') return;
    this.#inRing.delete(member);
    this.#pollBy(member, this.#options.simulated.clock.now + 1);
  }

  /** Members of phases that have come to be started, or whose rollout changed, ask anew. */
  #wakeChangedPhases(): void {
    const { simulated } = this.#options;
    const rows = simulated.run<{ rollout: number; number: number; state: string }>(
      `select p.rollout, p.number, r.state || ' ' || p.state || ' ' || r.policy as state
       from phase p join rollout r on r.id = p.rollout`,
    );
    const phases = new Map(rows.map(({ rollout, number, state }) => [`${rollout} ${number}`, state]));
    for (const [key, state] of phases) {
      const isLive = /^(running started|stopping) /.test(state) || state.startsWith('stopping');
      if (!isLive || this.#phases.get(key) === state) continue;
      const [rollout, phase] = key.split(' ').map(Number);
      const open = simulated.run<{ device: number }>(
        'select device from assignment where rollout = ? and phase = ? and ended_at is null',
        rollout,
        phase,
      );
      for (const { device } of open) {
        const member = this.#byId.get(device);
        if (member !== undefined) this.#wake(member);
      }
    }
    this.#phases = phases;
  }

  #tickBy(at: number): void {
    const { tickMs } = this.#options;
    const due = Math.ceil(at / tickMs) * tickMs;
    if (due >= this.#tickAt) return;
    this.#tickAt = due;
    this.#queue.push(due, { kind: 'tick' });
  }

  /** What the server does by itself; between two ticks nothing of it is due unless a device did something. */
  async #tick(): Promise<void> {
    const { simulated, onTick } = this.#options;
    const { clock, store } = simulated;
    this.#tickAt = Infinity;
    this.#ticks += 1;
    bringContacts(simulated, this.#byId);
    await work(store as Store<Commands>, new AbortController().signal);
    this.#wakeTouched(null);
    for (const rollout of this.#waiting.keys()) this.#lookForPlace(rollout, clock.now);
    onTick();
    const [due] = simulated.run<{ at: number | null }>(
      `select min(at) as at from (
         select min(next_at) as at from attempt where next_at is not null
         union all select min(next_at) from rollout where next_at is not null
         union all select min(p.next_at) from phase p join rollout r on r.id = p.rollout
           where p.next_at is not null and p.state = 'started' and r.state = 'running')`,
    );
    if (due !== undefined && due.at !== null) this.#tickBy(Math.max(due.at, clock.now + 1));
  }
}
