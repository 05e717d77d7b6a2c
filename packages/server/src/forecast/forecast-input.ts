import {
  cohortsOf,
  contactPatternOf,
  FRESH,
  mergedCohorts,
  withOthersDays,
  type Cohort,
  type CohortProgress,
  type ContactPattern,
  type ForecastInput,
} from '@updraft/core';
import type { ForecastFacts, ToldDevice } from './forecast-question.ts';

/** What core plays: the sampled devices stand for all that are open. */
export function forecastInput({ now, open, devices, ...facts }: ForecastFacts): ForecastInput {
  const isMade = devices.some(({ member }) => member !== null);
  const own = devices.map((device) => patternOf(device, now));
  const patterns = isMade ? withOthersDays(own) : own;
  const known = devices.map(({ deviceType, link, zone, pollSeconds, site, member, penaltyUntil }, at) => {
    const contact = patterns[at] as ContactPattern;
    const progress = setAside(member?.progress ?? FRESH, penaltyUntil);
    return { deviceType, link, zone, pollSeconds, site, contact, progress };
  });
  const cohorts = isMade ? membersOf(known, devices, open) : cohortsOf(known, open);
  return { ...facts, cohorts };
}

/** The penalty box lets nobody begin; what works already goes on. */
function setAside(progress: CohortProgress, until: number | null): CohortProgress {
  const { at } = progress;
  if (until === null || at.state === 'working') return progress;
  return { ...progress, at: { state: 'waiting', notBefore: Math.max(until, at.notBefore ?? 0) } };
}

function patternOf({ contact: { days, masks, ...contact }, pollSeconds }: ToldDevice, now: number): ContactPattern {
  const told = days.map((day, at) => ({ day, mask: masks[at] ?? 0 }));
  return contactPatternOf({ ...contact, days: told, pollSeconds }, now);
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
