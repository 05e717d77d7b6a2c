import { timingSafeEqual } from 'node:crypto';
import type { OfferSplit } from '@updraft/core';
import type { PollStamp, Touched } from '@updraft/store';

/** About a kilobyte each; what a larger fleet asks beyond that is read. */
export const MAX_CACHED_ANSWERS = 20_000;
/** Touched devices that are remembered one by one; with more than that everything is forgotten. */
const MAX_NOTED_DROPS = 100_000;

export type CachedAnswer = {
  readonly device: number;
  readonly body: string;
  readonly etag: string;
  readonly stamp: PollStamp;
};

/** An answer that was just read, of a device of `tenant`; `ticket` was asked for before. */
export type NewAnswer = CachedAnswer & {
  readonly tenant: number;
  readonly ticket: number;
  /** When a gate may open or shut by time alone, epoch ms; null: never. */
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

type Entry = NewAnswer &
  Pick<Asking, 'origin' | 'splitsOffers'> & {
    readonly authorization: Buffer;
  };

/**
 * Answers of polls that nothing has changed since. A commit drops those of the devices and tenants that it touched
 * before its command's caller hears of it; what a gate may change by time alone counts until then.
 *
 * On SQLite all commits are made in this process. On PostgreSQL another server's is heard of too late: there an answer
 * counts only after its stamp was compared with the database's (see stamp-check.ts).
 *
 * Dropping only notes when: an answer counts if its ticket is not older than the last drop of its device and tenant.
 */
export class AnswerCache {
  readonly #entries = new Map<string, Entry>();
  readonly #droppedDevices = new Map<number, number>();
  readonly #droppedTenants = new Map<number, number>();
  #drops = 0;
  /** Answers with a ticket older than this are forgotten. */
  #oldest = 0;

  get(asking: Asking, now: number): CachedAnswer | null {
    const entry = this.#entries.get(keyOf(asking));
    if (entry === undefined || entry.origin !== asking.origin || !this.#isFresh(entry)) return null;
    if (entry.splitsOffers !== asking.splitsOffers) return null;
    if (entry.until !== null && now >= entry.until) return null;
    return isSame(entry.authorization, asking.authorization) ? entry : null;
  }

  /** To be asked for before the read whose answer is kept: a drop after it makes the answer count no more. */
  ticket(): number {
    return this.#drops;
  }

  keep(asking: Asking, answer: NewAnswer): void {
    const key = keyOf(asking);
    const known = this.#entries.get(key);
    if (known === undefined && this.#entries.size >= MAX_CACHED_ANSWERS) this.#forgetOldest();
    const isKnown = known !== undefined && isSame(known.authorization, asking.authorization);
    const authorization = isKnown ? known.authorization : Buffer.from(asking.authorization);
    const { device, body, etag, stamp, tenant, ticket, until } = answer;
    const { origin, splitsOffers } = asking;
    const entry = { device, body, etag, stamp, tenant, ticket, until, authorization, origin, splitsOffers };
    this.#entries.set(key, entry);
  }

  drop({ devices, tenants }: Touched): void {
    this.#drops += 1;
    for (const device of devices) this.#droppedDevices.set(device, this.#drops);
    for (const tenant of tenants) this.#droppedTenants.set(tenant, this.#drops);
    if (this.#droppedDevices.size > MAX_NOTED_DROPS) this.clear();
  }

  /** Forgets every answer, those that are being read included. */
  clear(): void {
    this.#entries.clear();
    this.#droppedDevices.clear();
    this.#oldest = this.#drops += 1;
  }

  #isFresh({ device, tenant, ticket }: Entry): boolean {
    const dropped = Math.max(
      this.#oldest,
      this.#droppedDevices.get(device) ?? 0,
      this.#droppedTenants.get(tenant) ?? 0,
    );
    return ticket >= dropped;
  }

  #forgetOldest(): void {
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
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
