import type {
  AssignmentState,
  AttemptState,
  CancelIntent,
  PhaseState,
  ReleaseState,
  RolloutState,
} from '@updraft/core';
import type { Generated } from 'kysely';

/**
 * The tables, the same in SQLite and PostgreSQL.
 *
 * `id` is a bigint identity and is what hawkBit's wires show as a number; `uid` is the UUIDv7 that our own API shows.
 * Instants are epoch milliseconds; booleans are 0 and 1; `*_fold` is core's `fold` of the column beside it and is what
 * filters and uniqueness compare, binary. JSON is text. `revision` starts at 1 and grows with every write of the row.
 */
export type Schema = {
  readonly tenant: TenantTable;
  readonly user_account: UserAccountTable;
  readonly api_token: ApiTokenTable;
  readonly gateway_token: GatewayTokenTable;
  readonly signing_certificate: SigningCertificateTable;
  readonly idempotency_key: IdempotencyKeyTable;
  readonly device_type: DeviceTypeTable;
  readonly device: DeviceTable;
  readonly device_identity: DeviceIdentityTable;
  readonly device_attribute: DeviceAttributeTable;
  readonly device_component: DeviceComponentTable;
  readonly contact: ContactTable;
  readonly artifact: ArtifactTable;
  readonly upload: UploadTable;
  readonly component: ComponentTable;
  readonly component_artifact: ComponentArtifactTable;
  readonly release: ReleaseTable;
  readonly release_component: ReleaseComponentTable;
  readonly release_device_type: ReleaseDeviceTypeTable;
  readonly rollout: RolloutTable;
  readonly phase: PhaseTable;
  readonly assignment: AssignmentTable;
  readonly attempt: AttemptTable;
  readonly report: ReportTable;
  readonly counter: CounterTable;
  readonly counter_delta: CounterDeltaTable;
  readonly event: EventTable;
  readonly lease: LeaseTable;
  readonly server_state: ServerStateTable;
  readonly migration: MigrationTable;
};

type Flag = 0 | 1;
type Instant = number;

type TenantTable = {
  id: Generated<number>;
  uid: string;
  name: string;
  /** Unique. */
  name_fold: string;
  poll_interval_seconds: number;
  signing_policy: 'off' | 'warn' | 'require';
  target_tokens: Flag;
  gateway_tokens: Flag;
  /** The next unused wire id; ids lie in 1..2^31−1. */
  next_action: Generated<number>;
  /** Bumped by what a gate reads: rollout and phase state, release state, device type, these settings. */
  rollouts_revision: Generated<number>;
  created_at: Instant;
  revision: Generated<number>;
};

type UserAccountTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  name: string;
  /** Unique in the whole server: a log-in names no tenant. */
  name_fold: string;
  /** argon2id, PHC string. */
  password_hash: string;
  created_at: Instant;
  revision: Generated<number>;
};

type ApiTokenTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  name: string;
  name_fold: string;
  /** The user who acts through it; null for a machine under its own name. */
  user_id: number | null;
  created_by: string;
  /** sha256 of the secret, hex; unique. */
  token_hash: string;
  created_at: Instant;
  expires_at: Instant | null;
  last_used_at: Instant | null;
};

type GatewayTokenTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  name: string;
  name_fold: string;
  token_hash: string;
  created_at: Instant;
};

type SigningCertificateTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  name: string;
  name_fold: string;
  subject: string;
  fingerprint: string;
  not_before: Instant;
  not_after: Instant;
  pem: string;
  created_at: Instant;
};

/** Primary key (tenant, actor, key). A row without a status belongs to a request still under way. */
type IdempotencyKeyTable = {
  tenant: number;
  actor: string;
  key: string;
  /** sha256 of method, path and body, hex. */
  request_hash: string;
  status: number | null;
  response: string | null;
  created_at: Instant;
};

type DeviceTypeTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  name: string;
  name_fold: string;
  description: string;
  version_attribute: string | null;
  created_at: Instant;
  revision: Generated<number>;
};

type DeviceTable = {
  id: Generated<number>;
  tenant: number;
  name: string;
  /** The exact name decides identity; the fold serves filters and order. Unique (tenant, name). */
  name_fold: string;
  description: string;
  type: number | null;
  parent: number | null;
  group_path: Generated<string>;
  group_fold: Generated<string>;
  site: Generated<string>;
  zone: Generated<string>;
  identity: 'accepted' | 'pending' | 'rejected';
  running_release_id: number | null;
  /** 1: the next contact is asked for its attributes. */
  attributes_wanted: Generated<Flag>;
  /** The open assignment that the door serves; null where none is open. Kept by every write to assignments. */
  assignment_id: number | null;
  created_at: Instant;
  /** Bumped by every write to the device, its identities, attributes flag, assignments and attempts. */
  revision: Generated<number>;
};

/** Primary key (tenant, door, subject). */
type DeviceIdentityTable = {
  tenant: number;
  door: 'ddi';
  subject: string;
  device: number;
  /** sha256 of the device's token, hex; null where it joined by a gateway token. */
  token_hash: string | null;
};

/** Primary key (device, key). What the device says of itself. */
type DeviceAttributeTable = {
  device: number;
  key: string;
  key_fold: string;
  value: string;
  value_fold: string;
  reported_at: Instant;
};

/** Primary key (device, component, slot): what runs, as far as is known. */
type DeviceComponentTable = {
  device: number;
  component: string;
  version: string;
  slot: string;
  since: Instant;
};

/** Primary key device. Narrow on purpose: flushed in batches, apart from the wide row; may lose a flush interval. */
type ContactTable = { device: number; at: Instant };

type ArtifactTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  filename: string;
  filename_fold: string;
  size: number;
  sha256: string;
  sha1: string;
  md5: string;
  kind: 'swu' | 'other';
  signature: 'verified' | 'unverified' | 'unsigned';
  reason: string | null;
  /** JSON: the signers, and what `bundle inspect` says. */
  signers: string;
  inspection: string;
  created_at: Instant;
  created_by: string;
};

type UploadTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  filename: string;
  size: number;
  state: 'receiving' | 'checking' | 'done' | 'refused';
  artifact: number | null;
  code: string | null;
  created_by: string;
  created_at: Instant;
  expires_at: Instant;
};

type ComponentTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  name: string;
  name_fold: string;
  version: string;
  version_fold: string;
  kind: string;
  created_at: Instant;
};

/** Primary key (component, artifact). */
type ComponentArtifactTable = { component: number; artifact: number; position: number };

type ReleaseTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  name: string;
  name_fold: string;
  version: string;
  version_fold: string;
  description: string;
  state: ReleaseState;
  required_step: Generated<Flag>;
  /** Canonical JSON and its sha256, fixed at publishing. */
  manifest: string | null;
  manifest_sha256: string | null;
  counter: number | null;
  created_at: Instant;
  published_at: Instant | null;
  withdrawn_at: Instant | null;
  revision: Generated<number>;
};

type ReleaseComponentTable = { release: number; component: number; position: number };
type ReleaseDeviceTypeTable = { release: number; device_type: number };

type RolloutTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  kind: 'rollout' | 'direct' | 'auto' | 'return';
  name: string;
  name_fold: string;
  description: string;
  release: number;
  filter: string;
  state: RolloutState;
  weight: number;
  /** JSON: time limits, and later the rest of the policy. */
  policy: string;
  /** The greatest device id already materialised; null once it is done. */
  cursor: number | null;
  planned: number;
  next_at: Instant | null;
  created_at: Instant;
  created_by: string;
  started_at: Instant | null;
  ended_at: Instant | null;
  revision: Generated<number>;
};

/** Primary key (rollout, number). */
type PhaseTable = {
  rollout: number;
  number: number;
  state: PhaseState;
  total: number;
  spec: string;
  started_at: Instant | null;
  next_at: Instant | null;
  revision: Generated<number>;
};

type AssignmentTable = {
  id: Generated<number>;
  tenant: number;
  device: number;
  rollout: number;
  phase: number;
  /** The wire id of its first attempt; unique in the tenant. */
  number: number;
  state: AssignmentState;
  reason: string | null;
  /** The newest attempt. */
  attempt_id: number | null;
  failed_attempts: Generated<number>;
  cancel_intent: CancelIntent | null;
  not_before: Instant | null;
  next_at: Instant | null;
  created_at: Instant;
  ended_at: Instant | null;
  revision: Generated<number>;
};

type AttemptTable = {
  id: Generated<number>;
  tenant: number;
  assignment: number;
  device: number;
  number: number;
  ordinal: number;
  state: AttemptState;
  state_at: Instant;
  canceled_from: AttemptState | null;
  consent: string | null;
  /** Words of core's evidence, joined by a comma. */
  evidence: string;
  offered_at: Instant | null;
  install_offered_at: Instant | null;
  begun_at: Instant | null;
  cancel_refused_at: Instant | null;
  heard_at: Instant | null;
  next_at: Instant | null;
  ended_at: Instant | null;
  reason: string | null;
  revision: Generated<number>;
};

type ReportTable = {
  id: Generated<number>;
  attempt: number;
  at: Instant;
  /** The device's clock, as it wrote it. */
  device_at: string | null;
  kind: string;
  code: number | null;
  /** JSON array of strings. */
  details: string;
};

/** Primary key (rollout, phase, state); `state` is the shown state, or `erred`. */
type CounterTable = { rollout: number; phase: number; state: string; n: number };
type CounterDeltaTable = { id: Generated<number>; rollout: number; phase: number; state: string; n: number };

type EventTable = {
  id: Generated<number>;
  tenant: number;
  at: Instant;
  name: string;
  actor: string | null;
  subject_kind: string;
  subject_id: string;
  /** JSON object. */
  data: string;
  /** Given after the commit, without gaps, in the order readers see; unique. */
  position: number | null;
};

/** Primary key name. Times are the database's clock. */
type LeaseTable = { name: string; owner: string; expires_at: Instant };

/** One row a key: `listening_since`, … */
type ServerStateTable = { key: string; value: string };

type MigrationTable = { number: number; name: string; applied_at: Instant };
