import { setTimeout as wait } from 'node:timers/promises';

/** Lets bytes through at a rate: waits as long as more has passed than the time since the start allows. */
export class Pace {
  readonly #bytesPerSecond: number;
  readonly #startedAt = performance.now();
  #bytes = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  async pass(bytes: number): Promise<void> {
    this.#bytes += bytes;
    const aheadMs = (this.#bytes / this.#bytesPerSecond) * 1000 - (performance.now() - this.#startedAt);
    if (aheadMs >= 1) await wait(aheadMs);
  }
}
