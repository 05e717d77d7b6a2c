import { displayedState, shownState } from '@updraft/core';
import type { AssignmentSummary, Device } from '@updraft/protocols';
import { attributesOfDevices, type DeviceWithJoins, type Schema } from '@updraft/store';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import { timestamp } from './timestamp.ts';

export type DeviceView = z.output<typeof Device>;
type AssignmentSummaryView = z.output<typeof AssignmentSummary>;

/** Rows as the API shows them, in the order given; reads their attributes in one query. */
export async function deviceViews(db: Kysely<Schema>, rows: readonly DeviceWithJoins[]): Promise<DeviceView[]> {
  const attributes = await attributesOfDevices(
    db,
    rows.map((row) => row.id),
  );
  return rows.map((row) => deviceView(row, attributes.get(row.id) ?? {}));
}

function deviceView(row: DeviceWithJoins, attributes: Readonly<Record<string, string>>): DeviceView {
  const { running_uid: id, running_name: name, running_version: version } = row;
  return {
    name: row.name,
    number: row.id,
    type: row.type_name,
    description: row.description,
    identity: row.identity,
    attributes,
    runningRelease: id === null || name === null || version === null ? null : { id, name, version },
    assignment: assignmentSummary(row),
    lastContactAt: timestamp(row.contact_at),
    createdAt: timestamp(row.created_at),
    revision: row.revision,
  };
}

function assignmentSummary(row: DeviceWithJoins): AssignmentSummaryView | null {
  const { assigned_uid: id, assigned_name: name, assigned_version: version, rollout_uid: rollout } = row;
  const { assignment_number: number, assignment_state: state, phase_state: phase } = row;
  if (id === null || name === null || version === null) return null;
  if (rollout === null || number === null || state === null || phase === null) return null;
  return {
    number,
    release: { id, name, version },
    rollout,
    state: displayedState(shownState(state, row.attempt_state, phase)) as AssignmentSummaryView['state'],
    reason: row.assignment_reason,
  };
}
