import { timingSafeEqual } from 'node:crypto';
import type { OfferSplit } from '@updraft/core';
import { BoundedMemory } from '../bounded-memory.ts';
import type { DropLog, Read } from './drop-log.ts';
import type { Stamped } from './stamp-check.ts';

/** Of polls about a kilobyte each, of descriptions half of that; what a larger fleet asks beyond that is read. */
export const MAX_CACHED_ANSWERS = 10_000;

/**
 * Of a fleet that asks in turn, more than there is room for, each answer would be forgotten before it is asked for again:
 * so most newcomers are not kept, those that are stay until they are asked for, and what is kept in vain costs little.
 */
export const NEWCOMERS_PER_PLACE = 8;

/** What makes an answer count: an answer that was just read is kept with it. */
export type Lasting = Omit<Read, 'device'> & {
  /** When it may become another one by time alone, epoch ms; null: never. */
  readonly until: number | null;
};

/** Who asks: an answer counts for exactly this device, credential, origin, as they were written, and kind of client. */
export type Asking = {
  readonly tenant: string;
  readonly device: string;
  readonly authorization: string;
  readonly origin: string;
  /** What its client can be told. */
  readonly splitsOffers: OfferSplit;
};

type Entry<A> = Lasting &
  Pick<Asking, 'origin' | 'splitsOffers'> & {
    readonly answer: A;
    readonly authorization: Buffer;
  };

/**
 * Answers to devices that nothing has changed since. A commit drops those of the devices and tenants that it touched
 * before its command's caller hears of it; what a gate may change by time alone counts until then.
 *
 * On SQLite all commits are made in this process. On PostgreSQL another server's is heard of too late: there an answer
 * counts only after its stamp was compared with the database's (see stamp-check.ts).
 */
export class AnswerCache<A extends Stamped> {
  readonly #entries = new BoundedMemory<string, Entry<A>>(MAX_CACHED_ANSWERS);
  readonly #drops: DropLog;
  readonly #newcomersPerPlace: number;
  #newcomers = 0;

  /** `newcomersPerPlace`: once it is full, of so many devices that it does not know one takes the place of the oldest. */
  constructor(drops: DropLog, { newcomersPerPlace = 1 }: { readonly newcomersPerPlace?: number } = {}) {
    this.#drops = drops;
    this.#newcomersPerPlace = newcomersPerPlace;
  }

  get(asking: Asking, now: number): A | null {
    const entry = this.#entries.get(keyOf(asking));
    if (entry === undefined || entry.origin !== asking.origin || entry.splitsOffers !== asking.splitsOffers)
      return null;
    const { answer, tenant, ticket, until, authorization } = entry;
    if (!this.#drops.counts({ device: answer.device, tenant, ticket }) || (until !== null && now >= until)) return null;
    return isSame(authorization, asking.authorization) ? answer : null;
  }

  keep(asking: Asking, answer: A, { tenant, ticket, until }: Lasting): void {
    const key = keyOf(asking);
    const known = this.#entries.get(key);
    if (known === undefined && this.#entries.isFull && ++this.#newcomers % this.#newcomersPerPlace !== 0) return;
    const isKnown = known !== undefined && isSame(known.authorization, asking.authorization);
    const authorization = isKnown ? known.authorization : Buffer.from(asking.authorization);
    const { origin, splitsOffers } = asking;
    this.#entries.set(key, { answer, tenant, ticket, until, authorization, origin, splitsOffers });
  }
}

/** A tenant's name holds no line end. */
function keyOf({ tenant, device }: Asking): string {
  return `${tenant}\n${device}`;
}

function isSame(kept: Buffer, given: string): boolean {
  const bytes = Buffer.from(given);
  return bytes.length === kept.length && timingSafeEqual(bytes, kept);
}
