import { chance } from '../../packages/fleet/src/chance.ts';
import { work } from '../../packages/server/src/jobs/job-runner.ts';
import type { Commands } from '../../packages/server/src/use-cases/commands.ts';
import type { Store } from '@updraft/store';
import { bringContacts } from './contacts.ts';
import { begin, goOn, type Next, type Stage } from './device-life.ts';
import { openDoor, type Answer, type SimulatedDoor, type Wait } from './door.ts';
import { EventQueue } from './event-queue.ts';
import { nextPoll, type Member } from './members.ts';
import { PhaseWatch } from './phase-watch.ts';
import type { SimulatedStore } from './simulated-store.ts';
import { isOnlyWaiting, WaitingLine } from './waiting-line.ts';

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
  /** Is called after whatever a busy device did. */
  readonly onReport: () => void;
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
  readonly #phases: PhaseWatch;
  /** Who waits for a rollout's window or a place of its pace, by its name, and when that is looked at again. */
  readonly #lines = new Map<string, WaitingLine>();
  readonly #looksAt = new Map<string, number>();
  readonly #inLine = new Set<Member>();
  /** In which rollout a device is busy. */
  readonly #busyIn = new Map<Member, string>();
  #tickAt = Infinity;
  #polls = 0;
  #updates = 0;
  #ticks = 0;

  constructor(options: PlayOptions) {
    this.#options = options;
    this.#door = openDoor(options.simulated, options.tenant);
    this.#phases = new PhaseWatch(options.simulated);
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
    const wasWaiting = this.#inLine.delete(member);
    const answer = await this.#door.poll(member);
    const { work: offered, rollout, wait } = answer;
    if (offered.kind === 'offer' && offered.isNew) this.#options.onPermission(member, answer);
    // SWUpdate tells its attributes first, and installs nothing in the same poll.
    const shows = answer.wantsAttributes && !member.hasShown;
    if (shows) await this.#door.showAttributes(member);
    member.hasShown ||= shows;
    if (offered.kind === 'cancel') await this.#door.acknowledgeCancel(member, offered.attempt);
    // Who takes a place, or was to take it and does not, leaves the next one to the others.
    const hasNoPlace = offered.kind === 'nothing' && wait?.shut.at(0) === 'pace';
    if (rollout !== null && (wasWaiting || offered.kind === 'offer') && !hasNoPlace)
      this.#lookForPlace(rollout, clock.now);
    if (shows || offered.kind === 'cancel') return this.#pollBy(member, clock.now + 1);
    if (offered.kind === 'nothing') return wait === null ? undefined : this.#wait(member, wait);
    member.life = 'busy';
    this.#updates += 1;
    this.#busyIn.set(member, offered.one.rollout.name);
    this.#follow(member, await begin(this.#door, member, offered));
  }

  async #goOn(member: Member, stage: Stage): Promise<void> {
    const { clock } = this.#options.simulated;
    member.heardAt = clock.now;
    const { seed, brokenShare, onReport } = this.#options;
    const fails = chance(seed, member.name, stage.version, `${stage.attempt}`) < brokenShare(stage.version);
    const next = await goOn(this.#door, member, stage, { fails });
    onReport();
    this.#follow(member, next);
  }

  #follow(member: Member, next: Next): void {
    const { now } = this.#options.simulated.clock;
    if (next === 'silence') {
      member.life = 'gone';
      return;
    }
    if (next !== 'poll') return this.#schedule(member, now + next.after, next.stage);
    member.life = 'idle';
    member.hasShown = false;
    const rollout = this.#busyIn.get(member);
    this.#busyIn.delete(member);
    if (rollout !== undefined) this.#lookForPlace(rollout, now);
    this.#pollBy(member, now + 1);
  }

  /** Its poll was in vain: the next one that need not be is when a gate may have changed. */
  #wait(member: Member, wait: Wait): void {
    const { now } = this.#options.simulated.clock;
    if (!isOnlyWaiting(wait)) {
      if (wait.opensAt !== null) this.#pollBy(member, Math.max(wait.opensAt, now + 1));
      return;
    }
    const { rollout, placeAt } = wait;
    const line = this.#lines.get(rollout) ?? new WaitingLine();
    this.#lines.set(rollout, line);
    this.#inLine.add(member);
    line.add(member, wait);
    this.#lookForPlace(rollout, Math.max(Math.min(placeAt ?? Infinity, line.opensAt()), now + 1));
  }

  #lookForPlace(rollout: string, at: number): void {
    const isNobodyThere = this.#lines.get(rollout)?.isEmpty ?? true;
    if (isNobodyThere || at === Infinity || (this.#looksAt.get(rollout) ?? Infinity) <= at) return;
    this.#looksAt.set(rollout, at);
    this.#queue.push(at, { kind: 'place', rollout });
  }

  /** The first of those that wait for a place polls. */
  #offerPlace(rollout: string): void {
    const { now } = this.#options.simulated.clock;
    if ((this.#looksAt.get(rollout) ?? Infinity) > now) return;
    this.#looksAt.delete(rollout);
    const line = this.#lines.get(rollout);
    if (line === undefined) return;
    for (let member = line.takeNext(now); member !== null; member = line.takeNext(now))
      if (this.#inLine.has(member) && member.life === 'idle') return this.#pollBy(member, now);
    this.#lookForPlace(rollout, line.opensAt());
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
    if (!isTenant) return;
    for (const id of this.#phases.changedMembers()) {
      const member = this.#byId.get(id);
      if (member !== undefined) this.#wake(member);
    }
  }

  #wake(member: Member): void {
    if (member.life !== 'idle') return;
    this.#inLine.delete(member);
    this.#pollBy(member, this.#options.simulated.clock.now + 1);
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
    const { signal } = new AbortController();
    for (let isMore = true; isMore;) isMore = await work(store as Store<Commands>, signal);
    this.#wakeTouched(null);
    for (const rollout of this.#lines.keys()) this.#lookForPlace(rollout, clock.now);
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
