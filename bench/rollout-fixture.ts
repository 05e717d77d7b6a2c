import { DEFAULT_POLICY, ONE_PHASE } from '@updraft/core';
import type { BulkLoad } from './load/beside-server.ts';
import { tokenHash } from '../packages/server/src/access/secret-tokens.ts';

/** All devices have the same: what is measured is not how tokens are made. */
export const TOKEN = 'token-of-every-device';

const ROWS_PER_STATEMENT = 100_000;
const NAME_DIGITS = 7;
const MINUTE_MS = 60_000;
const YEAR_MS = 365 * 86_400_000;

/** The name of device `index`, counted from 1. */
export function deviceName(index: number): string {
  return `gw-${String(index).padStart(NAME_DIGITS, '0')}`;
}

/** Adds `count` devices to the first tenant of a server that has just started for the first time. */
export function fleetLoad(count: number, now: number): BulkLoad {
  const slices = Array.from({ length: Math.ceil(count / ROWS_PER_STATEMENT) }, (_, at) => ({
    from: at * ROWS_PER_STATEMENT + 1,
    to: Math.min((at + 1) * ROWS_PER_STATEMENT, count),
  }));
  const types = ['a', 'b', 'c', 'd', 'e'].map(
    (letter) =>
      `insert into device_type (uid, tenant, name, name_fold, description, created_at)
       values ('type-${letter}', 1, 'board-${letter}', 'board-${letter}', '', 0)`,
  );
  const statements = [...types, ...slices.flatMap((slice) => deviceStatements(slice, now))];
  return { fills: ['device', 'device_identity', 'device_attribute'], statements };
}

function deviceStatements({ from, to }: { readonly from: number; readonly to: number }, now: number) {
  const n = `with recursive n (i) as (select cast(${from} as bigint) union all select i + 1 from n where i < ${to})`;
  const name = `'gw-' || substr(cast(${10 ** NAME_DIGITS} + i as text), 2)`;
  const group = `'/plant' || (i / 10000) || '/line' || ((i / 1000) % 10)`;
  const attribute = (key: string, value: string) =>
    `insert into device_attribute (device, tenant, key, value, value_fold, reported_at)
     ${n} select i, 1, '${key}', ${value}, ${value}, 0 from n`;
  return [
    `insert into device (tenant, name, name_fold, description, type, identity, group_path, group_fold, site, site_fold, zone,
       attributes_wanted, contacted, created_at)
     ${n} select 1, ${name}, ${name}, '', 1 + i % 5, 'accepted', ${group}, ${group} || '/', 'site-' || (i / 500),
       'site-' || (i / 500), case i % 4 when 0 then 'Europe/Rome' when 1 then 'Asia/Tokyo' else '' end, 0, 1,
       ${now} - i * 1000 from n`,
    `insert into device_identity (tenant, door, subject, device, token_hash)
     ${n} select 1, 'ddi', ${name}, i, '${tokenHash(TOKEN)}' from n`,
    `insert into contact (device, at) ${n} select i, ${now} - (i * 7919) % ${5 * MINUTE_MS} from n`,
    attribute('hw', `case i % 3 when 0 then 'rev-a' when 1 then 'rev-b' else 'rev-c' end`),
    attribute('os_version', `case when i % 100 < 90 then '2.1.' else '2.0.' end || (i % 10)`),
  ];
}

/** Adds rollouts that run and have nothing to do now, of the first release. */
export function restingRollouts(count: number, now: number): BulkLoad {
  const n = `with recursive n (i) as (select cast(1 as bigint) union all select i + 1 from n where i < ${count})`;
  const policy = JSON.stringify(DEFAULT_POLICY);
  const spec = JSON.stringify(ONE_PHASE);
  const statements = [
    `insert into rollout (uid, tenant, kind, name, name_fold, description, release, filter, state, weight, policy, planned,
       is_counted, next_at, created_at, created_by, maker, started_at)
     ${n} select 'resting-' || i, 1, 'rollout', 'resting-' || i, 'resting-' || i, '', 1, '', 'running', 500, '${policy}', 1,
       1, ${now} + ${YEAR_MS} + i, 0, 'bench', 'bench', 0 from n`,
    `insert into phase (rollout, number, state, planned, total, spec, started_at, next_at)
     select id, 1, 'started', 1, 1, '${spec}', 0, ${now} + ${YEAR_MS} + id from rollout where uid like 'resting-%'`,
  ];
  return { fills: [], statements };
}
