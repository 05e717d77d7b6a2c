import type { Phase, PhaseCounts } from './rollout-aggregate.ts';

/**
 * Whether a phase's error threshold is crossed: more than its percentage of all members have erred, and at least its
 * minimum of them (design: 6-data 14, 15).
 */
export function isErrorCrossed({ spec: { error }, erred, total }: Pick<Phase, 'spec' | 'erred' | 'total'>): boolean {
  return error !== null && erred >= error.minimum && erred * 100 > error.percent * total;
}

/**
 * Whether a phase's success threshold is reached: at least its percentage of members less superseded and canceled have
 * succeeded; a phase of which none counts has reached it (design: 6-data 15).
 */
export function isSuccessReached({ spec, total }: Pick<Phase, 'spec' | 'total'>, counts: PhaseCounts): boolean {
  return counts.succeeded * 100 >= spec.successPercent * (total - counts.superseded - counts.canceled);
}
