import type { CommandContext, Touched } from '../command.ts';

/** Gathers what commands touch, each row once. */
export class TouchedRows {
  readonly #devices = new Set<number>();
  readonly #heard = new Set<number>();
  readonly #tenants = new Set<number>();
  #events = false;

  readonly touch: CommandContext['touch'] = ({ device, heard, tenant, events }) => {
    if (device !== undefined) this.#devices.add(device);
    if (heard !== undefined) this.#heard.add(heard);
    if (tenant !== undefined) this.#tenants.add(tenant);
    if (events === true) this.#events = true;
  };

  get events(): boolean {
    return this.#events;
  }

  get isEmpty(): boolean {
    return this.#devices.size === 0 && this.#heard.size === 0 && this.#tenants.size === 0 && !this.#events;
  }

  add(more: Touched): void {
    for (const device of more.devices) this.#devices.add(device);
    for (const device of more.heard ?? []) this.#heard.add(device);
    for (const tenant of more.tenants) this.#tenants.add(tenant);
    if (more.events) this.#events = true;
  }

  /** What was gathered, and from here on nothing. */
  take(): Touched {
    const heard = this.#heard.size === 0 ? {} : { heard: [...this.#heard] };
    const touched = { devices: [...this.#devices], ...heard, tenants: [...this.#tenants], events: this.#events };
    this.#devices.clear();
    this.#heard.clear();
    this.#tenants.clear();
    this.#events = false;
    return touched;
  }
}

export function isEmpty(touched: Touched): boolean {
  return touched.devices.length === 0 && touched.heard === undefined && touched.tenants.length === 0 && !touched.events;
}
