import { setTimeout as sleep } from 'node:timers/promises';
import { isBelieved, lookAtClock, TRAFFIC_SPAN_MS } from '@updraft/core';
import {
  clockBelief,
  dueForecasts,
  hasUnmeasured,
  phaseEndsOf,
  rolloutToForecast,
  servedBytesOf,
  type Store,
} from '@updraft/store';
import type { FastifyBaseLogger } from 'fastify';
import { FLUSH_INTERVAL_MS } from '../device-contact/steady-flush.ts';
import { rolloutFacts } from '../forecast/forecast-facts.ts';
import { ForecastUnavailable, type Forecaster } from '../forecast/forecaster.ts';
import { forecastView } from '../forecast/forecast-view.ts';
import { wholeForecast } from '../forecast/whole-forecast.ts';
import type { Commands } from '../use-cases/commands.ts';

const LOOK_MS = 3000;
const FORECASTS_PER_LOOK = 10;
/** What went out is written about once a second: a comparison waits until all of it should be there. */
const SERVED_SETTLES_MS = 3 * FLUSH_INTERVAL_MS;
/** Slices of attempts between two looks. */
const SLICES_PER_LOOK = 50;
const DAY_MS = 86_400_000;
/** Between two slices of hours that are forgotten. */
const PAUSE_MS = 5;

export type KeeperParts = {
  readonly store: Store<Commands>;
  readonly forecaster: Forecaster;
  readonly log: FastifyBaseLogger;
};

type Keeping = KeeperParts & { readonly signal: AbortSignal };

/**
 * Keeps the history up with what has ended, a forecast of each rollout from its start, and what became of it. All of it
 * comes after the fact: no device waits for it, and many servers may do it at once. Disposing waits for what runs.
 */
export function startForecastKeeper(parts: KeeperParts): AsyncDisposable {
  const stopping = new AbortController();
  const keeping = { ...parts, signal: stopping.signal };
  let running: Promise<void> = Promise.resolve();
  let forgotAt = -Infinity;
  const keep = async () => {
    await measure(keeping);
    await foretell(keeping);
    const now = await parts.store.now();
    if (Math.abs(now - forgotAt) < DAY_MS || !(await isClockBelieved(parts.store, now))) return;
    await forgetHours(keeping);
    forgotAt = now;
  };
  const timer = setInterval(() => {
    running = running.then(keep).catch((err: unknown) => {
      if (stopping.signal.aborted) return;
      parts.log.error({ err }, 'forecasts could not be kept; it is tried again');
    });
  }, LOOK_MS);
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      clearInterval(timer);
      await running;
    },
  };
}

async function measure({ store, signal }: Keeping): Promise<void> {
  for (let slice = 0; slice < SLICES_PER_LOOK && !signal.aborted; slice += 1) {
    if (!(await hasUnmeasured(store.reader))) return;
    if (!(await store.commands.run('history.measure', undefined))) return;
  }
}

async function foretell(keeping: Keeping): Promise<void> {
  const { store, signal } = keeping;
  const due = { limit: FORECASTS_PER_LOOK, endedBefore: (await store.now()) - SERVED_SETTLES_MS };
  for (const { rollout, isMade } of await dueForecasts(store.longReader, due)) {
    if (signal.aborted) return;
    if (isMade) {
      const phaseEnds = await phaseEndsOf(store.longReader, rollout);
      await store.commands.run('forecast.compare', { rollout, phaseEnds });
    } else await make(keeping, rollout);
  }
}

/** One that cannot be made is kept as none: it would hold up all after it. A busy or ending forecaster is asked again. */
async function make({ store, forecaster, log }: Keeping, id: number): Promise<void> {
  const rollout = await rolloutToForecast(store.longReader, id);
  if (rollout === undefined) return;
  const facts = await rolloutFacts(store.longReader, rollout, { now: await store.now() });
  const served = await servedBytesOf(store.longReader, { rollout: id, spanMs: TRAFFIC_SPAN_MS });
  try {
    const made = await forecaster.play(facts, { bottleneck: false });
    const whole = wholeForecast(forecastView(made), served.bytes);
    await store.commands.run('forecast.keep', { rollout: id, forecast: JSON.stringify(whole) });
  } catch (err) {
    if (!(err instanceof ForecastUnavailable)) throw err;
    if (err.why !== 'failed') return;
    log.warn({ err, rollout: rollout.uid }, 'nothing could be foretold of a rollout at its start');
    await store.commands.run('forecast.keep', { rollout: id, forecast: null });
  }
}

async function isClockBelieved({ longReader }: Store<Commands>, now: number): Promise<boolean> {
  return isBelieved(lookAtClock(await clockBelief(longReader), now));
}

/** Hours of contact that no forecast looks back on. */
async function forgetHours({ store, signal }: Keeping): Promise<void> {
  for (let after: number | null = 0; after !== null && !signal.aborted; await sleep(PAUSE_MS))
    after = await store.commands.run('history.forget-hours', { after });
}
