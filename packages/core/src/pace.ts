import type { Instant } from './attempt.ts';
import { clockWords } from './moment-words.ts';
import type { PaceRule } from './policy.ts';

const MINUTE_MS = 60_000;

/** What is counted of a rollout, or of one of its sites: places taken, and starts left at `tokensAt` (a token bucket). */
export type PaceCount = { readonly inFlight: number; readonly tokens: number; readonly tokensAt: Instant };

/** What the pace gate reads. Null counts: nothing was counted yet. A device without a site has no site's cap. */
export type PaceFacts = {
  /** Whether the attempt has its place already. */
  readonly held: boolean;
  readonly rollout: PaceCount | null;
  readonly site: PaceCount | null;
  /** '': unknown. */
  readonly siteName: string;
};

export type PaceVerdict = { readonly passed: boolean; readonly nextChange: Instant | null };

export function isPaced(rule: PaceRule): boolean {
  return rule.parallel !== null || rule.perMinute !== null || rule.perSite !== null;
}

/** Whether there is room for one more device (design: 6-data 13). Only a lack of starts passes with time. */
export function paceVerdict(rule: PaceRule, facts: PaceFacts, now: Instant): PaceVerdict {
  if (facts.held || !isPaced(rule)) return { passed: true, nextChange: null };
  const hasPlaces =
    isBelow(facts.rollout, rule.parallel) && (facts.siteName === '' || isBelow(facts.site, rule.perSite));
  const startsAt = nextStart(rule, facts.rollout, now);
  if (startsAt > now) return { passed: false, nextChange: startsAt };
  return { passed: hasPlaces, nextChange: null };
}

/** Starts left at `now`: refilled evenly, `perMinute` in a minute, never more than that at once. */
export function startsLeft(perMinute: number, count: PaceCount | null, now: Instant): number {
  if (count === null) return perMinute;
  const refilled = (Math.max(0, now - count.tokensAt) * perMinute) / MINUTE_MS;
  return Math.min(perMinute, count.tokens + refilled);
}

/** "12 of 10 places taken; 2 of 60 starts left, next at 14:05:01 UTC". */
export function paceWords(rule: PaceRule, facts: PaceFacts, { zone, now }: { zone: string; now: Instant }): string {
  if (!isPaced(rule)) return 'no pace is set';
  if (facts.held) return 'its place is taken';
  const parts = [placesWords(facts.rollout, rule.parallel, 'places'), startsWords(rule, facts.rollout, { zone, now })];
  const site = facts.siteName === '' ? null : placesWords(facts.site, rule.perSite, `places at site ${facts.siteName}`);
  return [...parts, site].filter((part) => part !== null).join('; ') || 'the device has no site';
}

function isBelow(count: PaceCount | null, cap: number | null): boolean {
  return cap === null || (count?.inFlight ?? 0) < cap;
}

/** The first moment at which a start is left: `now` where one is. */
function nextStart({ perMinute }: PaceRule, count: PaceCount | null, now: Instant): Instant {
  if (perMinute === null) return now;
  const left = startsLeft(perMinute, count, now);
  return left >= 1 ? now : now + Math.ceil(((1 - left) * MINUTE_MS) / perMinute);
}

function placesWords(count: PaceCount | null, cap: number | null, places: string): string | null {
  return cap === null ? null : `${count?.inFlight ?? 0} of ${cap} ${places} taken`;
}

function startsWords(
  rule: PaceRule,
  count: PaceCount | null,
  { zone, now }: { readonly zone: string; readonly now: Instant },
): string | null {
  if (rule.perMinute === null) return null;
  const left = Math.floor(startsLeft(rule.perMinute, count, now));
  const next = left >= 1 ? '' : `, next at ${clockWords(nextStart(rule, count, now), zone, now)}`;
  return `${left} of ${rule.perMinute} starts a minute left${next}`;
}
