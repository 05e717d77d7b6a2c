import { createHmac, randomBytes } from 'node:crypto';
import { BoundedMemory } from '../bounded-memory.ts';

export const CREDENTIAL_CACHED_SECONDS = 60;
export const MAX_CACHED_CREDENTIALS = 1000;

type Entry = { readonly revision: number; readonly until: number };

/**
 * Remembers which user name and password were right lately, because argon2id at each request would crawl. The keys are
 * HMACs under a key of this process: a memory dump holds no password. An entry counts for one revision of the user's
 * row only, so a changed password drops it at once, whichever process changed it.
 */
export class VerifiedCredentials {
  readonly #key = randomBytes(32);
  readonly #entries = new BoundedMemory<string, Entry>(MAX_CACHED_CREDENTIALS);
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  knows(user: { readonly id: number; readonly revision: number }, password: string): boolean {
    const entry = this.#entries.get(this.nameOf(user.id, password));
    return entry !== undefined && entry.revision === user.revision && entry.until > this.#now();
  }

  remember(user: { readonly id: number; readonly revision: number }, password: string): void {
    const name = this.nameOf(user.id, password);
    this.#entries.delete(name);
    this.#entries.set(name, {
      revision: user.revision,
      until: this.#now() + CREDENTIAL_CACHED_SECONDS * 1000,
    });
  }

  /** The pair under an HMAC: fit for a key of a map. */
  nameOf(user: number, password: string): string {
    return createHmac('sha256', this.#key).update(`${user}\n${password}`).digest('base64');
  }
}
