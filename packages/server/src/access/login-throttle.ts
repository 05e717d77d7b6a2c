import { BoundedMemory } from '../bounded-memory.ts';

/** Wrong passwords that one address may send in one minute before its further guesses are refused unread. */
export const MAX_FAILED_LOGINS_PER_MINUTE = 20;
export const MAX_WATCHED_ADDRESSES = 10_000;
const WINDOW_MS = 60_000;

type Window = { readonly since: number; charged: number };

/**
 * Counts password checks by address: each is charged before it runs and given back if it was right, so that guesses
 * sent all at once count too. What was verified lately, and API tokens, never come here.
 */
export class LoginThrottle {
  readonly #windows = new BoundedMemory<string, Window>(MAX_WATCHED_ADDRESSES);
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Charges one check: 0 where it may run, else the seconds until the address may try again. */
  charge(address: string): number {
    const now = this.#now();
    const window = this.#windows.get(address);
    if (window === undefined || now >= window.since + WINDOW_MS) {
      this.#open(address, now);
      return 0;
    }
    if (window.charged >= MAX_FAILED_LOGINS_PER_MINUTE) return Math.ceil((window.since + WINDOW_MS - now) / 1000);
    window.charged += 1;
    return 0;
  }

  giveBack(address: string): void {
    const window = this.#windows.get(address);
    if (window !== undefined && window.charged > 0) window.charged -= 1;
  }

  /** Deleted before, as what is set again would keep its place among the oldest. */
  #open(address: string, now: number): void {
    this.#windows.delete(address);
    this.#windows.set(address, { since: now, charged: 1 });
  }
}
