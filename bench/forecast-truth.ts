import {
  decide,
  decideRollout,
  nextDue,
  paceVerdict,
  summaryOfGates,
  TOKENS_PER_START,
  tokensLeft,
  windowAt,
  type AssignmentAggregate,
  type AttemptInput,
  type AttemptTimes,
  type Effect,
  type PaceCount,
  type PaceFacts,
  type PhaseCounts,
  type PhaseSpec,
  type RolloutAggregate,
  type RolloutInput,
  type RolloutPolicy,
  type WindowMoment,
} from '@updraft/core';
import { chance } from './forecast-chance.ts';
import { actsOf, fallsSilent, type Act } from './forecast-device.ts';
import { lastThereBy, thereFrom, type TrueDevice, type TrueFleet } from './forecast-fleet.ts';
import { TimeHeap } from './forecast-heap.ts';
import { factsAtPoll, newAggregate } from './forecast-facts.ts';

export type TrueRollout = {
  readonly from: number;
  readonly policy: RolloutPolicy;
  readonly phases: readonly PhaseSpec[];
  /** Of its phase, by the place of the device in the fleet. */
  readonly phaseOf: (place: number) => number;
  readonly bytes: number;
};

export type EndedAttempt = {
  readonly device: TrueDevice;
  readonly ordinal: number;
  readonly reason: string;
  readonly times: AttemptTimes;
};
export type Truth = {
  readonly endedAt: number;
  readonly state: RolloutAggregate['state'];
  readonly succeeded: number;
  readonly polls: number;
  readonly attempts: readonly EndedAttempt[];
};

type Member = {
  readonly device: TrueDevice;
  readonly phase: number;
  state: AssignmentAggregate;
  polledAt: number;
  acts: readonly Act[];
  acted: number;
  downloadedAt: number | null;
  installingAt: number | null;
};

const POLL = 0;
const ACT = 1;
const DUE = 2;
const SWEEP = 3;
const KINDS = 4;
const LOOK = -1;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LONGEST_DAYS = 300;
const BOOT_MS = 120_000;

/**
 * What becomes of a rollout when every device of the fleet lives by itself: polls, downloads, reboots and lies, event by
 * event, against core's own gates, lifecycles and thresholds. Polls that no gate could open for are passed over.
 */
export function playTruth(fleet: TrueFleet, rollout: TrueRollout): Truth {
  return new TruePlay(fleet, rollout).play();
}

class TruePlay {
  readonly #fleet: TrueFleet;
  readonly #rollout: TrueRollout;
  readonly #heap = new TimeHeap();
  readonly #members: Member[];
  readonly #counts: Map<number, { open: number; succeeded: number; superseded: number; canceled: number }>;
  readonly #windows = new Map<string, WindowMoment>();
  readonly #sites = new Map<string, number>();
  readonly #attempts: EndedAttempt[] = [];
  #pace: PaceCount | null = null;
  #state: RolloutAggregate;
  #polls = 0;

  constructor(fleet: TrueFleet, rollout: TrueRollout) {
    this.#fleet = fleet;
    this.#rollout = rollout;
    this.#members = fleet.devices.map((device, place) => ({
      device,
      phase: rollout.phaseOf(place),
      state: newAggregate(device, rollout.policy),
      polledAt: rollout.from - chance(fleet.seed, 41, device.id) * device.pollMs,
      acts: [],
      acted: 0,
      downloadedAt: null,
      installingAt: null,
    }));
    const totals = rollout.phases.map((_, at) => this.#members.filter(({ phase }) => phase === at + 1).length);
    this.#counts = new Map(totals.map((open, at) => [at + 1, { open, succeeded: 0, superseded: 0, canceled: 0 }]));
    this.#state = {
      state: 'ready',
      reason: null,
      startedAt: null,
      endedAt: null,
      policy: rollout.policy,
      phases: rollout.phases.map((spec, at) => ({
        number: at + 1,
        state: 'waiting',
        spec,
        total: totals[at] ?? 0,
        erred: 0,
        startedAt: null,
        reachedAt: null,
        crossedAt: null,
      })),
    };
  }

  play(): Truth {
    const { from } = this.#rollout;
    this.#decideRollout({ type: 'start' }, from);
    let now = from;
    while (this.#state.state === 'running') {
      const next = this.#heap.take();
      if (next === null || next.at > from + LONGEST_DAYS * DAY_MS) break;
      now = next.at;
      if (next.item === LOOK) this.#look(now);
      else this.#happen(next.item, now);
    }
    const succeeded = [...this.#counts.values()].reduce((sum, count) => sum + count.succeeded, 0);
    return { endedAt: now, state: this.#state.state, succeeded, polls: this.#polls, attempts: this.#attempts };
  }

  #happen(item: number, now: number): void {
    const place = Math.floor(item / KINDS);
    const member = this.#members[place] as Member;
    if (member.state.assignment.endedAt !== null) return;
    switch (item % KINDS) {
      case POLL:
        return this.#poll(place, member, now);
      case ACT:
        return this.#act(place, member, now);
      case DUE:
        return this.#due(place, member, now);
      default:
        return this.#sweep(place, member, now);
    }
  }

  #poll(place: number, member: Member, now: number): void {
    member.polledAt = now;
    this.#polls += 1;
    const { attempt, assignment } = member.state;
    if (attempt !== null && attempt.endedAt === null) return;
    const pace = this.#paceOf(member);
    const { policy } = this.#rollout;
    if (
      assignment.state !== 'backing-off' &&
      !paceVerdict(policy.pace, pace, now).passed &&
      this.#window(member, now).isOpen
    )
      return this.#pollAt(place, member, now + 1);
    const window = this.#window(member, now);
    const phase = this.#state.phases[member.phase - 1];
    const facts = factsAtPoll(member.device, member.state, { now, pace, window, policy, rollout: this.#state, phase });
    const { mayInstall, shut } = summaryOfGates(facts, now);
    if (mayInstall) return this.#offer(place, member, now);
    if (shut === 'window') this.#pollAt(place, member, window.changesAt ?? Infinity);
    else if (shut === 'back-off') this.#pollAt(place, member, assignment.notBefore ?? now);
    else if (shut === 'pace') this.#pollAt(place, member, now + 1);
    else throw new Error(`the gate ${String(shut)} is shut for device ${member.device.id}`);
  }

  #offer(place: number, member: Member, now: number): void {
    const { pace } = this.#rollout.policy;
    const isPaced = pace.parallel !== null || pace.perMinute !== null || pace.perSite !== null;
    if (isPaced) {
      const left = pace.perMinute === null ? 0 : tokensLeft(pace.perMinute, this.#pace, now) - TOKENS_PER_START;
      this.#pace = { inFlight: (this.#pace?.inFlight ?? 0) + 1, tokens: left, tokensAt: now };
      this.#sites.set(member.device.site, (this.#sites.get(member.device.site) ?? 0) + 1);
    }
    this.#step(place, member, { type: 'offer-made', install: true, paced: isPaced }, now);
    const ordinal = member.state.assignment.attempts;
    member.acts = actsOf(this.#fleet, member.device, { ordinal, bytes: this.#rollout.bytes, offeredAt: now });
    member.acted = 0;
    this.#heap.add(member.acts[0]?.at ?? now, place * KINDS + ACT);
  }

  #act(place: number, member: Member, now: number): void {
    const act = member.acts[member.acted];
    if (act === undefined || act.at !== now) return;
    member.acted += 1;
    const next = member.acts[member.acted];
    this.#step(place, member, act.input, now);
    if (next !== undefined && member.acts.length > 0) this.#heap.add(next.at, place * KINDS + ACT);
  }

  #due(place: number, member: Member, now: number): void {
    const { attempt } = member.state;
    if (attempt === null || attempt.endedAt !== null) return;
    const input = {
      type: 'due',
      lastContactAt: this.#contactBy(member, now),
      listeningSince: 0,
      evidenceReportedAt: null,
    } as const;
    const due = nextDue(member.state, attempt);
    if (due !== null && due.at <= now && !this.#step(place, member, input, now))
      this.#heap.add(now + HOUR_MS, place * KINDS + DUE);
  }

  /** As the phase's sweep looks for the silent. */
  #sweep(place: number, member: Member, now: number): void {
    const { attempt } = member.state;
    const limit = this.#rollout.policy.timeLimits.silenceSeconds * 1000;
    if (attempt !== null && attempt.endedAt === null && attempt.begunAt !== null)
      return this.#heap.add(now + HOUR_MS, place * KINDS + SWEEP);
    const started = this.#state.phases[member.phase - 1]?.startedAt ?? now;
    const contact = this.#contactBy(member, now);
    const silentAt = Math.max(contact ?? 0, started) + limit;
    if (silentAt > now) return this.#heap.add(silentAt + this.#sweepDelay(member), place * KINDS + SWEEP);
    const input = { type: 'due', lastContactAt: contact, listeningSince: started, evidenceReportedAt: null } as const;
    this.#step(place, member, input, now);
  }

  #contactBy({ device, state: { attempt } }: Member, now: number): number | null {
    if (device.isDead) return null;
    return attempt !== null && fallsSilent(device, attempt) ? attempt.begunAt : lastThereBy(this.#fleet, device, now);
  }

  #sweepDelay(member: Member): number {
    return HOUR_MS * chance(this.#fleet.seed, 42, member.device.id);
  }

  /** Lets core decide, and does what it asks for; tells whether anything changed. */
  #step(place: number, member: Member, input: AttemptInput, now: number): boolean {
    const before = member.state.attempt;
    const decision = decide(member.state, input, now);
    if (decision.outcome === 'refused')
      throw new Error(`device ${member.device.id}: ${input.type} is ${decision.code}`);
    if (decision.outcome === 'unchanged') return false;
    member.state = decision.state;
    const { attempt, assignment } = decision.state;
    if (attempt !== null && attempt.state !== before?.state) this.#entered(place, member, now);
    for (const effect of decision.effects) this.#perform(member, effect, now);
    if (assignment.endedAt !== null) this.#closed(member, now);
    else if (assignment.state === 'backing-off' && attempt?.endedAt === now)
      this.#pollAt(place, member, assignment.notBefore ?? now);
    return true;
  }

  #entered(place: number, member: Member, now: number): void {
    const { attempt, assignment } = member.state;
    if (attempt === null) return;
    if (attempt.state === 'offered') [member.downloadedAt, member.installingAt] = [null, null];
    if (attempt.state === 'downloaded') member.downloadedAt = now;
    if (attempt.state === 'installing') member.installingAt = now;
    if (attempt.endedAt !== null) {
      member.acts = [];
      const { state, offeredAt, begunAt, installOfferedAt, endedAt } = attempt;
      const { downloadedAt, installingAt } = member;
      const { bytes } = this.#rollout;
      const contactAt = this.#contactBy(member, now);
      const times = {
        state,
        offeredAt,
        begunAt,
        downloadedAt,
        installOfferedAt,
        installingAt,
        endedAt,
        contactAt,
        bytes,
      };
      this.#attempts.push({ device: member.device, ordinal: assignment.attempts, reason: attempt.reason ?? '', times });
      return;
    }
    const due = nextDue(member.state, attempt);
    if (due !== null) this.#heap.add(due.at, place * KINDS + DUE);
  }

  #perform(member: Member, effect: Effect, now: number): void {
    if (effect.type === 'pace-freed' && this.#pace !== null) {
      this.#pace = { ...this.#pace, inFlight: this.#pace.inFlight - 1 };
      this.#sites.set(member.device.site, (this.#sites.get(member.device.site) ?? 1) - 1);
    }
    if (effect.type !== 'erred' && effect.type !== 'recovered') return;
    const by = effect.type === 'erred' ? 1 : -1;
    const phases = this.#state.phases.map((phase) =>
      phase.number === member.phase ? { ...phase, erred: phase.erred + by } : phase,
    );
    this.#state = { ...this.#state, phases };
    this.#decideRollout({ type: 'erred', phase: member.phase }, now);
  }

  #closed(member: Member, now: number): void {
    const counts = this.#counts.get(member.phase);
    if (counts === undefined) return;
    counts.open -= 1;
    if (member.state.assignment.state === 'succeeded') counts.succeeded += 1;
    this.#look(now);
  }

  #look(now: number): void {
    this.#decideRollout(
      {
        type: 'look',
        counts: this.#counts as ReadonlyMap<number, PhaseCounts>,
        firstWindowAt: null,
        isSweepDue: false,
      },
      now,
    );
  }

  #decideRollout(input: RolloutInput, now: number): void {
    const decision = decideRollout(this.#state, input, now);
    if (decision.outcome !== 'changed') return;
    this.#state = decision.state;
    for (const effect of decision.effects) {
      if (effect.type === 'phase-moved' && effect.event === 'start') this.#startPhase(effect.phase, now);
      if (effect.type === 'success-reached') {
        const phase = this.#state.phases[effect.phase - 1];
        this.#heap.add(now + (phase?.spec.soakSeconds ?? 0) * 1000, LOOK);
      }
    }
  }

  #startPhase(number: number, now: number): void {
    for (const [place, member] of this.#members.entries()) {
      if (member.phase !== number) continue;
      const limit = this.#rollout.policy.timeLimits.silenceSeconds * 1000;
      this.#heap.add(now + limit + this.#sweepDelay(member), place * KINDS + SWEEP);
      this.#pollAt(place, member, now);
    }
  }

  /** Its first poll from `at` on, by its interval; one that was away polls when it is back. */
  #pollAt(place: number, member: Member, at: number): void {
    const { device } = member;
    if (device.isDead || at === Infinity) return;
    if (device.fault === 'silent' && member.state.assignment.attempts > 0) return;
    const turns = Math.max(1, Math.ceil((at - member.polledAt) / device.pollMs));
    const turn = member.polledAt + turns * device.pollMs;
    const there = thereFrom(this.#fleet, device, turn);
    this.#heap.add(
      there === turn ? turn : there + BOOT_MS * chance(this.#fleet.seed, 43, device.id),
      place * KINDS + POLL,
    );
  }

  #paceOf({ device }: Member): PaceFacts {
    return {
      held: false,
      isCounting: false,
      rollout: this.#pace,
      site: { inFlight: this.#sites.get(device.site) ?? 0 },
      siteName: device.site,
    };
  }

  #window({ device }: Member, now: number): WindowMoment {
    const known = this.#windows.get(device.zone);
    if (known !== undefined && (known.changesAt === null || now < known.changesAt)) return known;
    const moment = windowAt(this.#rollout.policy.windows, device.zone, now);
    this.#windows.set(device.zone, moment);
    return moment;
  }
}
