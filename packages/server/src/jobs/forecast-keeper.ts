import { dueForecasts, hasUnmeasured, rolloutToForecast, type Store } from '@updraft/store';
import type { FastifyBaseLogger } from 'fastify';
import { rolloutFacts } from '../forecast/forecast-facts.ts';
import type { Forecaster } from '../forecast/forecaster.ts';
import { forecastView } from '../forecast/forecast-view.ts';
import type { Commands } from '../use-cases/commands.ts';

const LOOK_MS = 3000;
const FORECASTS_PER_LOOK = 10;
/** Slices of attempts between two looks. */
const SLICES_PER_LOOK = 50;

export type KeeperParts = {
  readonly store: Store<Commands>;
  readonly forecaster: Forecaster;
  readonly log: FastifyBaseLogger;
};

/**
 * Keeps the history up with what has ended, a forecast of each rollout from its start, and what became of it. All of it
 * comes after the fact: no device waits for it, and many servers may do it at once. Disposing waits for what runs.
 */
export function startForecastKeeper(parts: KeeperParts): AsyncDisposable & { readonly settle: () => Promise<void> } {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const look = (): Promise<void> => {
    running = running
      .then(() => keep(parts, stopping.signal))
      .catch((err: unknown) => parts.log.error({ err }, 'forecasts could not be kept; it is tried again'));
    return running;
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();
  return {
    settle: look,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      clearInterval(timer);
      await running;
    },
  };
}

async function keep({ store, forecaster }: KeeperParts, signal: AbortSignal): Promise<void> {
  for (let slice = 0; slice < SLICES_PER_LOOK && !signal.aborted; slice += 1) {
    if (!(await hasUnmeasured(store.reader))) break;
    if (!(await store.commands.run('history.measure', undefined))) break;
  }
  for (const { rollout, isMade } of await dueForecasts(store.reader, FORECASTS_PER_LOOK)) {
    if (signal.aborted) return;
    if (isMade) await store.commands.run('forecast.compare', { rollout });
    else await make({ store, forecaster }, rollout);
  }
}

async function make({ store, forecaster }: Omit<KeeperParts, 'log'>, id: number): Promise<void> {
  const rollout = await rolloutToForecast(store.longReader, id);
  if (rollout === undefined) return;
  const facts = await rolloutFacts(store.longReader, rollout, await store.now());
  const made = await forecaster.play(facts, { bottleneck: false });
  await store.commands.run('forecast.keep', { rollout: id, forecast: JSON.stringify(forecastView(made)) });
}
