import { z } from 'zod';

export const MAX_DEVICES = 100_000;
const MAX_POLL_SECONDS = 86_400;
const MAX_STAGE_SECONDS = 86_400;
const MAX_CLOCK_AHEAD_SECONDS = 50 * 365 * 86_400;
const MAX_SPEED = 1000;
/** SWUpdate gives a download up after this many tries: what breaks off more often never ends well. */
const MAX_CUTS = 5;
/** Shares are written by people: three thirds are one. */
const SHARE_TOLERANCE = 0.01;

const Share = z.number().min(0).max(1);
const Zone = z.string().refine(isZone, 'expected an IANA zone such as Europe/Rome');
const TimeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day, HH:MM in quotes')
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));
const Seconds = z.number().min(0).max(MAX_STAGE_SECONDS);
/** Of its updates, how many go wrong; all where it is left out. */
const Times = z.number().int().min(1).optional();

const DeviceTypeShare = z.strictObject({
  name: z.string().min(1),
  share: Share,
  /** The version that its devices run at first. */
  version: z.string().min(1),
  /** In which they tell their version, and which proves an update; null: their word is taken. */
  versionAttribute: z.string().min(1).nullable().default('version'),
});

const Failure = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['liar', 'closes-unread', 'install-fails']), share: Share, times: Times }),
  z.strictObject({ kind: z.literal('silent'), share: Share }),
  z.strictObject({
    kind: z.literal('boot-loop'),
    share: Share,
    times: Times,
    boots: z.number().int().min(1).default(3),
  }),
  z.strictObject({ kind: z.literal('slow'), share: Share, factor: z.number().min(1).default(10) }),
  z.strictObject({
    kind: z.literal('flaky-link'),
    share: Share,
    cuts: z.number().int().min(1).max(MAX_CUTS).default(3),
  }),
  z.strictObject({ kind: z.literal('restored'), share: Share, afterSeconds: Seconds.default(3600) }),
  z.strictObject({
    kind: z.literal('clock-wrong'),
    share: Share,
    aheadSeconds: z.number().int().min(-MAX_CLOCK_AHEAD_SECONDS).max(MAX_CLOCK_AHEAD_SECONDS),
  }),
]);

/** What a fleet is made of. Lists with shares say how many of its devices go which way, one choice a list, each by chance. */
export const Scenario = z.strictObject({
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1),
  devices: z.number().int().min(1).max(MAX_DEVICES),
  /** What names begin with. */
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'expected letters, digits, ".", "_" and "-"')
    .default('sim'),
  /** Simulated seconds in a real one. */
  speed: z.number().min(0.1).max(MAX_SPEED).default(1),
  types: wholeShares(DeviceTypeShare),
  zones: wholeShares(z.strictObject({ zone: Zone, share: Share })).default([{ zone: 'UTC', share: 1 }]),
  links: wholeShares(z.strictObject({ bytesPerSecond: z.number().positive().nullable(), share: Share })).default([
    { bytesPerSecond: null, share: 1 },
  ]),
  /** Null: as the server says. */
  polls: wholeShares(
    z.strictObject({ seconds: z.number().min(1).max(MAX_POLL_SECONDS).nullable(), share: Share }),
  ).default([{ seconds: null, share: 1 }]),
  /** Daily, in the device's own zone; those left over are always reachable. */
  offline: partShares(z.strictObject({ from: TimeOfDay, to: TimeOfDay, share: Share })).default([]),
  /** Those left over do everything right. */
  failures: partShares(Failure).default([]),
  installSeconds: z.tuple([Seconds, Seconds]).default([20, 60]),
  rebootSeconds: z.tuple([Seconds, Seconds]).default([20, 40]),
});
export type Scenario = z.output<typeof Scenario>;
export type ScenarioFailure = z.output<typeof Failure>;

function wholeShares<T extends z.ZodType<{ readonly share: number }>>(item: T) {
  return z
    .array(item)
    .refine((items) => Math.abs(sumOf(items) - 1) <= SHARE_TOLERANCE, 'expected shares that add up to 1');
}

function partShares<T extends z.ZodType<{ readonly share: number }>>(item: T) {
  return z
    .array(item)
    .refine((items) => sumOf(items) <= 1 + SHARE_TOLERANCE, 'expected shares that add up to 1 at most');
}

function sumOf(items: readonly { readonly share: number }[]): number {
  return items.reduce((sum, { share }) => sum + share, 0);
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch (cause) {
    if (cause instanceof RangeError) return false;
    throw cause;
  }
}
