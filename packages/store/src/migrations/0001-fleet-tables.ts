import { DEVICE_IDENTITIES } from '@updraft/core';
import type { Table } from './table.ts';
import { flag, oneOf } from './table.ts';

/**
 * No foreign key stands on what polls write or what points both ways: `contact.device` is flushed in batches,
 * `device.running_release_id` and `device.assignment_id` change with an update's end. Who deletes a device deletes its
 * contact.
 */
export const fleetTables: readonly Table[] = [
  {
    name: 'device',
    columns: `
      id identity primary key,
      tenant integer not null references tenant (id),
      name text not null,
      name_fold text not null,
      description text not null,
      description_fold text not null default '',
      type integer references device_type (id),
      parent integer references device (id) on delete set null,
      group_path text not null default '',
      group_fold text not null default '',
      site text not null default '',
      site_fold text not null default '',
      zone text not null default '',
      identity text not null ${oneOf('identity', DEVICE_IDENTITIES)},
      penalty_until integer,
      failures_since integer,
      replaced_at integer,
      running_release_id integer,
      installed_number integer,
      ${flag('attributes_wanted')} default 1,
      ${flag('contacted')} default 0,
      assignment_id integer,
      display_name text not null default '',
      display_name_fold text not null default '',
      address text not null default '',
      address_fold text not null default '',
      auto_consent_at integer,
      auto_consent_by text not null default '',
      auto_consent_note text not null default '',
      created_at integer not null,
      created_by text not null default '',
      changed_at integer not null default 0,
      changed_by text not null default '',
      revision integer not null default 1`,
  },
  {
    name: 'device_identity',
    withoutRowid: true,
    // The subject leads, as most polls look one up: SQLite compares a first text with less work than a third one.
    columns: `
      tenant integer not null,
      door text not null ${oneOf('door', ['ddi'])},
      subject text not null,
      device integer not null references device (id) on delete cascade,
      token_hash text,
      token_sealed text,
      primary key (subject, tenant, door)`,
  },
  {
    name: 'device_attribute',
    withoutRowid: true,
    columns: `
      device integer not null references device (id) on delete cascade,
      tenant integer not null,
      key text not null,
      value text not null,
      value_fold text not null,
      reported_at integer not null,
      primary key (device, key)`,
  },
  {
    name: 'device_component',
    withoutRowid: true,
    columns: `
      device integer not null references device (id) on delete cascade,
      component text not null,
      version text not null,
      slot text not null,
      since integer not null,
      primary key (device, component, slot)`,
  },
  { name: 'contact', columns: `device integer primary key, at integer not null` },
];
