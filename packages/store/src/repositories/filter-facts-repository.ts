import { displayedState, type FieldReader, shownState } from '@updraft/core';
import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { attributesOf } from './attribute-repository.ts';
import { type DeviceWithJoins, selectDevices } from './device-repository.ts';
import { metadataOf } from './metadata-repository.ts';
import { tagsOfDevices } from './tag-repository.ts';

/** All that a filter may ask of one device, by its id, for core's `matchesFilter`; undefined where it is gone. */
export async function readFilterFacts(db: Kysely<Schema>, device: number): Promise<FieldReader | undefined> {
  const row = await selectDevices(db).where('device.id', '=', device).executeTakeFirst();
  if (row === undefined) return undefined;
  const attributes = await attributesOf(db, device);
  const metadata = await metadataOf(db, device);
  const tags = (await tagsOfDevices(db, [device])).get(device) ?? [];
  const plain = plainValues(row);
  return (field, key) => {
    if (field === 'tag') return tags;
    if (field === 'attribute') return present(attributes.get(key ?? ''));
    if (field === 'metadata') return present(metadata.get(key ?? ''));
    return present(plain[field]);
  };
}

type Value = string | number | null | undefined;

function present(value: Value): readonly (string | number)[] {
  return value === null || value === undefined ? [] : [value];
}

function plainValues(row: DeviceWithJoins): Readonly<Record<string, Value>> {
  const { assignment_state: state, phase_state: phase } = row;
  return {
    name: row.name,
    number: row.id,
    description: row.description,
    group: row.group_path,
    type: row.type_name,
    ...releaseValues('runningRelease', [row.running_uid, row.running_name, row.running_version]),
    ...releaseValues('assignedRelease', [row.assigned_uid, row.assigned_name, row.assigned_version]),
    state:
      state === null || phase === null
        ? null
        : displayedState(shownState(state, row.attempt_state, { state: phase, asksConsent: row.asks_consent === 1 })),
    createdAt: row.created_at,
    lastContactAt: row.contact_at,
    identity: row.identity,
    penaltyUntil: row.penalty_until,
    zone: row.zone,
    site: row.site,
  };
}

function releaseValues(field: string, row: readonly (string | null)[]): Readonly<Record<string, Value>> {
  const [id, name, version] = row;
  if (typeof id !== 'string') return {};
  return {
    [field]: `${name}@${version}`,
    [`${field}.id`]: id,
    [`${field}.name`]: name,
    [`${field}.version`]: version,
  };
}
