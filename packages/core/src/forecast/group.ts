import type { Instant } from '../attempt.ts';
import type { PaceRule } from '../policy.ts';
import { isAlwaysOnline } from './contact-pattern.ts';
import type { Cohort } from './forecast-input.ts';

/** Devices of one cohort that do the same at the same time in one run; those that come to differ become groups of their own. */
export type Group = {
  readonly cohort: Cohort;
  /** Devices. */
  size: number;
  /** Which of its past days it lives through again. */
  readonly salt: number;
  ordinal: number;
  erred: boolean;
  /** The downloaded update waits for its install. */
  hasDownloaded: boolean;
  heardAt: Instant;
  /** Until when it polls with its gates open. */
  chanceTo: Instant;
  /** Places of the pace that it takes while it works. */
  places: number;
};

/** How many devices of one cohort do the same. */
export type GroupSize = (cohort: Cohort) => number;

/** Groups in one run; a fleet of more devices has groups of more. */
const STEADY_GROUPS = 1200;
const RESTLESS_GROUPS = 3000;

/**
 * Devices that are always there differ little and make larger groups. Of those that come and go the last one decides when
 * a rollout ends: as many as can be go their own way.
 */
export function groupSizes(cohorts: readonly Cohort[]): GroupSize {
  let [steady, restless] = [0, 0];
  for (const { contact, devices } of cohorts)
    if (isAlwaysOnline(contact)) steady += devices;
    else restless += devices;
  const ofSteady = Math.max(1, Math.ceil(steady / STEADY_GROUPS));
  const ofRestless = Math.max(1, Math.ceil(restless / RESTLESS_GROUPS));
  return ({ contact }) => (isAlwaysOnline(contact) ? ofSteady : ofRestless);
}

/** Of many places a group takes some, so that others work beside it; its devices then work one after the other. */
export function placesFor({ cohort, size }: Pick<Group, 'cohort' | 'size'>, { parallel, perSite }: PaceRule): number {
  const atSites = perSite === null || cohort.site === null ? Infinity : perSite * sitesOf(cohort, size);
  const cap = Math.min((parallel ?? Infinity) / GROUPS_AT_WORK, atSites);
  return Math.min(size, Math.max(1, Math.floor(cap)));
}

/** How many of a group can begin, one after the other, within so many ms. */
export function startingFor(
  { size, places }: Group,
  { pace: { perMinute }, ms, workMs }: { readonly pace: PaceRule; readonly ms: number; readonly workMs: number },
): number {
  const turns = Math.max(1, Math.floor(ms / workMs));
  const byRate = perMinute === null ? Infinity : 1 + Math.floor((ms * perMinute) / MINUTE_MS);
  return Math.min(size, Math.ceil(turns * places), byRate);
}

/** How long after the first of a group its last one begins, where so many may in a minute. */
export function spreadMs({ size }: Group, { perMinute }: PaceRule): number {
  return perMinute === null ? 0 : ((size - 1) * MINUTE_MS) / perMinute;
}

const MINUTE_MS = 60_000;

/** A group that stands for more devices than its site has stands for several such sites. */
export function sitesOf({ site }: Cohort, size: number): number {
  return Math.max(1, size / Math.max(1, site?.devices ?? 1));
}

const GROUPS_AT_WORK = 8;
