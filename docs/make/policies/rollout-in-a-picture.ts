import { DEFAULT_POLICY, type PhaseSpec, type RolloutAggregate } from '@updraft/core';

/** A rollout as core decides on it: ready, its phases of these sizes still waiting. */
export function aRollout(
  specs: readonly PhaseSpec[],
  sizes: readonly number[],
  policy: Partial<RolloutAggregate['policy']> = {},
): RolloutAggregate {
  return {
    state: 'ready',
    reason: null,
    startedAt: null,
    endedAt: null,
    policy: { ...DEFAULT_POLICY, ...policy },
    phases: specs.map((spec, index) => ({
      number: index + 1,
      state: 'waiting',
      spec,
      total: sizes[index] ?? 0,
      erred: 0,
      startedAt: null,
      reachedAt: null,
      crossedAt: null,
    })),
  };
}
