/** How long what was noted is kept in memory; a crash loses as much. */
export const FLUSH_INTERVAL_MS = 1000;

/** Calls `write`, which never rejects, about once a second until it is disposed of, and never twice at once. */
export class SteadyFlush implements AsyncDisposable {
  readonly #write: () => Promise<void>;
  readonly #timer: NodeJS.Timeout;
  #flushing: Promise<void> | null = null;

  constructor(write: () => Promise<void>) {
    this.#write = write;
    this.#timer = setInterval(() => void this.flush(), FLUSH_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Writes now; where a write is under way that one is waited for, and leaves what was noted since to the next. */
  async flush(): Promise<void> {
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = null;
    });
    return this.#flushing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    // Twice: the first may be one that was under way.
    await this.flush();
    await this.flush();
  }
}
