import type { OpenAssignment, RolloutPolicy } from '@updraft/core';
import type { DdiUrgency } from '@updraft/protocols';

/** How an open assignment's action is said on this wire. */
export function urgencyOf({ rollout }: OpenAssignment, now: number): DdiUrgency {
  return urgencyOfPolicy(rollout.policy, now);
}

/**
 * How a policy's action is said on this wire. It knows no "download now, install later" that its clients understand, so
 * that what is on offer is offered whole; only what is never to be installed says `skip`.
 */
export function urgencyOfPolicy({ action }: RolloutPolicy, now: number): DdiUrgency {
  switch (action.kind) {
    case 'download-only':
      return { download: 'forced', update: 'skip' };
    case 'forced':
      return { download: 'forced', update: 'forced' };
    case 'soft':
      return { download: 'attempt', update: 'attempt' };
    case 'time-forced':
      return now < action.forcedAt
        ? { download: 'attempt', update: 'attempt' }
        : { download: 'forced', update: 'forced' };
  }
}
