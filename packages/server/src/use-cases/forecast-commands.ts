import { CONTACT_DAYS } from '@updraft/core';
import type { ForecastOutcome } from '@updraft/protocols';
import {
  countsOf,
  forgetContactHours,
  forecastOf,
  keepForecast,
  keepOutcome,
  measureAttempts,
  takeRollout,
  type CommandContext,
  type RolloutRow,
} from '@updraft/store';
import type { z } from 'zod';
import type { ForecastShown } from '../forecast/forecast-view.ts';
import { timestamp } from './timestamp.ts';

const ATTEMPTS_PER_COMMAND = 200;
const DAY_MS = 86_400_000;
/** Today and what forecasts look back on. */
const KEPT_DAYS = CONTACT_DAYS + 1;

export type OutcomeShown = z.output<typeof ForecastOutcome>;

export const forecastCommands = {
  'history.measure': async (context: CommandContext) => measureAttempts(context, ATTEMPTS_PER_COMMAND),
  'history.forget-hours': async (context: CommandContext, { after }: { readonly after: number }) =>
    forgetContactHours(context, { after, before: Math.floor(context.now / DAY_MS) - KEPT_DAYS }),
  'forecast.keep': async (
    context: CommandContext,
    input: { readonly rollout: number; readonly forecast: string | null },
  ) => keepForecast(context, input.rollout, input.forecast),
  'forecast.compare': compare,
};

/** Notes beside a forecast what had come true when its rollout ended. */
async function compare(context: CommandContext, { rollout: id }: { readonly rollout: number }): Promise<void> {
  const rollout = await takeRollout(context, id);
  const kept = await forecastOf(context.db, id);
  if (rollout === undefined || rollout.ended_at === null || kept === undefined) return;
  const counts = await countsOf(context.db, [id]);
  const of = (state: string) => counts.filter((one) => one.state === state).reduce((sum, { n }) => sum + n, 0);
  const foretold = kept.forecast === null ? null : (JSON.parse(kept.forecast) as ForecastShown);
  const outcome = outcomeOf(rollout, foretold, { succeeded: of('succeeded'), failed: of('failed') });
  await keepOutcome(context, id, JSON.stringify(outcome));
}

function outcomeOf(
  { started_at, ended_at, created_at }: RolloutRow,
  foretold: ForecastShown | null,
  counts: Pick<OutcomeShown, 'succeeded' | 'failed'>,
): OutcomeShown {
  const [from, to] = [started_at ?? created_at, ended_at ?? 0];
  const p50 = foretold?.end.p50 ?? null;
  const p90 = foretold?.end.p90 ?? null;
  return {
    startedAt: timestamp(from),
    endedAt: timestamp(to),
    ...counts,
    endError: p50 === null ? null : Math.abs(Date.parse(p50) - to) / Math.max(1, to - from),
    withinP90: p90 === null ? null : to <= Date.parse(p90),
  };
}
