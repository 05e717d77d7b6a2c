import type { Instant } from '../attempt.ts';
import type { PaceRule } from '../policy.ts';
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

/** Groups in one run; a fleet of more devices has groups of more. */
export const MAX_GROUPS = 2500;

/** How many devices a group may have, for a fleet of so many. */
export function groupSizeFor(devices: number): number {
  return Math.max(1, Math.ceil(devices / MAX_GROUPS));
}

/** Of many places a group takes some, so that others work beside it; its devices then work one after the other. */
export function placesFor({ cohort, size }: Pick<Group, 'cohort' | 'size'>, { parallel, perSite }: PaceRule): number {
  const atSites = perSite === null || cohort.site === null ? Infinity : perSite * sitesOf(cohort, size);
  const cap = Math.min((parallel ?? Infinity) / GROUPS_AT_WORK, atSites);
  return Math.min(size, Math.max(1, Math.floor(cap)));
}

/** A group that stands for more devices than its site has stands for several such sites. */
export function sitesOf({ site }: Cohort, size: number): number {
  return Math.max(1, size / Math.max(1, site?.devices ?? 1));
}

const GROUPS_AT_WORK = 8;
