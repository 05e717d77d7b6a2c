import type { AttemptState } from '@updraft/core';
import type { Generated } from 'kysely';

/**
 * What forecasts are made from: when devices were in contact, how long the stages of past attempts took, and how these
 * ended. All of it is aggregated; nothing here is written while a device waits for an answer. And what other servers did,
 * before their devices came here.
 */
export type HistorySchema = {
  readonly contact_hours: ContactHoursTable;
  readonly device_rate: DeviceRateTable;
  readonly stage_time: StageTimeTable;
  readonly attempt_end: AttemptEndTable;
  readonly forecast: ForecastTable;
  readonly served_bytes: ServedBytesTable;
  readonly imported_record: ImportedRecordTable;
};

/** Primary key (device, day): in which hours of a day, UTC, the device was in contact. */
type ContactHoursTable = {
  device: number;
  /** Days since 1970-01-01, UTC. */
  day: number;
  /** Bit n: the hour that begins at n o’clock. */
  mask: number;
};

/** Primary key device: how fast it last downloaded, as core's link class. */
type DeviceRateTable = { device: number; link: number; at: number };

/** Primary key (tenant, device_type, link, stage, bucket): how often a stage took about so long (core's time buckets). */
type StageTimeTable = {
  tenant: number;
  /** Its id; 0: of no type. */
  device_type: number;
  link: number;
  stage: string;
  bucket: number;
  n: number;
};

/** Primary key (tenant, device_type, ordinal, state, reason, stage): how often an attempt ended so. */
type AttemptEndTable = {
  tenant: number;
  device_type: number;
  /** Of the attempt in its assignment; core's greatest counted one stands for those after it. */
  ordinal: number;
  state: AttemptState;
  /** Empty: none. */
  reason: string;
  /** The last stage that it is known to have finished; empty: none. */
  stage: string;
  n: number;
};

/** Primary key rollout: what was foretold at its start, and what had come true at its end. */
type ForecastTable = {
  rollout: number;
  tenant: number;
  /** null: it has started, and its forecast is still to be made. */
  made_at: number | null;
  /** JSON. */
  forecast: string | null;
  /** JSON; null while it runs. */
  outcome: Generated<string | null>;
  compared_at: Generated<number | null>;
};

/**
 * Primary key (rollout, span): bytes of artifacts that went out to devices of a rollout, all servers together, until they
 * are compared with its forecast. Written about once a second while bytes flow, never by a download itself.
 */
type ServedBytesTable = {
  rollout: number;
  /** Spans of core's TRAFFIC_SPAN_MS since 1970-01-01, UTC. */
  span: number;
  bytes: number;
};

/**
 * Something that another server brought to its end. It decides nothing: devices of today are only found in it by their names.
 * Unique: (tenant, source, kind, number).
 */
type ImportedRecordTable = {
  id: Generated<number>;
  tenant: number;
  /** Where that server is. */
  source: string;
  kind: 'rollout' | 'assignment';
  /** Its id there. */
  number: number;
  /** Of an assignment: the device's name; else empty. */
  device: string;
  device_fold: string;
  /** The rollout's name; empty: there was none. */
  rollout: string;
  rollout_fold: string;
  /** `NAME:VERSION` */
  release: string;
  release_fold: string;
  /** How that server called it, in small letters. */
  state: string;
  started_at: number;
  ended_at: number;
  /** Who began it there. */
  actor: string;
  /** JSON object: what else that server tells. */
  details: string;
};
