import { nextLook, successorOf, type PhaseCounts } from '@updraft/core';
import type { RolloutWhy } from '@updraft/protocols';
import { phaseSpecOf, type PhaseRow, type RolloutRow } from '@updraft/store';
import type { z } from 'zod';
import { aggregateOf } from './rollout-moves.ts';
import { timestamp } from './timestamp.ts';

export type RolloutWhyView = z.output<typeof RolloutWhy>;
type Hold = RolloutWhyView['holds'][number];

/** What a rollout's holds are told from. */
export type Standing = {
  readonly phases: readonly PhaseRow[];
  readonly counts: ReadonlyMap<number, PhaseCounts>;
  readonly firstWindowAt: number | null;
};

/** What holds the rollout itself, whatever its devices' gates say. */
export function holdsOf(rollout: RolloutRow, standing: Standing): readonly Hold[] {
  const aggregate = aggregateOf(rollout, standing.phases);
  const at = timestamp(nextLook(aggregate, standing.firstWindowAt));
  switch (rollout.state) {
    case 'creating': {
      const of = rollout.is_counted === 1 ? ` of ${rollout.counted}` : '';
      return [{ code: 'creating', fact: `${rollout.planned}${of} devices are in their phases`, nextChange: null }];
    }
    case 'awaiting-approval':
      return [{ code: 'approval', fact: `it waits for another person than ${rollout.created_by}`, nextChange: null }];
    case 'ready': {
      const { start } = aggregate.policy;
      const by = start.by === 'hand' || start.by === 'ready' ? 'it is started by hand' : 'it starts by itself';
      return [{ code: 'start', fact: by, nextChange: at }];
    }
    case 'paused':
      return [{ code: rollout.reason ?? 'operator', fact: PAUSED[rollout.reason ?? 'operator'], nextChange: null }];
    case 'running':
      return phaseHolds(standing, aggregate);
    case 'stopping':
      return [{ code: 'stopping', fact: 'what has begun is asked to cancel, the rest is closed', nextChange: null }];
    case 'stopped':
    case 'finished':
      return [];
  }
}

const PAUSED = {
  operator: 'somebody paused it',
  denied: 'it was denied',
  'error-threshold': 'too many devices of a phase have erred',
  'success-not-reached': 'nothing of a phase is open, and too few of it succeeded',
} as const;

/** What the next phase waits for: the success of the one before, its soak, or a person. */
function phaseHolds({ phases, counts }: Standing, aggregate: ReturnType<typeof aggregateOf>): readonly Hold[] {
  return aggregate.phases.flatMap((phase): Hold[] => {
    const next = successorOf(aggregate, phase);
    if (next?.state !== 'waiting' || phase.state === 'waiting' || phase.state === 'skipped') return [];
    const row = phases.find(({ number }) => number === phase.number);
    if (row === undefined) return [];
    const { successPercent, soakSeconds, next: by } = phaseSpecOf(row.spec);
    const waits = `phase ${next.number} waits`;
    if (phase.reachedAt === null) {
      const own = counts.get(phase.number);
      const counted = phase.total - (own?.superseded ?? 0) - (own?.canceled ?? 0);
      const fact = `${waits} until ${successPercent} % of ${counted} devices of phase ${phase.number} succeed; ${own?.succeeded ?? 0} have`;
      return [{ code: 'success-threshold', fact, nextChange: null }];
    }
    if (by === 'hand') return [{ code: 'phase-start', fact: `${waits} to be started by hand`, nextChange: null }];
    const nextChange = timestamp(phase.reachedAt + soakSeconds * 1000);
    return [{ code: 'soak', fact: `${waits} until phase ${phase.number} has soaked for ${soakSeconds} s`, nextChange }];
  });
}
