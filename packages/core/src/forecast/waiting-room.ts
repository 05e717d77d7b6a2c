import type { Instant } from '../attempt.ts';
import { isPaced, paceVerdict, TOKENS_PER_START, tokensLeft, type PaceCount } from '../pace.ts';
import type { PaceRule } from '../policy.ts';
import { sitesOf, type Group } from './group.ts';

/** The places of a rollout's pace in one run, and who polls for one. */
export interface WaitingRoom {
  /** Takes places for the group where there are some. */
  take(group: Group, at: Instant): boolean;
  /** Notes the places of a group that is at work already. */
  hold(group: Group, at: Instant): void;
  /** So many devices of a group that took their starts do not begin yet. */
  giveBack(devices: number): void;
  /** Gives them back; tells whether somebody waits for them. */
  free(group: Group): boolean;
  add(group: Group): void;
  /** Some group that waits, out of the room. */
  draw(fraction: number): Group | null;
  readonly waiting: number;
  /** When there may be a place, if one was asked for now: `at`, later, or null: only when one is freed. */
  nextPlace(at: Instant): Instant | null;
}

type Site = { inFlight: number; readonly cap: number; readonly waiting: Group[] };

/**
 * Devices beyond the pace's places wait in a room, from which each place that becomes free takes one by chance: the next
 * to poll. Those whose site has no place wait apart until one of that site is freed.
 */
export function waitingRoom(rule: PaceRule): WaitingRoom {
  const room: Group[] = [];
  const sites = new Map<string, Site>();
  let count: PaceCount | null = null;

  const siteOf = (group: Group): Site | null => {
    const { site } = group.cohort;
    if (rule.perSite === null || site === null) return null;
    const cap = rule.perSite * sitesOf(group.cohort, group.size);
    const known = sites.get(site.name) ?? { inFlight: 0, cap, waiting: [] };
    sites.set(site.name, known);
    return known;
  };
  const verdict = (at: Instant) => {
    const facts = { held: false, isCounting: false, rollout: count, site: null, siteName: '' };
    return paceVerdict({ ...rule, perSite: null }, facts, at);
  };

  return {
    take(group, at) {
      if (!isPaced(rule)) return true;
      const site = siteOf(group);
      if ((site !== null && site.inFlight >= site.cap) || !verdict(at).passed) return false;
      // A group takes its starts at once, and leaves a debt that is paid before the next one starts.
      const left = rule.perMinute === null ? 0 : tokensLeft(rule.perMinute, count, at);
      const tokens = left - group.size * TOKENS_PER_START;
      count = { inFlight: (count?.inFlight ?? 0) + group.places, tokens, tokensAt: at };
      if (site !== null) site.inFlight += group.places;
      return true;
    },
    hold(group, at) {
      if (!isPaced(rule)) return;
      const tokens = rule.perMinute === null ? 0 : tokensLeft(rule.perMinute, count, at);
      count = { inFlight: (count?.inFlight ?? 0) + group.places, tokens, tokensAt: at };
      const site = siteOf(group);
      if (site !== null) site.inFlight += group.places;
    },
    giveBack(devices) {
      if (rule.perMinute !== null && count !== null)
        count = { ...count, tokens: count.tokens + devices * TOKENS_PER_START };
    },
    free(group) {
      if (!isPaced(rule)) return false;
      if (count !== null) count = { ...count, inFlight: count.inFlight - group.places };
      const site = siteOf(group);
      if (site === null) return room.length > 0;
      site.inFlight -= group.places;
      room.push(...site.waiting.splice(0));
      return room.length > 0;
    },
    add(group) {
      const site = siteOf(group);
      if (site !== null && site.inFlight >= site.cap) site.waiting.push(group);
      else room.push(group);
    },
    draw(fraction) {
      const place = Math.floor(fraction * room.length);
      const drawn = room[place];
      const last = room.pop();
      if (drawn === undefined || last === undefined) return null;
      if (place < room.length) room[place] = last;
      return drawn;
    },
    get waiting() {
      return room.length;
    },
    nextPlace(at) {
      const { passed, nextChange } = verdict(at);
      return passed ? at : nextChange;
    },
  };
}
