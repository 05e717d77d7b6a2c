import { type MessagePort, parentPort } from 'node:worker_threads';
import { bottleneckOf, forecast } from '@updraft/core';
import { forecastInput } from './forecast-input.ts';
import type { ForecastAnswer, ForecastQuestion } from './forecaster.ts';

if (parentPort !== null) serve(parentPort);

/** Plays rollouts for another thread, one after the other. */
function serve(port: MessagePort): void {
  port.on('message', ({ facts, asksBottleneck }: ForecastQuestion) => {
    const input = forecastInput(facts);
    const answer: ForecastAnswer = {
      forecast: forecast(input),
      bottleneck: asksBottleneck ? bottleneckOf(input) : null,
    };
    port.postMessage(answer);
  });
}
