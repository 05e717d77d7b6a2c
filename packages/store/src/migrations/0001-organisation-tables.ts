import type { Table } from './table.ts';

export const organisationTables: readonly Table[] = [
  {
    name: 'tag',
    columns: `
      id identity primary key,
      tenant integer not null references tenant (id),
      name text not null,
      name_fold text not null,
      description text not null default '',
      colour text not null default '',
      created_at integer not null,
      created_by text not null default '',
      changed_at integer not null default 0,
      changed_by text not null default ''`,
  },
  {
    name: 'device_tag',
    withoutRowid: true,
    columns: `
      device integer not null references device (id) on delete cascade,
      tag integer not null references tag (id),
      primary key (device, tag)`,
  },
  {
    name: 'device_metadata',
    withoutRowid: true,
    columns: `
      device integer not null references device (id) on delete cascade,
      tenant integer not null,
      key text not null,
      value text not null,
      value_fold text not null,
      primary key (device, key)`,
  },
  {
    name: 'tenant_option',
    withoutRowid: true,
    columns: `
      tenant integer not null references tenant (id),
      key text not null,
      value text not null,
      created_at integer not null,
      created_by text not null,
      changed_at integer not null default 0,
      changed_by text not null default '',
      primary key (tenant, key)`,
  },
  {
    name: 'device_group',
    columns: `
      id identity primary key,
      uid text not null unique,
      tenant integer not null references tenant (id),
      path text not null,
      path_fold text not null,
      zone text not null,
      created_at integer not null,
      revision integer not null default 1`,
  },
];
