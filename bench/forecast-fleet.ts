import { bell, chance, pick } from './forecast-chance.ts';

/** What goes wrong with a device, in every attempt (flaky: in half of them). */
export type Fault = 'liar' | 'silent' | 'boot-loop' | 'flaky' | 'broken';

/** A device of the truth: what the forecast is not told. */
export type TrueDevice = {
  readonly id: number;
  readonly type: number;
  readonly zone: string;
  readonly site: string;
  readonly pollMs: number;
  readonly bytesPerSecond: number;
  readonly installMs: number;
  readonly rebootMs: number;
  readonly fault: Fault | null;
  /** The share of six-hour blocks in which it is there. */
  readonly presence: number;
  /** It was lost some days before the rollout. */
  readonly isDead: boolean;
};

export type TrueFleet = { readonly seed: number; readonly devices: readonly TrueDevice[] };

const ZONES = ['Europe/Rome', 'America/New_York', 'Asia/Tokyo', 'America/Sao_Paulo'] as const;
const POLL_SECONDS = [300, 600, 600, 1800, 3600] as const;
const FAULTS: readonly Fault[] = ['liar', 'silent', 'boot-loop', 'flaky', 'broken'];
const FAILING_SHARE = 0.03;
const DEAD_SHARE = 0.003;
const DEVICES_PER_SITE = 20;

/** A fleet whose kinds of hardware, links, presence and faults are drawn from `seed`. */
export function makeFleet(seed: number, size: number): TrueFleet {
  const installMs = [60_000, 240_000, 600_000].map((ms, type) => ms * (0.6 + chance(seed, 1, type)));
  const linkMiddle = 200_000 * 8 ** chance(seed, 2);
  const restless = 0.4 * chance(seed, 3);
  const devices = Array.from({ length: size }, (_, id): TrueDevice => {
    const its = (what: number) => chance(seed, what, id);
    const type = Math.floor(its(11) ** 1.5 * installMs.length);
    return {
      id: id + 1,
      type: type + 1,
      zone: pick(ZONES, its(12)),
      site: `site-${Math.floor(id / DEVICES_PER_SITE)}`,
      pollMs: pick(POLL_SECONDS, its(13)) * 1000,
      bytesPerSecond: linkMiddle * Math.exp(0.9 * bell(seed, 14, id)),
      installMs: (installMs[type] ?? 0) * Math.exp(0.25 * bell(seed, 15, id)),
      rebootMs: 20_000 + 60_000 * its(16),
      fault: its(17) < FAILING_SHARE ? pick(FAULTS, its(18)) : null,
      presence: its(19) < restless ? 0.4 + 0.5 * its(20) : 1,
      isDead: its(21) < DEAD_SHARE,
    };
  });
  return { seed, devices };
}

const HOUR_MS = 3_600_000;
const BLOCK_HOURS = 6;

/** Whether a device is there in an hour since 1970. */
export function isThere(fleet: TrueFleet, device: TrueDevice, hour: number): boolean {
  if (device.presence === 1) return true;
  const block = Math.floor((hour + device.id) / BLOCK_HOURS);
  return chance(fleet.seed, 22, device.id, block) < device.presence;
}

/** The first moment from `at` on at which it is there. */
export function thereFrom(fleet: TrueFleet, device: TrueDevice, at: number): number {
  let hour = Math.floor(at / HOUR_MS);
  if (isThere(fleet, device, hour)) return at;
  while (!isThere(fleet, device, hour)) hour += 1;
  return hour * HOUR_MS;
}

/** When it was last there, at or before `at`. */
export function lastThereBy(fleet: TrueFleet, device: TrueDevice, at: number): number {
  let hour = Math.floor(at / HOUR_MS);
  if (isThere(fleet, device, hour)) return at;
  while (!isThere(fleet, device, hour)) hour -= 1;
  return (hour + 1) * HOUR_MS - 1;
}

/** When so much time in which it is there has passed since `from`. */
export function afterThere(fleet: TrueFleet, device: TrueDevice, { from, ms }: { from: number; ms: number }): number {
  if (device.presence === 1) return from + ms;
  let at = thereFrom(fleet, device, from);
  let left = ms;
  for (;;) {
    const end = (Math.floor(at / HOUR_MS) + 1) * HOUR_MS;
    if (left <= end - at) return at + left;
    left -= end - at;
    at = thereFrom(fleet, device, end);
  }
}
