import {
  ONE_PHASE,
  type Phase,
  type PhaseCounts,
  type PhaseSpec,
  type RolloutAggregate,
  type RolloutInput,
} from '@updraft/core';

/** A rollout that is ready, of phases of ten members each. */
export function aRollout({ phases = [{}], policy = {}, ...rest }: Wish = {}): RolloutAggregate {
  return {
    state: 'ready',
    reason: null,
    startedAt: null,
    endedAt: null,
    policy: { start: { by: 'hand' }, approval: 'none', onFailure: 'pause', dynamic: false, ...policy },
    phases: phases.map((phase, index) => aPhase({ number: index + 1, ...phase })),
    ...rest,
  };
}

type Wish = Partial<Omit<RolloutAggregate, 'phases' | 'policy'>> & {
  readonly phases?: readonly PhaseWish[];
  readonly policy?: Partial<RolloutAggregate['policy']>;
};
type PhaseWish = Partial<Omit<Phase, 'spec'>> & { readonly spec?: Partial<PhaseSpec> };

function aPhase({ spec, ...rest }: PhaseWish): Phase {
  return {
    number: 1,
    state: 'waiting',
    total: 10,
    erred: 0,
    startedAt: null,
    reachedAt: null,
    crossedAt: null,
    spec: { ...ONE_PHASE, ...spec },
    ...rest,
  };
}

/** A look at counts by phase; what is not named is open. */
export function aLook(
  { phases }: RolloutAggregate,
  counts: Readonly<Record<number, Partial<PhaseCounts>>> = {},
  firstWindowAt: number | null = null,
): RolloutInput & { readonly type: 'look' } {
  const whole = phases.map(({ number, total }): readonly [number, PhaseCounts] => {
    const { succeeded = 0, superseded = 0, canceled = 0, open } = counts[number] ?? {};
    return [number, { succeeded, superseded, canceled, open: open ?? total - succeeded - superseded - canceled }];
  });
  return { type: 'look', counts: new Map(whole), firstWindowAt, isSweepDue: false };
}
