import type { Table } from './table.ts';
import { flag } from './table.ts';

const NAMED = `
      id identity primary key,
      tenant integer not null references tenant (id),
      key text not null,
      key_fold text not null,
      name text not null,
      name_fold text not null,
      description text not null default '',
      colour text not null default '',
      ${flag('deleted')} default 0,
      created_at integer not null,
      created_by text not null,
      changed_at integer not null,
      changed_by text not null`;

export const kindTables: readonly Table[] = [
  {
    name: 'component_kind',
    columns: `${NAMED},
      min_artifacts integer not null default 0,
      max_assignments integer not null default 1`,
  },
  { name: 'release_kind', columns: NAMED },
  {
    name: 'release_kind_part',
    withoutRowid: true,
    columns: `
      release_kind integer not null references release_kind (id) on delete cascade,
      component_kind integer not null references component_kind (id),
      ${flag('mandatory')},
      primary key (release_kind, component_kind)`,
  },
];

/** Behind the device types. */
export const kindLinkTables: readonly Table[] = [
  {
    name: 'device_type_release_kind',
    withoutRowid: true,
    columns: `
      device_type integer not null references device_type (id) on delete cascade,
      release_kind integer not null references release_kind (id),
      primary key (device_type, release_kind)`,
  },
];
