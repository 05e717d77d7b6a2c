import { oneOf, type Table } from './table.ts';

/** No foreign key: all of it is written in sets, behind what it tells of, and who deletes a device deletes its rows. */
export const historyTables: readonly Table[] = [
  {
    name: 'contact_hours',
    withoutRowid: true,
    columns: `
      device integer not null,
      day integer not null,
      mask integer not null check (mask between 0 and 16777215),
      primary key (device, day)`,
  },
  { name: 'device_rate', columns: `device integer primary key, link integer not null, at integer not null` },
  {
    name: 'stage_time',
    withoutRowid: true,
    columns: `
      tenant integer not null,
      device_type integer not null,
      link integer not null,
      stage text not null,
      bucket integer not null,
      n integer not null,
      primary key (tenant, device_type, link, stage, bucket)`,
  },
  {
    name: 'attempt_end',
    withoutRowid: true,
    columns: `
      tenant integer not null,
      device_type integer not null,
      ordinal integer not null,
      state text not null,
      reason text not null,
      stage text not null,
      n integer not null,
      primary key (tenant, device_type, ordinal, state, reason, stage)`,
  },
  {
    name: 'forecast',
    columns: `
      rollout integer primary key references rollout (id) on delete cascade,
      tenant integer not null,
      made_at integer,
      forecast text,
      outcome text,
      compared_at integer`,
  },
  {
    name: 'served_bytes',
    withoutRowid: true,
    columns: `
      rollout integer not null references forecast (rollout) on delete cascade,
      span integer not null,
      bytes integer not null,
      primary key (rollout, span)`,
  },
  {
    name: 'imported_record',
    columns: `
      id identity primary key,
      tenant integer not null references tenant (id),
      source text not null,
      kind text not null ${oneOf('kind', ['rollout', 'assignment'])},
      number integer not null,
      device text not null,
      device_fold text not null,
      rollout text not null,
      rollout_fold text not null,
      release text not null,
      release_fold text not null,
      state text not null,
      started_at integer not null,
      ended_at integer not null,
      actor text not null,
      details text not null`,
  },
];
