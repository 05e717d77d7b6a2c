import {
  DEFAULT_OVERDUE_ALLOWANCE_SECONDS,
  DEFAULT_PENALTY_RULE,
  DEFAULT_RETENTION,
  MAX_RETENTION_DAYS,
  MAX_POLL_INTERVAL_SECONDS,
  MIN_POLL_INTERVAL_SECONDS,
} from '@updraft/core';
import type { Table } from './table.ts';
import { flag, oneOf } from './table.ts';

/** Wire ids of hawkBit's clients are 32-bit and signed; `next_action` may stand one past the last. */
const NEXT_ACTION_MAX = 2 ** 31;

/** A column with how many days something is kept; 0 is for ever. */
function keptDays(column: string, days: number): string {
  return `${column} integer not null default ${days} check (${column} between 0 and ${MAX_RETENTION_DAYS})`;
}

export const accessTables: readonly Table[] = [
  {
    name: 'tenant',
    columns: `
      id identity primary key,
      uid text not null unique,
      name text not null,
      name_fold text not null unique,
      poll_interval_seconds integer not null
        check (poll_interval_seconds between ${MIN_POLL_INTERVAL_SECONDS} and ${MAX_POLL_INTERVAL_SECONDS}),
      overdue_allowance_seconds integer not null default ${DEFAULT_OVERDUE_ALLOWANCE_SECONDS}
        check (overdue_allowance_seconds between 0 and ${MAX_POLL_INTERVAL_SECONDS}),
      zone_attribute text,
      site_attribute text,
      place_cursor integer,
      signing_policy text not null ${oneOf('signing_policy', ['off', 'warn', 'require'])},
      ${flag('target_tokens')},
      ${flag('gateway_tokens')},
      ${flag('trusted_header')} default 0,
      header_authorities text not null default '',
      poll_rules text not null default '',
      penalty_failures integer not null default ${DEFAULT_PENALTY_RULE.failures},
      penalty_within_seconds integer not null default ${DEFAULT_PENALTY_RULE.withinSeconds},
      penalty_seconds integer not null default ${DEFAULT_PENALTY_RULE.seconds},
      ${keptDays('keep_rollouts_days', DEFAULT_RETENTION.rollouts)},
      ${keptDays('keep_events_days', DEFAULT_RETENTION.events)},
      ${keptDays('keep_artifacts_days', DEFAULT_RETENTION.artifacts)},
      events_gone integer not null default 0,
      next_action integer not null default 1 check (next_action between 1 and ${NEXT_ACTION_MAX}),
      rollouts_revision integer not null default 1,
      created_at integer not null,
      revision integer not null default 1`,
  },
  {
    name: 'user_account',
    columns: `
      id identity primary key,
      uid text not null unique,
      tenant integer not null references tenant (id),
      name text not null,
      name_fold text not null unique,
      password_hash text not null,
      rights text not null default '',
      created_at integer not null,
      revision integer not null default 1`,
  },
  {
    name: 'api_token',
    columns: `
      id identity primary key,
      uid text not null unique,
      tenant integer not null references tenant (id),
      name text not null,
      name_fold text not null,
      user_id integer references user_account (id) on delete cascade,
      created_by text not null,
      maker text not null,
      token_hash text not null unique,
      rights text not null default '',
      created_at integer not null,
      expires_at integer,
      last_used_at integer`,
  },
  {
    name: 'gateway_token',
    columns: `
      id identity primary key,
      uid text not null unique,
      tenant integer not null references tenant (id),
      name text not null,
      name_fold text not null,
      token_hash text not null unique,
      device_type integer,
      created_at integer not null`,
  },
  {
    name: 'signing_certificate',
    columns: `
      id identity primary key,
      uid text not null unique,
      tenant integer not null references tenant (id),
      name text not null,
      name_fold text not null,
      subject text not null,
      fingerprint text not null,
      not_before integer not null,
      not_after integer not null,
      pem text not null,
      created_at integer not null`,
  },
  {
    name: 'idempotency_key',
    withoutRowid: true,
    columns: `
      tenant integer not null references tenant (id),
      actor text not null,
      key text not null,
      request_hash text not null,
      status integer,
      response text,
      created_at integer not null,
      primary key (tenant, actor, key)`,
  },
  {
    name: 'lease',
    withoutRowid: true,
    columns: `name text not null primary key, owner text not null, expires_at integer not null`,
  },
  {
    name: 'server_state',
    withoutRowid: true,
    columns: `key text not null primary key, value text not null`,
  },
];
