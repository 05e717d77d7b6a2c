import type { BulkLoad } from './load/beside-server.ts';

const SHA = 'a'.repeat(64);

/** Makes a tenant with `count` devices and all that filters look at; `now` is epoch ms. */
export function filtersLoad(count: number, now: number): BulkLoad {
  const statements = [...software(), ...slices(count).flatMap((slice) => devices(slice, now))];
  return {
    fills: ['device', 'device_attribute', 'device_metadata', 'device_tag', 'assignment', 'attempt'],
    statements,
  };
}

type Slice = { readonly from: number; readonly to: number };

/** Each is one commit: PostgreSQL's memory and SQLite's WAL stay small. */
function slices(count: number): readonly Slice[] {
  const rows = 100_000;
  return Array.from({ length: Math.ceil(count / rows) }, (_, at) => ({
    from: at * rows + 1,
    to: Math.min((at + 1) * rows, count),
  }));
}

function software(): readonly string[] {
  const release = (id: number, version: string) =>
    `insert into release (uid, tenant, name, name_fold, version, version_fold, description, state, manifest, manifest_sha256, counter, created_at)
     values ('r${id}', 1, 'os', 'os', '${version}', '${version}', '', 'published', '{}', '${SHA}', ${id}, 0)`;
  const type = (letter: string) =>
    `insert into device_type (uid, tenant, name, name_fold, description, created_at) values ('y${letter}', 1, 'board-${letter}', 'board-${letter}', '', 0)`;
  return [
    `insert into tenant (uid, name, name_fold, poll_interval_seconds, signing_policy, target_tokens, gateway_tokens, created_at)
     values ('t', 'DEFAULT', 'default', 300, 'off', 1, 0, 0)`,
    ...['a', 'b', 'c', 'd', 'e'].map(type),
    ...['1.0.0', '2.0.0', '2.1.0', '3.0.0'].map((version, at) => release(at + 1, version)),
    ...['canary', 'lab', 'prod'].map(
      (name) => `insert into tag (tenant, name, name_fold, created_at) values (1, '${name}', '${name}', 0)`,
    ),
    `insert into rollout (uid, tenant, kind, name, name_fold, description, release, filter, state, weight, policy, planned, created_at, created_by, maker)
     values ('o', 1, 'rollout', 'a', 'a', '', 4, '', 'running', 1000, '{}', 1, 0, '', '')`,
    `insert into phase (rollout, number, state, total, spec, started_at) values (1, 1, 'started', 1, '{}', 0)`,
    `insert into phase (rollout, number, state, total, spec) values (1, 2, 'waiting', 1, '{}')`,
  ];
}

/** Half of the devices are assigned a release, one of a thousand works on it; groups lie together in the order of names. */
function devices({ from, to }: Slice, now: number): readonly string[] {
  const n = `with recursive n (i) as (select cast(${from} as bigint) union all select i + 1 from n where i < ${to})`;
  const name = `'gw-' || substr(cast(10000000 + i as text), 2)`;
  const group = `'/plant' || (i / 10000) || '/line' || ((i / 1000) % 10)`;
  const release = `case when i % 100000 = 7 then 4 when i % 100 < 90 then 3 when i % 100 < 99 then 2 else 1 end`;
  const attribute = (key: string, value: string) =>
    `insert into device_attribute (device, tenant, key, value, value_fold, reported_at)
     ${n} select i, 1, '${key}', ${value}, ${value}, 0 from n`;
  const tag = (id: number, every: string) =>
    `insert into device_tag (device, tag) ${n} select i, ${id} from n where ${every}`;
  const states = `case (i / 2000) % 4 when 0 then 'downloading' when 1 then 'installing' when 2 then 'awaiting-report' else 'offered' end`;
  return [
    `insert into device (tenant, name, name_fold, description, type, identity, running_release_id, penalty_until, assignment_id,
       group_path, group_fold, site, site_fold, zone, contacted, created_at)
     ${n} select 1, ${name}, ${name}, '', 1 + i % 5, case when i % 10000 = 3 then 'pending' else 'accepted' end, ${release},
       case when i % 20000 = 5 then ${now} + 3600000 end, case when i % 2000 = 0 then i / 2 end,
       ${group}, ${group} || '/', 'site-' || (i / 500), 'site-' || (i / 500),
       case i % 4 when 0 then 'Europe/Rome' when 1 then 'Asia/Tokyo' else '' end,
       case when i % 5000 = 2 then 0 else 1 end, ${now} - i * 1000 from n`,
    `insert into contact (device, at)
     ${n} select i, ${now} - case when i % 1000 = 1 then 86400000 else (i * 7919) % 300000 end from n where i % 5000 <> 2`,
    attribute('hw', `case i % 3 when 0 then 'rev-a' when 1 then 'rev-b' else 'rev-c' end`),
    attribute('serial', `'sn' || (i * 7919)`),
    attribute('os_version', `case when i % 100 < 90 then '2.1.' else '2.0.' end || (i % 10)`),
    `insert into device_metadata (device, tenant, key, value, value_fold)
     ${n} select i, 1, 'customer', 'c' || (i % 1000), 'c' || (i % 1000) from n where i % 2 = 0`,
    tag(1, 'i % 100 = 0'),
    tag(2, 'i % 10000 = 1'),
    tag(3, 'i % 10 <> 0'),
    `insert into assignment (tenant, device, rollout, phase, number, state, attempt_id, created_at)
     ${n} select 1, i, 1, case when i % 4 = 0 then 1 else 2 end, i, case when i % 2000 = 0 then 'active' else 'waiting' end,
       case when i % 2000 = 0 then i / 2000 end, 0 from n where i % 2 = 0`,
    `insert into attempt (tenant, assignment, device, number, ordinal, state, state_at, evidence)
     ${n} select 1, i / 2, i, i, 1, ${states}, 0, '' from n where i % 2000 = 0`,
  ];
}
