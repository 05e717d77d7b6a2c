import type { OpenAssignment, RolloutPolicy } from '@updraft/core';
import type { DdiUrgency, DdiWindow } from '@updraft/protocols';

/**
 * How an open assignment's action is said on this wire: what is to be installed later says `skip`, and what has a window
 * whether that is open. What was granted once is not taken back, so that its window counts as open.
 */
export function urgencyOf({ rollout, attempt, window }: OpenAssignment, now: number): DdiUrgency & DdiWindow {
  const { policy } = rollout;
  const urgency = urgencyOfPolicy(policy, now);
  const isGranted = attempt !== null && attempt.installOfferedAt !== null;
  const update = isGranted ? urgency.update : 'skip';
  const { windows, blackouts } = policy.windows;
  if (windows.length + blackouts.length === 0) return { ...urgency, update };
  const isOpen = isGranted || window.isOpen || policy.emergency;
  return { ...urgency, update, maintenanceWindow: isOpen ? 'available' : 'unavailable' };
}

/** How a policy's action is said on this wire; what is never to be installed says `skip`. */
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
