import type { Lifecycle } from './lifecycle.ts';

export const ROLLOUT_STATES = ['creating', 'ready', 'running', 'paused', 'stopping', 'stopped', 'finished'] as const;
export type RolloutState = (typeof ROLLOUT_STATES)[number];

export type RolloutEvent = 'materialised' | 'start' | 'pause' | 'resume' | 'stop' | 'none-open' | 'member-added';

/** One release on its way to the devices of a filter. While `creating`, nothing of it is eligible. */
export const rolloutLifecycle: Lifecycle<RolloutState, RolloutEvent> = {
  name: 'rollout',
  states: ROLLOUT_STATES,
  closed: ['stopped', 'finished'],
  derived: [],
  edges: [
    { from: 'creating', event: 'materialised', to: 'ready', by: 'server', bulk: true },
    { from: 'creating', event: 'stop', to: 'stopping', by: 'operator' },
    { from: 'ready', event: 'start', to: 'running', by: 'operator' },
    { from: 'ready', event: 'stop', to: 'stopping', by: 'operator' },
    { from: 'running', event: 'pause', to: 'paused', by: 'operator' },
    { from: 'running', event: 'stop', to: 'stopping', by: 'operator' },
    { from: 'running', event: 'none-open', to: 'finished', by: 'server' },
    { from: 'running', event: 'member-added', to: 'running', by: 'server' },
    { from: 'paused', event: 'resume', to: 'running', by: 'operator' },
    { from: 'paused', event: 'stop', to: 'stopping', by: 'operator' },
    { from: 'paused', event: 'none-open', to: 'finished', by: 'server' },
    { from: 'stopping', event: 'none-open', to: 'stopped', by: 'server' },
  ],
};

export const PHASE_STATES = ['waiting', 'started', 'done'] as const;
export type PhaseState = (typeof PHASE_STATES)[number];
