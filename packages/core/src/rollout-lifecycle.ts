import type { Lifecycle } from './lifecycle.ts';

export const ROLLOUT_STATES = [
  'creating',
  'awaiting-approval',
  'ready',
  'running',
  'paused',
  'stopping',
  'stopped',
  'finished',
] as const;
export type RolloutState = (typeof ROLLOUT_STATES)[number];

export type RolloutEvent =
  | 'materialised'
  | 'approval-asked'
  | 'approve'
  | 'deny'
  | 'start'
  | 'pause'
  | 'resume'
  | 'stop'
  | 'none-open'
  | 'member-added';

/** One release on its way to the devices of a filter. While `creating`, nothing of it is eligible. */
export const rolloutLifecycle: Lifecycle<RolloutState, RolloutEvent> = {
  name: 'rollout',
  states: ROLLOUT_STATES,
  closed: ['stopped', 'finished'],
  derived: [],
  // prettier-ignore
  edges: [
    { from: 'creating',          event: 'materialised',   to: 'ready',             by: 'server', bulk: true },
    { from: 'creating',          event: 'approval-asked', to: 'awaiting-approval', by: 'server', bulk: true },
    { from: 'creating',          event: 'stop',           to: 'stopping',          by: 'operator' },
    { from: 'awaiting-approval', event: 'approve',        to: 'ready',             by: 'operator' },
    { from: 'awaiting-approval', event: 'deny',           to: 'stopping',          by: 'operator' },
    { from: 'awaiting-approval', event: 'stop',           to: 'stopping',          by: 'operator' },
    { from: 'ready',             event: 'approval-asked', to: 'awaiting-approval', by: 'operator' },
    { from: 'ready',             event: 'start',          to: 'running',           by: 'operator' },
    { from: 'ready',             event: 'stop',           to: 'stopping',          by: 'operator' },
    { from: 'running',           event: 'pause',          to: 'paused',            by: 'operator' },
    { from: 'running',           event: 'stop',           to: 'stopping',          by: 'operator' },
    { from: 'running',           event: 'none-open',      to: 'finished',          by: 'server' },
    { from: 'running',           event: 'member-added',   to: 'running',           by: 'server' },
    { from: 'paused',            event: 'resume',         to: 'running',           by: 'operator' },
    { from: 'paused',            event: 'stop',           to: 'stopping',          by: 'operator' },
    { from: 'paused',            event: 'none-open',      to: 'finished',          by: 'server' },
    { from: 'paused',            event: 'member-added',   to: 'paused',            by: 'server' },
    { from: 'stopping',          event: 'none-open',      to: 'stopped',           by: 'server' },
  ],
};

/** Why a rollout is paused, or ends otherwise than by bringing its release to all. */
export const ROLLOUT_REASONS = ['operator', 'error-threshold', 'success-not-reached', 'denied'] as const;
export type RolloutReason = (typeof ROLLOUT_REASONS)[number];
