import { displayedState, placeOf, shownState } from '@updraft/core';
import type { AssignmentSummary, Device } from '@updraft/protocols';
import {
  attributesOfDevices,
  type DeviceWithJoins,
  metadataOfDevices,
  type PlaceRules,
  placeRules,
  type Schema,
  tagsOfDevices,
} from '@updraft/store';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import { timestamp } from './timestamp.ts';

export type DeviceView = z.output<typeof Device>;
type AssignmentSummaryView = z.output<typeof AssignmentSummary>;

/** Rows of one tenant as the API shows them, in the order given; reads what belongs to them in one query each. */
export async function deviceViews(db: Kysely<Schema>, rows: readonly DeviceWithJoins[]): Promise<DeviceView[]> {
  const [first] = rows;
  if (first === undefined) return [];
  const ids = rows.map((row) => row.id);
  const attributes = await attributesOfDevices(db, ids);
  const metadata = await metadataOfDevices(db, ids);
  const tags = await tagsOfDevices(db, ids);
  const rules = await placeRules(db, first.tenant);
  return rows.map((row) => {
    const said = attributes.get(row.id) ?? {};
    return {
      ...deviceView(row, said),
      metadata: Object.fromEntries(metadata.get(row.id) ?? []),
      tags: [...(tags.get(row.id) ?? [])],
      ignoredZone: ignoredZone(said, rules),
    };
  });
}

function ignoredZone(said: Readonly<Record<string, string>>, { zoneAttribute }: PlaceRules): string | null {
  const saidZone = zoneAttribute !== null && Object.hasOwn(said, zoneAttribute) ? said[zoneAttribute] : undefined;
  return placeOf({ saidZone: saidZone ?? null, saidSite: null, groupZone: '' }).ignoredZone;
}

function deviceView(
  row: DeviceWithJoins,
  attributes: Readonly<Record<string, string>>,
): Omit<DeviceView, 'metadata' | 'tags' | 'ignoredZone'> {
  const { running_uid: id, running_name: name, running_version: version } = row;
  return {
    name: row.name,
    number: row.id,
    type: row.type_name,
    description: row.description,
    identity: row.identity,
    penaltyUntil: timestamp(row.penalty_until),
    attributes,
    group: row.group_path === '' ? null : row.group_path,
    site: row.site === '' ? null : row.site,
    zone: row.zone === '' ? null : row.zone,
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
    state: displayedState(
      shownState(state, row.attempt_state, { state: phase, asksConsent: row.asks_consent === 1 }),
    ) as AssignmentSummaryView['state'],
    reason: row.assignment_reason,
  };
}
