import { assignmentLifecycle, attemptLifecycle, PHASE_STATES, rolloutLifecycle, storedStates } from '@updraft/core';
import type { Table } from './table.ts';
import { oneOf } from './table.ts';

const attemptStates = storedStates(attemptLifecycle);
const WIRE_ID_MAX = 2 ** 31 - 1;

/**
 * No foreign key stands on assignments, attempts, reports, counters and events: set statements and every report write
 * them, their writers hold the row above them, and a rollout's leftovers are deleted in slices.
 */
export const rolloutTables: readonly Table[] = [
  {
    name: 'rollout',
    columns: `
      id identity primary key,
      uid text not null unique,
      tenant integer not null references tenant (id),
      kind text not null ${oneOf('kind', ['rollout', 'direct', 'auto', 'return'])},
      name text not null,
      name_fold text not null,
      description text not null,
      release integer not null references release (id),
      filter text not null,
      state text not null ${oneOf('state', storedStates(rolloutLifecycle))},
      weight integer not null,
      policy text not null,
      cursor integer,
      planned integer not null,
      next_at integer,
      created_at integer not null,
      created_by text not null,
      started_at integer,
      ended_at integer,
      revision integer not null default 1`,
  },
  {
    name: 'phase',
    withoutRowid: true,
    columns: `
      rollout integer not null references rollout (id) on delete cascade,
      number integer not null,
      state text not null ${oneOf('state', PHASE_STATES)},
      total integer not null,
      spec text not null,
      started_at integer,
      next_at integer,
      revision integer not null default 1,
      primary key (rollout, number)`,
  },
  {
    name: 'assignment',
    columns: `
      id identity primary key,
      tenant integer not null,
      device integer not null,
      rollout integer not null,
      phase integer not null,
      number integer not null check (number between 1 and ${WIRE_ID_MAX}),
      state text not null ${oneOf('state', storedStates(assignmentLifecycle))},
      reason text,
      attempt_id integer,
      failed_attempts integer not null default 0,
      cancel_intent text ${oneOf('cancel_intent', ['canceled', 'superseded'])},
      not_before integer,
      next_at integer,
      created_at integer not null,
      ended_at integer,
      revision integer not null default 1,
      check ((ended_at is not null) = (state in (${words(assignmentLifecycle.closed)})))`,
  },
  {
    name: 'attempt',
    columns: `
      id identity primary key,
      tenant integer not null,
      assignment integer not null,
      device integer not null,
      number integer not null check (number between 1 and ${WIRE_ID_MAX}),
      ordinal integer not null check (ordinal >= 1),
      state text not null ${oneOf('state', attemptStates)},
      state_at integer not null,
      canceled_from text ${oneOf('canceled_from', attemptStates)},
      consent text,
      evidence text not null,
      offered_at integer,
      install_offered_at integer,
      begun_at integer,
      cancel_refused_at integer,
      heard_at integer,
      next_at integer,
      ended_at integer,
      reason text,
      revision integer not null default 1,
      check ((ended_at is not null) = (state in (${words(attemptLifecycle.closed)})))`,
  },
  {
    name: 'report',
    columns: `
      id identity primary key,
      attempt integer not null,
      at integer not null,
      device_at text,
      kind text not null,
      code integer,
      details text not null`,
  },
  {
    name: 'counter',
    withoutRowid: true,
    columns: `
      rollout integer not null,
      phase integer not null,
      state text not null,
      n integer not null,
      primary key (rollout, phase, state)`,
  },
  {
    name: 'counter_delta',
    columns: `
      id identity primary key,
      rollout integer not null,
      phase integer not null,
      state text not null,
      n integer not null`,
  },
  {
    name: 'event',
    columns: `
      id identity primary key,
      tenant integer not null,
      at integer not null,
      name text not null,
      actor text,
      subject_kind text not null,
      subject_id text not null,
      data text not null,
      position integer`,
  },
];

function words(states: readonly string[]): string {
  return states.map((state) => `'${state}'`).join(', ');
}
