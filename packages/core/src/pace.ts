import type { Instant } from './attempt.ts';
import { clockWords } from './moment-words.ts';
import type { PaceRule } from './policy.ts';

/** A start costs so many tokens: a bucket that is filled with `perMinute` of them each millisecond needs no fractions. */
export const TOKENS_PER_START = 60_000;
/** An empty bucket is full after a minute, whatever its rate. */
export const TOKENS_FILL_MS = 60_000;

/** What is counted of a rollout, or of one of its sites: places taken, and the tokens of starts left at `tokensAt`. */
export type PaceCount = { readonly inFlight: number; readonly tokens: number; readonly tokensAt: Instant };

/** What the pace gate reads. Null counts: nothing was counted yet. A device without a site has no site's cap. */
export type PaceFacts = {
  /** Whether the attempt has its place already. */
  readonly held: boolean;
  /** The pace was given while devices were at work without one, and not all of these are counted yet. */
  readonly isCounting: boolean;
  readonly rollout: PaceCount | null;
  readonly site: Pick<PaceCount, 'inFlight'> | null;
  /** '': unknown. */
  readonly siteName: string;
};

export type PaceVerdict = { readonly passed: boolean; readonly nextChange: Instant | null };

export function isPaced(rule: PaceRule): boolean {
  return rule.parallel !== null || rule.perMinute !== null || rule.perSite !== null;
}

/** Whether it says how many may be at work: then who is has to be known. */
function capsPlaces({ parallel, perSite }: PaceRule): boolean {
  return parallel !== null || perSite !== null;
}

/** Whether there is room for one more device (design: 6-data 13). Only a lack of starts passes with time. */
export function paceVerdict(rule: PaceRule, facts: PaceFacts, now: Instant): PaceVerdict {
  if (facts.held || !isPaced(rule)) return { passed: true, nextChange: null };
  if (facts.isCounting && capsPlaces(rule)) return { passed: false, nextChange: null };
  const hasPlaces =
    isBelow(facts.rollout, rule.parallel) && (facts.siteName === '' || isBelow(facts.site, rule.perSite));
  const startsAt = nextStart(rule, facts.rollout, now);
  if (startsAt > now) return { passed: false, nextChange: startsAt };
  return { passed: hasPlaces, nextChange: null };
}

/**
 * Tokens at `now`: filled evenly, `perMinute` starts in a minute, never more than that at once. What was counted by a
 * clock that has been put back since by more than a bucket takes to fill would be waited for as long: it is full.
 */
export function tokensLeft(perMinute: number, count: PaceCount | null, now: Instant): number {
  const full = perMinute * TOKENS_PER_START;
  if (count === null || count.tokensAt > now + TOKENS_FILL_MS) return full;
  return Math.min(full, count.tokens + Math.max(0, now - count.tokensAt) * perMinute);
}

/** "12 of 10 places taken; 2 of 60 starts left, next at 14:05:01 UTC". */
export function paceWords(rule: PaceRule, facts: PaceFacts, { zone, now }: { zone: string; now: Instant }): string {
  if (!isPaced(rule)) return 'no pace is set';
  if (facts.held) return 'its place is taken';
  if (facts.isCounting && capsPlaces(rule)) return 'devices that were at work when the pace was set are being counted';
  const parts = [placesWords(facts.rollout, rule.parallel, 'places'), startsWords(rule, facts.rollout, { zone, now })];
  const site = facts.siteName === '' ? null : placesWords(facts.site, rule.perSite, `places at site ${facts.siteName}`);
  return [...parts, site].filter((part) => part !== null).join('; ') || 'the device has no site';
}

function isBelow(count: Pick<PaceCount, 'inFlight'> | null, cap: number | null): boolean {
  return cap === null || (count?.inFlight ?? 0) < cap;
}

/** The first moment at which a start is left: `now` where one is. */
function nextStart({ perMinute }: PaceRule, count: PaceCount | null, now: Instant): Instant {
  if (perMinute === null) return now;
  const missing = TOKENS_PER_START - tokensLeft(perMinute, count, now);
  return missing <= 0 ? now : Math.max(now, count?.tokensAt ?? now) + Math.ceil(missing / perMinute);
}

function placesWords(count: Pick<PaceCount, 'inFlight'> | null, cap: number | null, places: string): string | null {
  return cap === null ? null : `${count?.inFlight ?? 0} of ${cap} ${places} taken`;
}

function startsWords(
  rule: PaceRule,
  count: PaceCount | null,
  { zone, now }: { readonly zone: string; readonly now: Instant },
): string | null {
  if (rule.perMinute === null) return null;
  const left = Math.floor(tokensLeft(rule.perMinute, count, now) / TOKENS_PER_START);
  const next = left >= 1 ? '' : `, next at ${clockWords(nextStart(rule, count, now), zone, now)}`;
  return `${left} of ${rule.perMinute} starts a minute left${next}`;
}
