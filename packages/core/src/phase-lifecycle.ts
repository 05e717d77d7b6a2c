import type { Lifecycle } from './lifecycle.ts';

export const PHASE_STATES = ['waiting', 'started', 'skipped', 'done'] as const;
export type PhaseState = (typeof PHASE_STATES)[number];

export type PhaseEvent = 'start' | 'skip' | 'none-open' | 'member-added';

/**
 * An ordered slice of a rollout. What is permitted in it is permitted while it is `started`. The last phase of a rollout
 * is done only with the whole: late-comers join it.
 */
export const phaseLifecycle: Lifecycle<PhaseState, PhaseEvent> = {
  name: 'phase',
  states: PHASE_STATES,
  closed: ['skipped', 'done'],
  derived: [],
  // prettier-ignore
  edges: [
    { from: 'waiting', event: 'start',        to: 'started', by: 'server' },
    { from: 'waiting', event: 'skip',         to: 'skipped', by: 'operator' },
    { from: 'waiting', event: 'member-added', to: 'waiting', by: 'server' },
    { from: 'started', event: 'none-open',    to: 'done',    by: 'server' },
    { from: 'started', event: 'member-added', to: 'started', by: 'server' },
  ],
};
