import { Worker } from 'node:worker_threads';
import type { Bottleneck, Forecast } from '@updraft/core';
import type { ForecastFacts } from './forecast-question.ts';

export type ForecastQuestion = {
  readonly facts: ForecastFacts;
  readonly asksBottleneck: boolean;
};
export type ForecastAnswer = {
  readonly forecast: Forecast;
  readonly bottleneck: Bottleneck | null;
};

/** A forecast is bounded by its groups, runs and events; what takes longer than this is a defect or a starved machine. */
const TIME_LIMIT_MS = 90_000;
/** Asked for at once: more are told to come again. */
const MAX_WAITING = 4;
const THREAD_LIMITS = { maxOldGenerationSizeMb: 256 } as const;

/** Makes forecasts apart from the event loop that answers devices, one after the other. */
export interface Forecaster extends AsyncDisposable {
  /** Throws {@link ForecastUnavailable}. */
  play(facts: ForecastFacts, wish?: { readonly bottleneck: boolean }): Promise<ForecastAnswer>;
}

type Asked = {
  readonly resolve: (answer: ForecastAnswer) => void;
  readonly reject: (error: ForecastUnavailable) => void;
  readonly timer: NodeJS.Timeout;
};

/** The thread starts with the first question, and anew after it was ended. */
export function createForecaster(): Forecaster {
  const thread = createThread();
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    async play(facts, { bottleneck: asksBottleneck } = { bottleneck: true }) {
      if (waiting >= MAX_WAITING) throw new ForecastUnavailable('busy');
      waiting += 1;
      const answer = last.then(() => thread.ask({ facts, asksBottleneck }));
      last = Promise.allSettled([answer]);
      return answer.finally(() => (waiting -= 1));
    },
    async [Symbol.asyncDispose]() {
      await thread.end();
    },
  };
}

function createThread() {
  let worker: Worker | null = null;
  let asked: Asked | null = null;
  let isEnded = false;

  async function fail(why: 'failed' | 'ending', cause: unknown): Promise<void> {
    const [ending, unanswered] = [worker, asked];
    [worker, asked] = [null, null];
    clearTimeout(unanswered?.timer);
    unanswered?.reject(new ForecastUnavailable(why, cause));
    await ending?.terminate();
  }

  function running(): Worker {
    if (worker !== null) return worker;
    const started = new Worker(new URL('./forecast-thread.ts', import.meta.url), {
      name: 'forecaster',
      resourceLimits: THREAD_LIMITS,
    });
    started.unref();
    started.on('message', (answer: ForecastAnswer) => {
      if (worker !== started || asked === null) return;
      clearTimeout(asked.timer);
      asked.resolve(answer);
      asked = null;
    });
    started.on('error', (error) => {
      if (worker === started) void fail('failed', error);
    });
    worker = started;
    return started;
  }

  return {
    ask: (question: ForecastQuestion) =>
      new Promise<ForecastAnswer>((resolve, reject) => {
        if (isEnded) return reject(new ForecastUnavailable('ending'));
        const late = () => void fail('failed', new Error(`${TIME_LIMIT_MS} ms were not enough`));
        asked = { resolve, reject, timer: setTimeout(late, TIME_LIMIT_MS) };
        running().postMessage(question);
      }),
    end: async () => {
      isEnded = true;
      await fail('ending', new Error('the server stops'));
    },
  };
}

const WORDS = { busy: 'others are being made', failed: 'a forecast could not be made', ending: 'the server stops' };

export class ForecastUnavailable extends Error {
  readonly code = 'forecast-unavailable';
  readonly why: keyof typeof WORDS;
  constructor(why: keyof typeof WORDS, cause?: unknown) {
    super(WORDS[why], { cause });
    this.name = 'ForecastUnavailable';
    this.why = why;
  }
}
