import { mbitOf, TRAFFIC_SPAN_MS } from '@updraft/core';
import type { ForecastOutcome } from '@updraft/protocols';
import type { phaseEndsOf, RolloutRow, ServedSum } from '@updraft/store';
import type { z } from 'zod';
import { timestamp } from '../use-cases/timestamp.ts';
import type { ForecastShown } from './forecast-view.ts';

export type OutcomeShown = z.output<typeof ForecastOutcome>;

/** What came of a rollout. */
export type Came = {
  readonly succeeded: number;
  readonly failed: number;
  readonly phaseEnds: Awaited<ReturnType<typeof phaseEndsOf>>;
  readonly served: ServedSum;
};

/** What had come true of a forecast when its rollout ended; null: nothing was foretold. */
export function outcomeOf(
  { started_at, ended_at, created_at }: Pick<RolloutRow, 'started_at' | 'ended_at' | 'created_at'>,
  foretold: ForecastShown | null,
  { succeeded, failed, phaseEnds, served }: Came,
): OutcomeShown {
  const [from, to] = [started_at ?? created_at, ended_at ?? 0];
  const took = Math.max(1, to - from);
  const { bytes, peakMbit } = servedView(served, spanMsOf(foretold));
  return {
    startedAt: timestamp(from),
    endedAt: timestamp(to),
    succeeded,
    failed,
    ...comparedEnd(foretold?.end, to, took),
    bytes: comparedAmount(foretold?.bytes, bytes),
    peakMbit: comparedAmount(foretold?.peakMbit, peakMbit),
    phases: (foretold?.phases ?? []).map(({ name, end }, at) => {
      const ended = phaseEnds.find(({ phase }) => phase === at + 1)?.endedAt ?? null;
      return { name, endedAt: timestamp(ended), ...comparedEnd(end, ended, took) };
    }),
  };
}

/** How long the spans are in which a forecast tells what flows: a peak is compared with one of as long. */
export function spanMsOf(foretold: Pick<ForecastShown, 'profileSeconds'> | null): number {
  return foretold === null ? TRAFFIC_SPAN_MS : foretold.profileSeconds * 1000;
}

/** What was served, and at which rate in the busiest span. */
export function servedView({ bytes, busiest }: ServedSum, spanMs: number) {
  return { bytes, peakMbit: mbitOf(busiest, spanMs) };
}

/** How far a moment was off, as a share of what the whole took; nulls: it was not foretold, or never came. */
function comparedEnd(
  foretold: ForecastShown['end'] | undefined,
  came: number | null,
  took: number,
): Pick<OutcomeShown, 'endError' | 'withinP90'> {
  const [p50, p90] = [foretold?.p50 ?? null, foretold?.p90 ?? null];
  return {
    endError: p50 === null || came === null ? null : Math.abs(Date.parse(p50) - came) / took,
    withinP90: p90 === null || came === null ? null : came <= Date.parse(p90),
  };
}

/** How far an amount was off, as a share of what came; nulls: it was not foretold, or nothing came to measure it by. */
function comparedAmount(foretold: ForecastShown['bytes'] | undefined, came: number): OutcomeShown['bytes'] {
  if (foretold === undefined || came === 0) return { came, error: null, withinP90: null };
  return { came, error: Math.abs(foretold.p50 - came) / came, withinP90: came <= foretold.p90 };
}
