import { nextLook, successorOf, type RolloutAggregate } from '@updraft/core';
import type { RolloutWhy } from '@updraft/protocols';
import { phaseSpecOf, type RolloutRow } from '@updraft/store';
import type { z } from 'zod';
import { aggregateOf } from './rollout-moves.ts';
import { phaseTitle, reasonFact, successOf, type Standing } from './rollout-reasons.ts';
import { timestamp } from './timestamp.ts';

export type RolloutWhyView = z.output<typeof RolloutWhy>;
type Hold = RolloutWhyView['holds'][number];

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
      return [{ code: 'approval', fact: approvalFact(rollout, aggregate), nextChange: null }];
    case 'ready':
      return [{ code: 'start', fact: STARTS[aggregate.policy.start.by], nextChange: at }];
    case 'paused':
      return [{ code: rollout.reason ?? 'operator', fact: reasonFact(rollout, standing), nextChange: null }];
    case 'running':
      return [...countingHold(rollout), ...phaseHolds(standing, aggregate)];
    case 'stopping':
      return [{ code: 'stopping', fact: stoppingFact(rollout, standing), nextChange: null }];
    case 'stopped':
    case 'finished':
      return [];
  }
}

/** A pace was given to what ran without one. */
function countingHold({ pace_cursor }: RolloutRow): readonly Hold[] {
  if (pace_cursor === null) return [];
  const fact = 'devices that were at work when the pace was set are being counted; nothing new begins until they are';
  return [{ code: 'pace-counting', fact, nextChange: null }];
}

const STARTS = {
  hand: 'it is started by hand',
  // A change has taken its approval back and got it again, or it would run.
  ready: 'it is started by hand',
  time: 'it starts by itself, at its time',
  'first-window': 'it starts by itself, when the first window of any of its devices opens',
} as const;

function approvalFact({ created_by }: RolloutRow, { policy }: RolloutAggregate): string {
  if (policy.approval === 'by-right') return 'it waits for somebody who has the right to approve';
  return `it waits for the approval of another person than ${created_by} and whoever changed it`;
}

function stoppingFact(rollout: RolloutRow, standing: Standing): string {
  const why = reasonFact(rollout, standing);
  return `${why === '' ? '' : `${why}; `}what has begun is asked to cancel, the rest is closed`;
}

/** What the next phase waits for: the success of the one before, its soak, or a person. */
function phaseHolds({ phases, counts }: Standing, aggregate: RolloutAggregate): readonly Hold[] {
  return aggregate.phases.flatMap((phase): Hold[] => {
    const next = successorOf(aggregate, phase);
    if (next?.state !== 'waiting' || phase.state === 'waiting' || phase.state === 'skipped') return [];
    const row = phases.find(({ number }) => number === phase.number);
    if (row === undefined) return [];
    const { successPercent, soakSeconds, next: by } = phaseSpecOf(row.spec);
    const waits = `phase ${next.number} waits`;
    if (phase.reachedAt === null) {
      const { succeeded, counted } = successOf(row, counts);
      const fact = `${waits} until ${successPercent} % of ${counted} devices of ${phaseTitle(row)} succeed; ${succeeded} have`;
      return [{ code: 'success-threshold', fact, nextChange: null }];
    }
    if (by === 'hand') return [{ code: 'phase-start', fact: `${waits} to be started by hand`, nextChange: null }];
    const nextChange = timestamp(phase.reachedAt + soakSeconds * 1000);
    return [{ code: 'soak', fact: `${waits} until ${phaseTitle(row)} has soaked for ${soakSeconds} s`, nextChange }];
  });
}
