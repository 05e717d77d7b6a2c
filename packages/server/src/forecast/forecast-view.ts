import type { Bottleneck, Forecast, LikelyMoment } from '@updraft/core';
import type { ForecastView } from '@updraft/protocols';
import type { z } from 'zod';
import { timestamp } from '../use-cases/timestamp.ts';

export type ForecastShown = z.output<typeof ForecastView>;

/** RFC 3339 writes years of four digits: what would come later is as good as what never comes. */
const LAST_MOMENT = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** A forecast as the API shows it and as it is kept: instants are RFC 3339. */
export function forecastView(made: {
  readonly forecast: Forecast;
  readonly bottleneck: Bottleneck | null;
}): ForecastShown {
  const { forecast, bottleneck } = made;
  const { errorThreshold } = forecast;
  return {
    ...forecast,
    from: timestamp(forecast.from),
    phases: forecast.phases.map(({ start, reached, end, ...phase }) => ({
      ...phase,
      start: momentView(start),
      reached: momentView(reached),
      end: momentView(end),
    })),
    end: momentView(forecast.end),
    lastSuccess: momentView(forecast.lastSuccess),
    profile: forecast.profile
      .filter(({ at }) => at <= LAST_MOMENT)
      .map(({ at, mbit }) => ({ at: timestamp(at), mbit })),
    errorThreshold: { ...errorThreshold, at: momentView(errorThreshold.at) },
    bottleneck:
      bottleneck === null || bottleneck.end > LAST_MOMENT ? null : { ...bottleneck, end: timestamp(bottleneck.end) },
  };
}

function momentView({ p50, p90 }: LikelyMoment): ForecastShown['end'] {
  return { p50: shown(p50), p90: shown(p90) };
}

function shown(at: number | null): string | null {
  return at === null || at > LAST_MOMENT ? null : timestamp(at);
}
