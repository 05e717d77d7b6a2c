import type { Lifecycle } from './lifecycle.ts';

export const RELEASE_STATES = ['draft', 'published', 'withdrawn'] as const;
export type ReleaseState = (typeof RELEASE_STATES)[number];

/** A published release never changes; withdrawing holds what has not begun. */
export const releaseLifecycle: Lifecycle<ReleaseState, 'publish' | 'withdraw'> = {
  name: 'release',
  states: RELEASE_STATES,
  closed: ['withdrawn'],
  derived: [],
  edges: [
    { from: 'draft', event: 'publish', to: 'published', by: 'operator' },
    { from: 'published', event: 'withdraw', to: 'withdrawn', by: 'operator' },
  ],
};
