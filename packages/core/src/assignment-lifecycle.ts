import type { Lifecycle } from './lifecycle.ts';

export const ASSIGNMENT_STATES = [
  'waiting',
  'active',
  'backing-off',
  'succeeded',
  'failed',
  'canceled',
  'superseded',
] as const;
export type AssignmentState = (typeof ASSIGNMENT_STATES)[number];

export type AssignmentEvent =
  | 'attempt-born'
  | 'retry-scheduled'
  | 'device-replaced'
  | 'fulfilled'
  | 'given-up'
  | 'already-installed'
  | 'withdrawn-by-operator'
  | 'superseded';

/** One device × one release, from wish to end (design: two lifecycles; 6-data 10 to 14). */
export const assignmentLifecycle: Lifecycle<AssignmentState, AssignmentEvent> = {
  name: 'assignment',
  states: ASSIGNMENT_STATES,
  closed: ['succeeded', 'failed', 'canceled', 'superseded'],
  derived: [],
  // prettier-ignore
  edges: [
    { from: 'waiting',     event: 'attempt-born',          to: 'active',      by: 'server' },
    { from: 'waiting',     event: 'already-installed',     to: 'succeeded',   by: 'server', bulk: true },
    { from: 'waiting',     event: 'given-up',              to: 'failed',      by: 'time' },
    { from: 'waiting',     event: 'withdrawn-by-operator', to: 'canceled',    by: 'operator', bulk: true },
    { from: 'waiting',     event: 'superseded',            to: 'superseded',  by: 'server' },
    { from: 'active',      event: 'retry-scheduled',       to: 'backing-off', by: 'server' },
    { from: 'active',      event: 'device-replaced',       to: 'waiting',     by: 'operator' },
    { from: 'active',      event: 'fulfilled',             to: 'succeeded',   by: 'device' },
    { from: 'active',      event: 'already-installed',     to: 'succeeded',   by: 'server' },
    { from: 'active',      event: 'given-up',              to: 'failed',      by: 'server' },
    { from: 'active',      event: 'withdrawn-by-operator', to: 'canceled',    by: 'operator' },
    { from: 'active',      event: 'superseded',            to: 'superseded',  by: 'server' },
    { from: 'backing-off', event: 'attempt-born',          to: 'active',      by: 'server' },
    { from: 'backing-off', event: 'device-replaced',       to: 'waiting',     by: 'operator' },
    { from: 'backing-off', event: 'already-installed',     to: 'succeeded',   by: 'server' },
    { from: 'backing-off', event: 'given-up',              to: 'failed',      by: 'time' },
    { from: 'backing-off', event: 'withdrawn-by-operator', to: 'canceled',    by: 'operator', bulk: true },
    { from: 'backing-off', event: 'superseded',            to: 'superseded',  by: 'server' },
  ],
};
