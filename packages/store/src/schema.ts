import type { AssignmentState, AttemptState, CancelIntent, ConsentState, DeviceIdentity } from '@updraft/core';
import type { Generated } from 'kysely';
import type { AccessSchema } from './access-schema.ts';
import type { HistorySchema } from './history-schema.ts';
import type { KindSchema } from './kind-schema.ts';
import type { OrganisationSchema } from './organisation-schema.ts';
import type { RolloutSchema } from './rollout-schema.ts';
import type { SoftwareSchema } from './software-schema.ts';

/**
 * The tables, the same in SQLite and PostgreSQL.
 *
 * `id` is a bigint identity and is what hawkBit's wires show as a number; `uid` is the UUIDv7 that our own API shows.
 * Instants are epoch milliseconds; booleans are 0 and 1; `*_fold` is core's `fold` of the column beside it and is what
 * filters and uniqueness compare, binary. JSON is text. `revision` starts at 1 and grows with every write of the row.
 */
export type Schema = AccessSchema &
  HistorySchema &
  KindSchema &
  OrganisationSchema &
  RolloutSchema &
  SoftwareSchema & {
    readonly tenant: TenantTable;
    readonly device_type: DeviceTypeTable;
    readonly device: DeviceTable;
    readonly device_identity: DeviceIdentityTable;
    readonly device_attribute: DeviceAttributeTable;
    readonly device_component: DeviceComponentTable;
    readonly contact: ContactTable;
    readonly assignment: AssignmentTable;
    readonly attempt: AttemptTable;
    readonly report: ReportTable;
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
  /** A device is overdue when its last contact is older than the poll interval and this. */
  overdue_allowance_seconds: Generated<number>;
  /** The attributes in which devices name their time zone and their site; null: none does. */
  zone_attribute: Generated<string | null>;
  site_attribute: Generated<string | null>;
  /** The device id behind which zones and sites are to be worked out anew; null: all are as they should be. */
  place_cursor: Generated<number | null>;
  signing_policy: 'off' | 'warn' | 'require';
  target_tokens: Flag;
  gateway_tokens: Flag;
  /** 1: a named proxy may say who a device is, in the name of one of `header_authorities`, which `,` or `;` part. */
  trusted_header: Generated<Flag>;
  header_authorities: Generated<string>;
  /** JSON: core's poll rules; empty: none. */
  poll_rules: Generated<string>;
  /** So many failed attempts (0: any number) within so many seconds set a device aside for so long. */
  penalty_failures: Generated<number>;
  penalty_within_seconds: Generated<number>;
  penalty_seconds: Generated<number>;
  /** 0: for ever. */
  keep_rollouts_days: Generated<number>;
  keep_events_days: Generated<number>;
  keep_artifacts_days: Generated<number>;
  /** The position of the newest event that was removed; 0 where none was. */
  events_gone: Generated<number>;
  /** The next unused wire id; ids lie in 1..2^31−1. */
  next_action: Generated<number>;
  /** Bumped by what a gate reads: rollout and phase state, release state, device type, these settings. */
  rollouts_revision: Generated<number>;
  created_at: Instant;
  revision: Generated<number>;
};

type DeviceTypeTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  name: string;
  name_fold: string;
  description: string;
  version_attribute: string | null;
  slot_attribute: string | null;
  boot_id_attribute: string | null;
  /** How long a device of this type may take from its install to its evidence; null: as the rollout says. */
  verifying_seconds: number | null;
  /** Whether its devices may be brought back to an older release. */
  downgrade: Generated<'allowed' | 'refused'>;
  /** A short name for programs; empty: as its name. */
  key: Generated<string>;
  key_fold: Generated<string>;
  /** As people paint it; empty: in none. */
  colour: Generated<string>;
  created_at: Instant;
  created_by: Generated<string>;
  changed_at: Generated<Instant>;
  changed_by: Generated<string>;
  revision: Generated<number>;
};

type DeviceTable = {
  id: Generated<number>;
  tenant: number;
  name: string;
  /** The exact name decides identity; the fold serves filters and order. Unique (tenant, name). */
  name_fold: string;
  description: string;
  description_fold: Generated<string>;
  type: number | null;
  parent: number | null;
  /** `/plant/line1`, as its `device_group` is written; empty: none. The fold is core's `pathFold`. */
  group_path: Generated<string>;
  group_fold: Generated<string>;
  /** What its site attribute says; empty: nothing. */
  site: Generated<string>;
  site_fold: Generated<string>;
  /** The zone that counts, an IANA name: its own, else that of its nearest group; empty: none. */
  zone: Generated<string>;
  identity: DeviceIdentity;
  running_release_id: number | null;
  /** The wire id of the attempt or assignment that brought it; null: nothing did that is known. */
  installed_number: Generated<number | null>;
  /** Until when it is set aside after failures; null: it is not. */
  penalty_until: Instant | null;
  /** Failures before this count no more: it was set aside, or released. */
  failures_since: Instant | null;
  /** When its hardware was put in the place of another's; null: never. */
  replaced_at: Generated<Instant | null>;
  /** 1: the next contact is asked for its attributes. */
  attributes_wanted: Generated<Flag>;
  /** Of a device that was never in contact always 0; 1 follows within the hour of its first contact. */
  contacted: Generated<Flag>;
  /** The open assignment that the door serves; null where none is open. Kept by every write to assignments. */
  assignment_id: number | null;
  /** What people call it; empty: as its name. */
  display_name: Generated<string>;
  display_name_fold: Generated<string>;
  /** Where it is reached, as an operator wrote it; empty: not said. */
  address: Generated<string>;
  address_fold: Generated<string>;
  /** Since when consent is given for it without asking; null: it is asked. By whom, and why. */
  auto_consent_at: Generated<Instant | null>;
  auto_consent_by: Generated<string>;
  auto_consent_note: Generated<string>;
  created_at: Instant;
  /** Empty: it joined by itself. */
  created_by: Generated<string>;
  /** Of what an operator says of it; 0: unchanged since it was made. */
  changed_at: Generated<Instant>;
  changed_by: Generated<string>;
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
  /** The token under the instance key; null where it was shown once. */
  token_sealed: Generated<string | null>;
};

/** Primary key (device, key). What the device says of itself. */
type DeviceAttributeTable = {
  device: number;
  tenant: number;
  key: string;
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
  /** The open attempt, or the one that ended the assignment; null where none is born, between two, and beyond. */
  attempt_id: number | null;
  message: string | null;
  /** How many were born. */
  attempts: Generated<number>;
  failed_attempts: Generated<number>;
  /** 1: counted among its phase's errors. */
  erred: Generated<Flag>;
  cancel_intent: CancelIntent | null;
  /** 1: an operator has made it a forced one, whatever its rollout's policy. */
  forced: Generated<Flag>;
  /** What its device ran before it succeeded: where a return leads. */
  from_release: number | null;
  /** The end of its back-off. */
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
  consent: ConsentState | null;
  /** After a no: when consent is asked for again. */
  asks_again_at: Generated<Instant | null>;
  /** Words of core's evidence, joined by a comma. */
  evidence: string;
  offered_at: Instant | null;
  install_offered_at: Instant | null;
  begun_at: Instant | null;
  /** When it entered these states: what the history of stages is made from. */
  downloaded_at: Generated<Instant | null>;
  installing_at: Generated<Instant | null>;
  cancel_refused_at: Instant | null;
  /** When its device last refused the offer, before it began; and what it said. */
  refused_at: Generated<Instant | null>;
  refusal: Generated<string | null>;
  /** How many of its offers. */
  refusals: Generated<number>;
  heard_at: Instant | null;
  next_at: Instant | null;
  ended_at: Instant | null;
  /** Our code for how it ended. */
  reason: string | null;
  /** The device's own words. */
  message: string | null;
  /** 1: it holds a place of its rollout's pace. */
  pace_held: Generated<Flag>;
  /** The site whose place it last took: its device may have moved since. */
  pace_site: Generated<string>;
  slot_before: string | null;
  boot_id_before: string | null;
  /** 1: its times and its end stand in the history. */
  measured: Generated<Flag>;
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
