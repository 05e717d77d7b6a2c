import { mbitOf } from '@updraft/core';
import type { ForecastShown } from './forecast-view.ts';

/**
 * A forecast of a rollout from its start on: one that was made when devices had begun already tells what remains, and
 * `servedBytes` had flowed before it. They flowed just before, in its first span.
 */
export function wholeForecast(remaining: ForecastShown, servedBytes: number): ForecastShown {
  if (servedBytes === 0) return remaining;
  const { bytes, peakMbit, profile, profileSeconds } = remaining;
  const added = mbitOf(servedBytes, profileSeconds * 1000);
  const first = profile[0]?.mbit ?? 0;
  const isFirstBusiest = profile.every(({ mbit }) => mbit <= first);
  const peak = (foretold: number) => (isFirstBusiest ? foretold + added : Math.max(foretold, first + added));
  return {
    ...remaining,
    bytes: { p50: bytes.p50 + servedBytes, p90: bytes.p90 + servedBytes },
    peakMbit: { p50: peak(peakMbit.p50), p90: peak(peakMbit.p90) },
    profile: profile.map((span, at) => (at === 0 ? { ...span, mbit: first + added } : span)),
  };
}
