const DEVICES_PER_PAGE = 8192;
const BITS = 32;

/** Which devices are known to have their bit of one hour set. A bit a device, in pages: an hour of a million takes 128 KiB. */
export class HourMarks {
  #hour: number | null = null;
  readonly #pages = new Map<number, Uint32Array>();

  /** The hour that the marks speak of, since 1970; null: none yet. */
  get hour(): number | null {
    return this.#hour;
  }

  has(device: number): boolean {
    const place = device % DEVICES_PER_PAGE;
    const page = this.#pages.get(Math.floor(device / DEVICES_PER_PAGE));
    return page !== undefined && ((page[Math.floor(place / BITS)] ?? 0) & (1 << (place % BITS))) !== 0;
  }

  /** The bits of these devices are set in `hour`; marks of another hour are forgotten. */
  add(hour: number, devices: readonly number[]): void {
    if (hour !== this.#hour) this.#pages.clear();
    this.#hour = hour;
    for (const device of devices) {
      const key = Math.floor(device / DEVICES_PER_PAGE);
      const page = this.#pages.get(key) ?? new Uint32Array(DEVICES_PER_PAGE / BITS);
      this.#pages.set(key, page);
      const place = device % DEVICES_PER_PAGE;
      page[Math.floor(place / BITS)] = (page[Math.floor(place / BITS)] ?? 0) | (1 << (place % BITS));
    }
  }
}
