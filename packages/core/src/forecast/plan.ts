import { endShares } from './end-model.ts';
import type { ForecastInput } from './forecast-input.ts';
import { groupSizes } from './group.ts';
import type { Plan } from './one-run.ts';
import { openSpans } from './span.ts';
import { middleOf, stageHistograms } from './stage-model.ts';

const DAY_MS = 86_400_000;
/** What is not over by then is taken never to be. */
export const HORIZON_DAYS = 400;

/** What a forecast's runs share: histograms, windows and the size of groups. */
export function planOf(input: ForecastInput): Plan {
  const span = { from: input.from, to: input.from + HORIZON_DAYS * DAY_MS };
  const stages = stageHistograms(input.history.stages);
  const download = (input.bytes * 1000) / middleOf(stages, 'download');
  const others = middleOf(stages, 'begin') + middleOf(stages, 'prepare') + middleOf(stages, 'install');
  return {
    input,
    span,
    windows: openSpans(input.policy, span),
    stages,
    ends: endShares(input.history.ends, input.history.certainty),
    groupSize: groupSizes(input.cohorts),
    workMs: Math.max(1, download + others),
  };
}
