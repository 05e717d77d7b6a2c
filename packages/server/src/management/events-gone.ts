import type { Refusal } from '../http/problems.ts';

/** For who goes on from a position behind which events have been removed. */
export function eventsGone({ oldestPosition }: { readonly oldestPosition: number }): Refusal {
  return {
    problem: 'events-gone',
    detail: `Events after the position that you have seen are kept no longer: read anew what you need, then go on after ${oldestPosition - 1}.`,
    oldestPosition,
  };
}
