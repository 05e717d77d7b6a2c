import { Worker } from 'node:worker_threads';
import type { Bottleneck, Forecast } from '@updraft/core';
import type { ForecastFacts } from './forecast-question.ts';

export type ForecastQuestion = {
  readonly id: number;
  readonly facts: ForecastFacts;
  readonly asksBottleneck: boolean;
};
export type ForecastAnswer = {
  readonly id: number;
  readonly forecast: Forecast;
  readonly bottleneck: Bottleneck | null;
};

/** A forecast is bounded by its groups and runs; what takes longer than this is a defect or a starved machine. */
const TIME_LIMIT_MS = 60_000;
/** Asked for at once: more are told to come again. */
const MAX_WAITING = 4;
const THREAD_LIMITS = { maxOldGenerationSizeMb: 256 } as const;

/** Makes forecasts apart from the event loop that answers devices. */
export interface Forecaster extends AsyncDisposable {
  /** Throws {@link ForecastUnavailable}. */
  play(facts: ForecastFacts, wish?: { readonly bottleneck: boolean }): Promise<Omit<ForecastAnswer, 'id'>>;
}

type Waiting = {
  readonly resolve: (answer: ForecastAnswer) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
};

/** The thread starts with the first question, and anew after it was ended. */
export function createForecaster(): Forecaster {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let questions = 0;

  function fail(cause: unknown): void {
    void worker?.terminate();
    worker = null;
    for (const { reject, timer } of waiting.values()) {
      clearTimeout(timer);
      reject(new ForecastUnavailable('failed', cause));
    }
    waiting.clear();
  }

  function running(): Worker {
    if (worker !== null) return worker;
    const started = new Worker(new URL('./forecast-thread.ts', import.meta.url), {
      name: 'forecaster',
      resourceLimits: THREAD_LIMITS,
    });
    started.unref();
    started.on('message', (answer: ForecastAnswer) => {
      const asked = waiting.get(answer.id);
      waiting.delete(answer.id);
      clearTimeout(asked?.timer);
      asked?.resolve(answer);
    });
    started.on('error', (error) => {
      if (worker === started) fail(error);
    });
    worker = started;
    return started;
  }

  return {
    async play(facts, { bottleneck: asksBottleneck } = { bottleneck: true }) {
      if (waiting.size >= MAX_WAITING) throw new ForecastUnavailable('busy');
      const id = (questions += 1);
      return new Promise<ForecastAnswer>((resolve, reject) => {
        const timer = setTimeout(() => fail(new Error(`${TIME_LIMIT_MS} ms were not enough`)), TIME_LIMIT_MS);
        waiting.set(id, { resolve, reject, timer });
        running().postMessage({ id, facts, asksBottleneck } satisfies ForecastQuestion);
      });
    },
    async [Symbol.asyncDispose]() {
      const ending = worker;
      fail(new Error('the server stops'));
      await ending?.terminate();
    },
  };
}

export class ForecastUnavailable extends Error {
  readonly code = 'forecast-unavailable';
  readonly why: 'busy' | 'failed';
  constructor(why: 'busy' | 'failed', cause?: unknown) {
    super(why === 'busy' ? 'others are being made' : 'a forecast could not be made', { cause });
    this.name = 'ForecastUnavailable';
    this.why = why;
  }
}
