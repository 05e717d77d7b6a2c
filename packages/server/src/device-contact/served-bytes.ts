import type { ServedBytes } from '@updraft/store';
import { SteadyFlush } from './steady-flush.ts';

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
  readonly #flush = new SteadyFlush(() => this.#write());
  #sums = new Map<number, number>();

  constructor(options: ServedTallyOptions) {
    this.#options = options;
  }

  note(rollout: number, bytes: number): void {
    this.#sums.set(rollout, (this.#sums.get(rollout) ?? 0) + bytes);
  }

  /** Writes what is noted. Never rejects. */
  async flush(): Promise<void> {
    return this.#flush.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    return this.#flush[Symbol.asyncDispose]();
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
