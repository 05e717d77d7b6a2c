import { DEVICES_PER_CONTACT_SLICE } from '../use-cases/contact-commands.ts';

/** How long a contact is kept in memory; a crash loses as much. */
const FLUSH_INTERVAL_MS = 1000;

export type LastContactsOptions = {
  /** Writes that these devices are in contact; at most {@link DEVICES_PER_CONTACT_SLICE}, in the order of their ids. */
  readonly save: (devices: readonly number[]) => Promise<void>;
  readonly onError: (error: unknown) => void;
};

/**
 * Which devices were in contact lately: noted in memory, written in slices about each second. No poll waits for it, and
 * what could not be written is written with the next flush.
 */
export class LastContacts implements AsyncDisposable {
  readonly #options: LastContactsOptions;
  readonly #timer: NodeJS.Timeout;
  #noted = new Set<number>();
  #flushing: Promise<void> | null = null;

  constructor(options: LastContactsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.flush(), FLUSH_INTERVAL_MS);
    this.#timer.unref();
  }

  note(device: number): void {
    this.#noted.add(device);
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
    await this.flush();
    await this.flush();
  }

  async #write(): Promise<void> {
    const devices = [...this.#noted].toSorted((a, b) => a - b);
    this.#noted = new Set();
    for (let at = 0; at < devices.length; at += DEVICES_PER_CONTACT_SLICE) {
      const slice = devices.slice(at, at + DEVICES_PER_CONTACT_SLICE);
      try {
        await this.#options.save(slice);
      } catch (error) {
        for (const device of slice) this.#noted.add(device);
        this.#options.onError(error);
      }
    }
  }
}
