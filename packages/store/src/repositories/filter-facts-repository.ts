import { displayedState, type FieldReader, shownState } from '@updraft/core';
import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { standingSql, wantedReleaseSql } from '../list/standing-sql.ts';
import { attributesOfDevices, selectDevices } from './device-repository.ts';
import { metadataOfDevices } from './metadata-repository.ts';
import { tagsOfDevices } from './tag-repository.ts';

/** All that a filter may ask of these devices, by their ids, for core's `matchesFilter`; those that are gone are left out. */
export async function readFilterFacts(
  db: Kysely<Schema>,
  devices: readonly number[],
): Promise<ReadonlyMap<number, FieldReader>> {
  if (devices.length === 0) return new Map();
  const rows = await factRows(db).where('device.id', 'in', devices).execute();
  const attributes = await attributesOfDevices(db, devices);
  const metadata = await metadataOfDevices(db, devices);
  const tags = await tagsOfDevices(db, devices);
  return new Map(
    rows.map((row) => {
      const plain = plainValues(row);
      const said = attributes.get(row.id) ?? {};
      const read: FieldReader = (field, key) => {
        if (field === 'tag') return tags.get(row.id) ?? [];
        // A key may be any word, also one that every object answers to.
        if (field === 'attribute') return Object.hasOwn(said, key ?? '') ? present(said[key ?? '']) : [];
        if (field === 'metadata') return present(metadata.get(row.id)?.get(key ?? ''));
        return present(plain[field]);
      };
      return [row.id, read];
    }),
  );
}

function factRows(db: Kysely<Schema>) {
  return selectDevices(db)
    .leftJoin('release as wanted', (on) => on.on('wanted.id', '=', wantedReleaseSql))
    .select(['wanted.name as wanted_name', 'wanted.version as wanted_version', standingSql.as('standing')]);
}
type FactRow = Awaited<ReturnType<ReturnType<typeof factRows>['executeTakeFirstOrThrow']>>;

type Value = string | number | null | undefined;

function present(value: Value): readonly (string | number)[] {
  return value === null || value === undefined ? [] : [value];
}

function plainValues(row: FactRow): Readonly<Record<string, Value>> {
  const { assignment_state: state, phase_state: phase } = row;
  return {
    name: row.name,
    number: row.id,
    description: row.description,
    group: row.group_path,
    type: row.type_name,
    'type.key': row.type_key === '' ? row.type_name : row.type_key,
    'type.number': row.type,
    displayName: row.display_name === '' ? row.name : row.display_name,
    address: row.address,
    standing: row.standing,
    autoConsent: row.auto_consent_at === null ? 0 : 1,
    'wantedRelease.name': row.wanted_name,
    'wantedRelease.version': row.wanted_version,
    ...releaseValues('runningRelease', [row.running_uid, row.running_name, row.running_version]),
    ...releaseValues('assignedRelease', [row.assigned_uid, row.assigned_name, row.assigned_version]),
    state:
      state === null || phase === null
        ? null
        : displayedState(shownState(state, row.attempt_state, { state: phase, asksConsent: row.asks_consent === 1 })),
    createdAt: row.created_at,
    createdBy: row.created_by,
    changedAt: row.changed_at === 0 ? row.created_at : row.changed_at,
    changedBy: row.changed_at === 0 ? row.created_by : row.changed_by,
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
