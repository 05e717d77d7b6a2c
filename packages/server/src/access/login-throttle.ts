/** Wrong passwords that one address may send in one minute before its further guesses are refused unread. */
export const MAX_FAILED_LOGINS_PER_MINUTE = 20;
export const MAX_WATCHED_ADDRESSES = 10_000;
const WINDOW_MS = 60_000;

type Window = { readonly since: number; failures: number };

/** Counts wrong passwords by address. What was verified lately, and API tokens, never come here. */
export class LoginThrottle {
  readonly #windows = new Map<string, Window>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Seconds until the address may try again; 0 where it may now. */
  secondsToWait(address: string): number {
    const window = this.#windows.get(address);
    if (window === undefined || window.failures < MAX_FAILED_LOGINS_PER_MINUTE) return 0;
    return Math.max(0, Math.ceil((window.since + WINDOW_MS - this.#now()) / 1000));
  }

  failed(address: string): void {
    const now = this.#now();
    const window = this.#windows.get(address);
    if (window !== undefined && now < window.since + WINDOW_MS) {
      window.failures += 1;
      return;
    }
    this.#windows.delete(address);
    if (this.#windows.size >= MAX_WATCHED_ADDRESSES) this.#dropOldest();
    this.#windows.set(address, { since: now, failures: 1 });
  }

  #dropOldest(): void {
    const oldest = this.#windows.keys().next();
    if (!oldest.done) this.#windows.delete(oldest.value);
  }
}
