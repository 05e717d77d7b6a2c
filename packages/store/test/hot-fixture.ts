import type { CommandContext } from '../src/command.ts';
import { sql } from 'kysely';

const SHA = 'a'.repeat(64);

/** One row, at least, in every table that hot statements read, with the ids that they name. */
export async function addHotFixture({ db }: Pick<CommandContext, 'db'>): Promise<void> {
  for (const statement of FIXTURE) await sql.raw(statement).execute(db);
}

const FIXTURE: readonly string[] = [
  `insert into tenant (uid, name, name_fold, poll_interval_seconds, signing_policy, target_tokens, gateway_tokens, created_at)
   values ('t', 'DEFAULT', 'default', 300, 'off', 1, 0, 0)`,
  `insert into user_account (uid, tenant, name, name_fold, password_hash, created_at) values ('u', 1, 'a', 'a', '', 0)`,
  `insert into api_token (uid, tenant, name, name_fold, created_by, maker, token_hash, created_at) values ('k', 1, 'a', 'a', 'a', 'a', 'h', 0)`,
  `insert into device_type (uid, tenant, name, name_fold, description, created_at) values ('y', 1, 'board', 'board', '', 0)`,
  `insert into release (uid, tenant, name, name_fold, version, version_fold, description, state, manifest, manifest_sha256, counter, created_at)
   values ('r', 1, 'os', 'os', '2', '2', '', 'published', '{}', '${SHA}', 1, 0)`,
  `insert into release_device_type values (1, 1)`,
  `insert into artifact (uid, tenant, filename, filename_fold, size, sha256, sha1, md5, kind, signature, signers, inspection, created_at, created_by)
   values ('a', 1, 'a', 'a', 1, '${SHA}', '', '', 'other', 'unsigned', '[]', '{}', 0, '')`,
  `insert into component (uid, tenant, name, name_fold, version, version_fold, kind, created_at) values ('c', 1, 'a', 'a', '1', '1', 'os', 0)`,
  `insert into component_artifact values (1, 1, 0)`,
  `insert into release_component values (1, 1, 0)`,
  `insert into rollout (uid, tenant, kind, name, name_fold, description, release, filter, state, weight, policy, planned, next_at, created_at, created_by, maker)
   values ('o', 1, 'rollout', 'a', 'a', '', 1, '', 'running', 1000, '{}', 1, 0, 0, '', '')`,
  `insert into phase (rollout, number, state, total, spec, started_at, next_at) values (1, 1, 'started', 1, '{}', 0, 0)`,
  ...[1, 2, 3].flatMap((id) => [
    `insert into device (tenant, name, name_fold, description, type, identity, assignment_id, created_at)
     values (1, 'gw-${id}', 'gw-${id}', '', 1, 'accepted', ${id === 1 ? 1 : 'null'}, 0)`,
    `insert into device_identity values (1, 'ddi', 'gw-${id}', ${id}, 'h', null)`,
    `insert into device_attribute values (${id}, 1, 'k', 'v', 'v', 0)`,
  ]),
  `insert into assignment (tenant, device, rollout, phase, number, state, attempt_id, created_at) values (1, 1, 1, 1, 1, 'active', 1, 0)`,
  `insert into attempt (tenant, assignment, device, number, ordinal, state, state_at, evidence, offered_at, next_at)
   values (1, 1, 1, 1, 1, 'offered', 0, '', 0, 0)`,
  `insert into report (attempt, at, kind, details) values (1, 0, 'noted', '[]')`,
  `insert into counter_delta (rollout, phase, state, n) values (1, 1, 'offered', 1)`,
  `insert into event (tenant, at, name, subject_kind, subject_id, data, position) values (1, 0, 'a.b', 'a', '1', '{}', 1)`,
  `update server_state set value = '1' where key = 'event-position'`,
  `update tenant set next_action = 2`,
  `insert into event (tenant, at, name, subject_kind, subject_id, data) values (1, 0, 'a.b', 'a', '1', '{}')`,
];
