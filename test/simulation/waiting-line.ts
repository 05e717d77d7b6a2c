import type { Wait } from './door.ts';
import type { Member } from './members.ts';
import { PollRing } from './poll-ring.ts';

/** Devices of one zone: the window opens and closes for all of them at once. */
type Group = { readonly ring: PollRing; isOpen: boolean; changesAt: number };

/**
 * The devices that wait for a place of one rollout's pace, or for its window. Nothing but the window and the pace holds
 * them, so that of all their polls only those need be played of who polls first when a place is free.
 */
export class WaitingLine {
  readonly #groups = new Map<string, Group>();

  /** Takes in a device that polled in vain; what it was told of the window is so for all of its zone. */
  add(member: Member, { shut, windowChangesAt }: Wait): void {
    const zone = member.zone.name;
    const group = this.#groups.get(zone) ?? { ring: new PollRing(), isOpen: true, changesAt: Infinity };
    this.#groups.set(zone, group);
    group.isOpen = !shut.includes('window');
    group.changesAt = windowChangesAt ?? Infinity;
    group.ring.add(member);
  }

  get isEmpty(): boolean {
    return [...this.#groups.values()].every(({ ring }) => ring.size === 0);
  }

  /** Takes out who polls first of those whose window may be open at `at`. */
  takeNext(at: number): Member | null {
    const turns = [...this.#groups.values()].flatMap((group) =>
      group.ring.size > 0 && (group.isOpen || group.changesAt <= at) ? [group.ring.next(at)] : [],
    );
    const [first, ...others] = turns;
    if (first === undefined) return null;
    return others.reduce((best, one) => (one.polls < best.polls ? one : best), first).takeOut();
  }

  /** When the next window opens for somebody who waits; Infinity: for nobody by itself. */
  opensAt(): number {
    const shut = [...this.#groups.values()].filter(({ ring, isOpen }) => ring.size > 0 && !isOpen);
    return Math.min(...shut.map(({ changesAt }) => changesAt), Infinity);
  }
}

/** Whether all that holds a device back is the window or the pace. */
export function isOnlyWaiting({ shut }: Wait): boolean {
  return shut.length > 0 && shut.every((gate) => gate === 'window' || gate === 'pace');
}
