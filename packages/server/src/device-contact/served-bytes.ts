import type { ServedBytes } from '@updraft/store';

/** How long served bytes are kept in memory; a crash loses as much. */
export const SERVED_FLUSH_MS = 1000;

export type ServedTallyOptions = {
  readonly save: (served: readonly ServedBytes[]) => Promise<void>;
  readonly onError: (error: unknown) => void;
};

/**
 * How many bytes of artifacts this server has handed to the network, by the rollout that they were for: added up in
 * memory and written about once a second while any flow. No poll and no download waits for it or writes anything. What
 * could not be written is written with the next flush; where the database took it and could not say so it counts twice.
 */
export class ServedTally implements AsyncDisposable {
  readonly #options: ServedTallyOptions;
  readonly #timer: NodeJS.Timeout;
  #sums = new Map<number, number>();
  #flushing: Promise<void> | null = null;

  constructor(options: ServedTallyOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.flush(), SERVED_FLUSH_MS);
    this.#timer.unref();
  }

  note(rollout: number, bytes: number): void {
    this.#sums.set(rollout, (this.#sums.get(rollout) ?? 0) + bytes);
  }

  /** Writes what is noted. Never rejects. */
  async flush(): Promise<void> {
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = null;
    });
    return this.#flushing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    // One that is under way leaves what was noted since to the next.
    await this.flush();
    await this.flush();
  }

  async #write(): Promise<void> {
    if (this.#sums.size === 0) return;
    const served = [...this.#sums].map(([rollout, bytes]) => ({ rollout, bytes }));
    this.#sums = new Map();
    try {
      await this.#options.save(served);
    } catch (error) {
      for (const { rollout, bytes } of served) this.note(rollout, bytes);
      this.#options.onError(error);
    }
  }
}
