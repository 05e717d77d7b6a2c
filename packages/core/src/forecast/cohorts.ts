import type { Cohort } from './forecast-input.ts';
import { withOthersDays } from './past-contact.ts';
import { fractionOfPair } from './random.ts';

/** One device of a sample, as a forecast sees it. */
export type SampledDevice = Omit<Cohort, 'phase' | 'devices'>;

/**
 * The members of phases of these sizes, told from a sample of all: each phase takes its share of the sample, spread as
 * a rollout spreads its devices (6-data 19), and those that are alike become one cohort.
 */
export function cohortsOf(sample: readonly SampledDevice[], sizes: readonly number[]): readonly Cohort[] {
  if (sample.length === 0) return [];
  const patterns = withOthersDays(sample.map(({ contact }) => contact));
  const spread = sample
    .map((device, at) => ({
      device: { ...device, contact: patterns[at] ?? device.contact },
      place: fractionOfPair(at, SPREAD),
    }))
    .toSorted((a, b) => a.place - b.place);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const cohorts = new Map<string, Cohort>();
  let next = 0;
  for (const [phase, size] of sizes.entries()) {
    const taken = Math.min(size, Math.max(1, Math.round((sample.length * size) / Math.max(1, all))));
    for (let at = 0; at < taken; at += 1) {
      const { device } = spread[(next + at) % spread.length] as (typeof spread)[number];
      const devices = Math.floor((size * (at + 1)) / taken) - Math.floor((size * at) / taken);
      addTo(cohorts, { ...device, phase, devices });
    }
    next += taken;
  }
  return [...cohorts.values()];
}

/** Cohorts with those that are alike in everything but number made one. */
export function mergedCohorts(cohorts: readonly Cohort[]): readonly Cohort[] {
  const merged = new Map<string, Cohort>();
  for (const cohort of cohorts) addTo(merged, cohort);
  return [...merged.values()];
}

const SPREAD = 19;
/** Last contacts within it make no difference. */
const CONTACT_GRAIN_MS = 3_600_000;

function addTo(cohorts: Map<string, Cohort>, cohort: Cohort): void {
  const { contact, site, ...rest } = cohort;
  const at = contact.lastContactAt === null ? null : Math.floor(contact.lastContactAt / CONTACT_GRAIN_MS);
  const key = JSON.stringify([{ ...rest, devices: 0 }, site?.name, at, contact.own]);
  const known = cohorts.get(key);
  cohorts.set(key, known === undefined ? cohort : { ...known, devices: known.devices + cohort.devices });
}
