import { newBelief, type DeviceBelief } from '../../packages/fleet/src/beliefs.ts';
import { chance } from '../../packages/fleet/src/chance.ts';

/** How a device's updates go. A liar says success before its reboot and boots the old version. */
export type Kind = 'good' | 'liar' | 'boot-loop' | 'install-fails' | 'silent' | 'unreachable';

export type Zone = { readonly name: string; readonly offsetMinutes: number };

/** None of them changes its clocks in the weeks that are played. */
export const ZONES: readonly Zone[] = [
  { name: 'Europe/Rome', offsetMinutes: 60 },
  { name: 'America/Chicago', offsetMinutes: -360 },
  { name: 'Asia/Tokyo', offsetMinutes: 540 },
  { name: 'Australia/Brisbane', offsetMinutes: 600 },
];
export const INTERVALS_SECONDS = [300, 900] as const;
export const OLD_VERSION = '1.0';

const KIND_SHARES: readonly (readonly [Kind, number])[] = [
  ['liar', 0.01],
  ['boot-loop', 0.01],
  ['install-fails', 0.01],
  ['silent', 0.005],
  ['unreachable', 0.005],
];
const SECOND_MS = 1000;
/** Local minutes of the day in which a device of `isOffBySight` is switched off. */
const OFF_FROM = 20 * 60;
const OFF_TO = 23 * 60 + 30;
const OFF_SHARE = 0.1;
const SLOW_INTERVAL_SHARE = 0.2;

/** One device: what never changes about it, and below what does. Times are epoch ms. */
export type Member = {
  readonly id: number;
  readonly name: string;
  readonly kind: Kind;
  readonly zone: Zone;
  readonly intervalMs: number;
  /** Where in its interval it polls. */
  readonly offsetMs: number;
  readonly isOffAtDusk: boolean;
  readonly downloadMs: number;
  readonly installMs: number;
  readonly rebootMs: number;
  readonly belief: DeviceBelief;
  /** `idle`: polls, and its next interesting one is known or waited for. `busy`: takes an update. `gone`: never heard again. */
  life: 'idle' | 'busy' | 'gone';
  /** An entry of the queue counts only while it bears this number. */
  ticket: number;
  /** Whether it has shown its attributes since it did something else than poll: to show the same again tells nothing. */
  hasShown: boolean;
  /** Its last contact that was not an uneventful poll. */
  heardAt: number;
};

/** The device of that index: the same for the same seed, however many others there are. */
export function memberOf(seed: number, index: number): Member {
  const drawn = (word: string): number => chance(seed, `${index}`, word);
  const intervalMs = INTERVALS_SECONDS[drawn('interval') < SLOW_INTERVAL_SHARE ? 1 : 0] * SECOND_MS;
  return {
    id: index + 1,
    name: `gw-${index}`,
    kind: kindOf(drawn('kind')),
    zone: ZONES[Math.floor(drawn('zone') * ZONES.length)] as Zone,
    intervalMs,
    offsetMs: Math.floor(drawn('offset') * intervalMs),
    isOffAtDusk: drawn('off') < OFF_SHARE,
    downloadMs: Math.floor((30 + 600 * drawn('download')) * SECOND_MS),
    installMs: Math.floor((60 + 240 * drawn('install')) * SECOND_MS),
    rebootMs: Math.floor((30 + 90 * drawn('reboot')) * SECOND_MS),
    belief: newBelief(OLD_VERSION),
    life: 'idle',
    ticket: 0,
    hasShown: false,
    heardAt: 0,
  };
}

function kindOf(drawn: number): Kind {
  let upTo = 0;
  for (const [kind, share] of KIND_SHARES) {
    upTo += share;
    if (drawn < upTo) return kind;
  }
  return 'good';
}

/** Its first poll at or after `at`; Infinity for one that is out of reach for ever. */
export function nextPoll(member: Member, at: number): number {
  if (member.kind === 'unreachable' || member.life === 'gone') return Infinity;
  const { intervalMs, offsetMs } = member;
  const regular = Math.ceil((at - offsetMs) / intervalMs) * intervalMs + offsetMs;
  return regular + offMs(member, regular);
}

/** Its last poll at or before `at`. */
export function lastPoll(member: Member, at: number): number {
  if (member.kind === 'unreachable' || member.life === 'gone') return member.heardAt;
  const { intervalMs, offsetMs } = member;
  const regular = Math.floor((at - offsetMs) / intervalMs) * intervalMs + offsetMs;
  const since = offSinceMs(member, regular);
  return since === null ? regular : Math.floor((regular - since - 1 - offsetMs) / intervalMs) * intervalMs + offsetMs;
}

function offMs(member: Member, at: number): number {
  const since = offSinceMs(member, at);
  return since === null ? 0 : (OFF_TO - OFF_FROM) * 60_000 - since;
}

/** For how long a device that is off has been so; null while it is on. */
function offSinceMs({ isOffAtDusk, zone }: Member, at: number): number | null {
  if (!isOffAtDusk) return null;
  const day = 86_400_000;
  const local = (((at + zone.offsetMinutes * 60_000) % day) + day) % day;
  return local >= OFF_FROM * 60_000 && local < OFF_TO * 60_000 ? local - OFF_FROM * 60_000 : null;
}
