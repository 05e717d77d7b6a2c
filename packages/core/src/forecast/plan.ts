import { endShares } from './end-model.ts';
import type { ForecastInput } from './forecast-input.ts';
import { groupSizes } from './group.ts';
import type { Plan } from './run.ts';
import { openSpans } from './span.ts';
import { middleOf, stageHistograms } from './stage-model.ts';
import { stagesOf } from './work.ts';

const DAY_MS = 86_400_000;
/** What is not over by then is taken never to be. */
const HORIZON_DAYS = 3650;

/** Bounds the time of one run; ten thousand devices that come and go need a quarter of them. */
export const MAX_EVENTS_PER_RUN = 60_000;

/** What a forecast's runs share: histograms, windows and the size of groups. */
export function planOf(input: ForecastInput): Plan {
  const span = { from: input.from, to: input.from + HORIZON_DAYS * DAY_MS };
  const stages = stageHistograms(input.history.stages);
  const workMs = stagesOf(input.policy.action.kind === 'download-only')
    .map((stage) => (stage === 'download' ? (input.bytes * 1000) / middleOf(stages, stage) : middleOf(stages, stage)))
    .reduce((sum, ms) => sum + ms, 0);
  return {
    input,
    span,
    windows: openSpans(input.policy, span),
    stages,
    ends: endShares(input.history.ends, input.history.certainty),
    groupSize: groupSizes(input.cohorts),
    workMs: Math.max(1, workMs),
  };
}
