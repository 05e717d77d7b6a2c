import { nextPoll, type Member } from './members.ts';

/** How far two devices may be apart and still count as polling at the same time. */
const BUCKET_MS = 1000;

/**
 * Devices that wait for a place, by when in their interval they poll: when a place is free, who polls first gets it, and
 * nobody else need ask. Devices of one interval turn in one ring.
 */
export class PollRing {
  readonly #rings = new Map<number, Member[][]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(member: Member): void {
    const { intervalMs } = member;
    let ring = this.#rings.get(intervalMs);
    if (ring === undefined) {
      ring = Array.from({ length: Math.ceil(intervalMs / BUCKET_MS) }, () => []);
      this.#rings.set(intervalMs, ring);
    }
    (ring[Math.floor(member.offsetMs / BUCKET_MS)] as Member[]).push(member);
    this.#size += 1;
  }

  /** Who polls first after `at`, give or take a second; one that is switched off only where all are. */
  next(at: number): Turn {
    const places = [...this.#rings.values()].flatMap((ring) => firstIn(ring, at) ?? []);
    const { bucket, index, polls } = earliest(places.length > 0 ? places : this.#allPlaces(at));
    return {
      polls,
      takeOut: () => {
        this.#size -= 1;
        return bucket.splice(index, 1)[0] as Member;
      },
    };
  }

  #allPlaces(at: number): readonly Place[] {
    return [...this.#rings.values()]
      .flat()
      .flatMap((bucket) => bucket.map((member, index) => ({ bucket, index, polls: nextPoll(member, at) })));
  }
}

/** A device that waits, when it polls, and how it stops waiting. */
export type Turn = { readonly polls: number; readonly takeOut: () => Member };
type Place = { readonly bucket: Member[]; readonly index: number; readonly polls: number };

function earliest(places: readonly Place[]): Place {
  return places.reduce((best, one) => (one.polls < best.polls ? one : best));
}

/** The first of a ring, turned from `at` on, that polls within its interval. */
function firstIn(ring: readonly Member[][], at: number): Place | null {
  const intervalMs = ring.length * BUCKET_MS;
  const first = Math.floor((((at % intervalMs) + intervalMs) % intervalMs) / BUCKET_MS);
  for (let step = 0; step < ring.length; step += 1) {
    const bucket = ring[(first + step) % ring.length] as Member[];
    const index = bucket.findLastIndex((member) => nextPoll(member, at) - at <= intervalMs);
    const member = bucket[index];
    if (member !== undefined) return { bucket, index, polls: nextPoll(member, at) };
  }
  return null;
}
