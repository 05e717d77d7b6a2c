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
  type phaseEndsOf,
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

type Ended = { readonly rollout: number; readonly phaseEnds: Awaited<ReturnType<typeof phaseEndsOf>> };

/** Notes beside a forecast what had come true when its rollout ended. */
async function compare(context: CommandContext, { rollout: id, phaseEnds }: Ended): Promise<void> {
  const rollout = await takeRollout(context, id);
  const kept = await forecastOf(context.db, id);
  if (rollout === undefined || rollout.ended_at === null || kept === undefined) return;
  const counts = await countsOf(context.db, [id]);
  const of = (state: string) => counts.filter((one) => one.state === state).reduce((sum, { n }) => sum + n, 0);
  const foretold = kept.forecast === null ? null : (JSON.parse(kept.forecast) as ForecastShown);
  const came = { succeeded: of('succeeded'), failed: of('failed'), phaseEnds };
  const outcome = outcomeOf(rollout, foretold, came);
  await keepOutcome(context, id, JSON.stringify(outcome));
}

function outcomeOf(
  { started_at, ended_at, created_at }: RolloutRow,
  foretold: ForecastShown | null,
  { phaseEnds, ...counts }: Pick<OutcomeShown, 'succeeded' | 'failed'> & Pick<Ended, 'phaseEnds'>,
): OutcomeShown {
  const [from, to] = [started_at ?? created_at, ended_at ?? 0];
  const took = Math.max(1, to - from);
  return {
    startedAt: timestamp(from),
    endedAt: timestamp(to),
    ...counts,
    ...compared(foretold?.end, to, took),
    phases: (foretold?.phases ?? []).map(({ name, end }, at) => {
      const ended = phaseEnds.find(({ phase }) => phase === at + 1)?.endedAt ?? null;
      return { name, endedAt: timestamp(ended), ...compared(end, ended, took) };
    }),
  };
}

/** How far a moment was off, as a share of what the whole took; nulls: it was not foretold, or never came. */
function compared(
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
