import { DEVICES_PER_CONTACT_SLICE, type ContactSlice } from '../use-cases/contact-commands.ts';
import { HourMarks } from './hour-marks.ts';
import { SteadyFlush } from './steady-flush.ts';

export type LastContactsOptions = {
  /**
   * Writes that these devices are in contact; at most {@link DEVICES_PER_CONTACT_SLICE}, in the order of their ids. Tells
   * in which hour that was.
   */
  readonly save: (slice: ContactSlice) => Promise<number>;
  readonly onError: (error: unknown) => void;
};

/**
 * Which devices were in contact lately: noted in memory, written in slices about each second, with the hour once an hour.
 * No poll waits for it, and what could not be written is written with the next flush.
 */
export class LastContacts implements AsyncDisposable {
  readonly #options: LastContactsOptions;
  readonly #flush = new SteadyFlush(() => this.#write());
  readonly #marks = new HourMarks();
  #noted = new Set<number>();

  constructor(options: LastContactsOptions) {
    this.#options = options;
  }

  note(device: number): void {
    this.#noted.add(device);
  }

  /** Writes what is noted. Never rejects. */
  async flush(): Promise<void> {
    return this.#flush.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    return this.#flush[Symbol.asyncDispose]();
  }

  async #write(): Promise<void> {
    const devices = [...this.#noted].toSorted((a, b) => a - b);
    this.#noted = new Set();
    for (let at = 0; at < devices.length; at += DEVICES_PER_CONTACT_SLICE) {
      const slice = devices.slice(at, at + DEVICES_PER_CONTACT_SLICE);
      try {
        const fresh = slice.filter((device) => !this.#marks.has(device));
        this.#marks.add(await this.#options.save({ devices: slice, hour: this.#marks.hour, fresh }), slice);
      } catch (error) {
        for (const device of slice) this.#noted.add(device);
        this.#options.onError(error);
      }
    }
  }
}
