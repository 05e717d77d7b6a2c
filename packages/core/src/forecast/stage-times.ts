import type { Instant } from '../attempt.ts';
import type { AttemptState, ClosedAttemptState } from '../attempt-lifecycle.ts';
import { linkClassOf } from './link-class.ts';
import { logBucketOf } from './log-bucket.ts';

/**
 * What one update of one device is made of: `begin` from the offer to its first byte or report, `download` in bytes a
 * second, `prepare` from the last byte to the installation, `install` to the end, with the reboot.
 */
export const STAGES = ['begin', 'download', 'prepare', 'install'] as const;
export type Stage = (typeof STAGES)[number];

/** When a closed attempt was where; null: it was not seen there. */
export type AttemptTimes = {
  readonly state: AttemptState;
  readonly offeredAt: Instant | null;
  readonly begunAt: Instant | null;
  readonly downloadedAt: Instant | null;
  readonly installOfferedAt: Instant | null;
  readonly installingAt: Instant | null;
  readonly endedAt: Instant;
  /** When its device was last in contact, by then. */
  readonly contactAt: Instant | null;
  /** What its device had to download. */
  readonly bytes: number;
};

export type MeasuredStage = { readonly stage: Stage; readonly bucket: number };

/** The stages that the attempt finished. How long an installation takes is learnt from those that succeeded. */
export function measuredStages(times: AttemptTimes): readonly MeasuredStage[] {
  const { offeredAt, begunAt, downloadedAt, installOfferedAt, installingAt, endedAt } = times;
  const granted = downloadedAt === null ? null : Math.max(downloadedAt, installOfferedAt ?? 0);
  const measured: MeasuredStage[] = [];
  const add = (stage: Stage, value: number | null) => {
    if (value !== null) measured.push({ stage, bucket: logBucketOf(value) });
  };
  add('begin', between(offeredAt, begunAt));
  add('download', bytesPerSecond(times));
  add('prepare', between(granted, installingAt));
  if (times.state === 'succeeded') add('install', between(installingAt ?? granted ?? begunAt, endedAt));
  return measured;
}

/** The reason under which its end is counted: a limit that passed over a device that had fallen silent tells of no slow one. */
export function countedReason({ state, begunAt, endedAt, contactAt }: AttemptTimes, reason: string): string {
  if (state !== 'timed-out' || begunAt === null) return reason;
  return (contactAt ?? 0) <= (begunAt + endedAt) / 2 ? SILENT : reason;
}

/** Counts in place of the limit that ended an attempt whose device said nothing more. */
export const SILENT = 'silent';

/** The last stage that the attempt is known to have finished; '': none. */
export function lastStageOf(times: AttemptTimes): Stage | '' {
  if (times.installingAt !== null) return 'prepare';
  if (times.downloadedAt !== null) return 'download';
  return times.begunAt === null ? '' : 'begin';
}

/** The link class that the attempt's download shows; null: it shows none. */
export function linkOf(times: AttemptTimes): number | null {
  const speed = bytesPerSecond(times);
  return speed === null ? null : linkClassOf(speed);
}

/** How often attempts of a device type (by its id; 0: none) on such links passed a stage in about such a time. */
export type StageCount = MeasuredStage & { readonly deviceType: number; readonly link: number; readonly n: number };

/** Attempts after this one count as it. */
export const MAX_COUNTED_ORDINAL = 3;

/** How often the `ordinal`-th attempts of devices of a type ended so, and after which stage. */
export type EndCount = {
  readonly deviceType: number;
  readonly ordinal: number;
  readonly state: ClosedAttemptState;
  readonly reason: string;
  readonly stage: Stage | '';
  readonly n: number;
};

function bytesPerSecond({ bytes, begunAt, downloadedAt }: AttemptTimes): number | null {
  const took = between(begunAt, downloadedAt);
  return took === null || bytes === 0 ? null : (bytes * 1000) / Math.max(1, took);
}

function between(from: Instant | null, to: Instant | null): number | null {
  return from === null || to === null || to < from ? null : to - from;
}
