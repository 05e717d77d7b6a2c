import { CONTACT_DAYS } from '@updraft/core';
import {
  addServedBytes,
  countsOf,
  forgetContactHours,
  forgetServedBytes,
  forecastOf,
  keepForecast,
  keepOutcome,
  measureAttempts,
  servedBytesOf,
  takeRollout,
  type CommandContext,
  type phaseEndsOf,
  type ServedBytes,
} from '@updraft/store';
import { outcomeOf, spanMsOf } from '../forecast/forecast-outcome.ts';
import type { ForecastShown } from '../forecast/forecast-view.ts';

const ATTEMPTS_PER_COMMAND = 200;
const DAY_MS = 86_400_000;
/** Today and what forecasts look back on. */
const KEPT_DAYS = CONTACT_DAYS + 1;

export const forecastCommands = {
  'history.measure': async (context: CommandContext) => measureAttempts(context, ATTEMPTS_PER_COMMAND),
  'history.forget-hours': async (context: CommandContext, { after }: { readonly after: number }) =>
    forgetContactHours(context, { after, before: Math.floor(context.now / DAY_MS) - KEPT_DAYS }),
  'forecast.keep': async (
    context: CommandContext,
    input: { readonly rollout: number; readonly forecast: string | null },
  ) => keepForecast(context, input.rollout, input.forecast),
  'forecast.compare': compare,
  'forecast.add-served': async (context: CommandContext, { served }: { readonly served: readonly ServedBytes[] }) =>
    addServedBytes(context, served),
};

type Ended = { readonly rollout: number; readonly phaseEnds: Awaited<ReturnType<typeof phaseEndsOf>> };

/** Notes beside a forecast what had come true when its rollout ended. */
async function compare(context: CommandContext, { rollout: id, phaseEnds }: Ended): Promise<void> {
  const rollout = await takeRollout(context, id);
  const kept = await forecastOf(context.db, id);
  if (rollout === undefined || rollout.ended_at === null || kept === undefined) return;
  const counts = await countsOf(context.db, [id]);
  const of = (state: string) => counts.filter((one) => one.state === state).reduce((sum, { n }) => sum + n, 0);
  const foretold = kept.forecast === null ? null : (JSON.parse(kept.forecast) as ForecastShown);
  const served = await servedBytesOf(context.db, { rollout: id, spanMs: spanMsOf(foretold) });
  const came = { succeeded: of('succeeded'), failed: of('failed'), phaseEnds, served };
  await keepOutcome(context, id, JSON.stringify(outcomeOf(rollout, foretold, came)));
  await forgetServedBytes(context, id);
}
