import {
  cohortsOf,
  contactPatternOf,
  FRESH,
  mergedCohorts,
  withOthersDays,
  type Cohort,
  type ForecastInput,
} from '@updraft/core';
import type { ForecastFacts, ToldDevice } from './forecast-question.ts';

/** What core plays: the sampled devices stand for all that are open. */
export function forecastInput({ now, open, devices, ...facts }: ForecastFacts): ForecastInput {
  const patterns = withOthersDays(devices.map(({ contact }) => contactPatternOf(contact, now)));
  const known = devices.map(({ contact, member, ...rest }, at) => {
    const pattern = patterns[at] ?? contactPatternOf(contact, now);
    return { ...rest, contact: pattern, progress: member?.progress ?? FRESH };
  });
  const isMade = devices.some(({ member }) => member !== null);
  const cohorts = isMade ? membersOf(known, devices, open) : cohortsOf(known, open);
  return { ...facts, cohorts };
}

type Known = Omit<Cohort, 'phase' | 'devices'>;

/** The sampled members of each phase stand for all that are open in it; where there are none, those of all phases do. */
function membersOf(
  known: readonly Known[],
  devices: readonly ToldDevice[],
  open: readonly number[],
): readonly Cohort[] {
  const cohorts = open.flatMap((count, phase) => {
    const own = known.filter((_, at) => devices[at]?.member?.phase === phase);
    const sampled = own.length > 0 ? own : known.map((one) => ({ ...one, progress: FRESH }));
    const upTo = (place: number) => Math.floor((count * place) / sampled.length);
    return sampled.map((one, at): Cohort => ({ ...one, phase, devices: upTo(at + 1) - upTo(at) }));
  });
  return mergedCohorts(cohorts.filter(({ devices: size }) => size > 0));
}
