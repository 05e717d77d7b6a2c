import type { Touched } from '@updraft/store';

/** Touched devices that are remembered one by one; with more than that everything is forgotten. */
const MAX_NOTED_DROPS = 100_000;

/** What was read of a device of `tenant`; `ticket` was asked for before the read. */
export type Read = { readonly device: number; readonly tenant: number; readonly ticket: number };

/**
 * When commits touched devices and tenants: what was read before counts no more. Who remembers answers asks for a ticket
 * before each read; an answer counts while its ticket is not older than the last drop of its device and tenant.
 */
export class DropLog {
  readonly #devices = new Map<number, number>();
  readonly #tenants = new Map<number, number>();
  #drops = 0;
  /** Tickets older than this count no more. */
  #oldest = 0;

  ticket(): number {
    return this.#drops;
  }

  drop({ devices, heard = [], tenants }: Touched): void {
    this.#drops += 1;
    for (const device of devices) this.#devices.set(device, this.#drops);
    for (const device of heard) this.#devices.set(device, this.#drops);
    for (const tenant of tenants) this.#tenants.set(tenant, this.#drops);
    if (this.#devices.size > MAX_NOTED_DROPS) this.clear();
  }

  /** Nothing that was read so far counts any more, nor what is being read. */
  clear(): void {
    this.#devices.clear();
    this.#oldest = this.#drops += 1;
  }

  counts({ device, tenant, ticket }: Read): boolean {
    return ticket >= Math.max(this.#oldest, this.#devices.get(device) ?? 0, this.#tenants.get(tenant) ?? 0);
  }
}
