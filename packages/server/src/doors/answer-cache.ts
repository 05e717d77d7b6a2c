import { timingSafeEqual } from 'node:crypto';
import type { Touched } from '@updraft/store';

/** About a kilobyte each; what a larger fleet asks beyond that is read. */
export const MAX_CACHED_ANSWERS = 20_000;

export type CachedAnswer = { readonly device: number; readonly body: string; readonly etag: string };

/** Who asks: an answer counts for exactly this device, credential and origin, as they were written. */
export type Asking = {
  readonly tenant: string;
  readonly device: string;
  readonly authorization: string;
  readonly origin: string;
};

type Entry = CachedAnswer & {
  readonly tenant: number;
  readonly tenantAge: number;
  readonly authorization: Buffer;
  readonly origin: string;
};

/**
 * Answers of polls that nothing has changed since. A commit drops those of the devices and tenants that it touched
 * before its command's caller hears of it; no gate of ours opens or shuts by time alone.
 *
 * For SQLite only, whose commits are all made in this process: on PostgreSQL another server's commit would be heard of
 * too late, so there every poll reads.
 */
export class AnswerCache {
  readonly #entries = new Map<string, Entry>();
  readonly #keysOfDevice = new Map<number, Set<string>>();
  readonly #tenantAges = new Map<number, number>();
  #drops = 0;

  get(asking: Asking): CachedAnswer | null {
    const entry = this.#entries.get(keyOf(asking));
    if (entry === undefined || entry.origin !== asking.origin) return null;
    if (entry.tenantAge !== this.#ageOf(entry.tenant)) return null;
    return isSame(entry.authorization, asking.authorization) ? entry : null;
  }

  /** To be asked for before the read whose answer is kept: an answer that was read before a drop is not. */
  ticket(): number {
    return this.#drops;
  }

  keep(asking: Asking, answer: CachedAnswer & { readonly tenant: number; readonly ticket: number }): void {
    if (answer.ticket !== this.#drops) return;
    const key = keyOf(asking);
    this.#forget(key);
    if (this.#entries.size >= MAX_CACHED_ANSWERS) this.#forget(this.#entries.keys().next().value ?? '');
    const { device, body, etag, tenant } = answer;
    const authorization = Buffer.from(asking.authorization);
    const entry = { device, body, etag, tenant, tenantAge: this.#ageOf(tenant), authorization, origin: asking.origin };
    this.#entries.set(key, entry);
    const keys = this.#keysOfDevice.get(device) ?? new Set();
    this.#keysOfDevice.set(device, keys.add(key));
  }

  drop({ devices, tenants }: Touched): void {
    if (devices.length + tenants.length > 0) this.#drops += 1;
    for (const device of devices) for (const key of this.#keysOfDevice.get(device) ?? []) this.#forget(key);
    for (const tenant of tenants) this.#tenantAges.set(tenant, this.#ageOf(tenant) + 1);
  }

  #ageOf(tenant: number): number {
    return this.#tenantAges.get(tenant) ?? 0;
  }

  #forget(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    const keys = this.#keysOfDevice.get(entry.device);
    keys?.delete(key);
    if (keys?.size === 0) this.#keysOfDevice.delete(entry.device);
  }
}

/** A tenant's name holds no line end. */
function keyOf({ tenant, device }: Asking): string {
  return `${tenant}\n${device}`;
}

function isSame(kept: Buffer, given: string): boolean {
  const bytes = Buffer.from(given);
  return bytes.length === kept.length && timingSafeEqual(bytes, kept);
}
