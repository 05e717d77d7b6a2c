import {
  FAILURE_ACTS,
  MAX_BLACKOUTS,
  MAX_PACE,
  MAX_RETRIES,
  MAX_RETRY_FACTOR,
  MAX_RETRY_WAIT_SECONDS,
  MAX_TIME_LIMIT_SECONDS,
  MAX_WINDOWS,
  MIN_TIME_LIMIT_SECONDS,
  NO_LIMIT_SECONDS,
  RETRIED_FAILURES,
} from '@updraft/core';
import { z } from 'zod';
import { Timestamp } from './list.ts';

export { NO_LIMIT_SECONDS };

const CRON_MAX_CHARACTERS = 200;
const ZONE_MAX_CHARACTERS = 64;

/** {@link NO_LIMIT_SECONDS} is the one greater number: no limit. */
const timeLimitSeconds = z
  .number()
  .int()
  .min(MIN_TIME_LIMIT_SECONDS)
  .max(NO_LIMIT_SECONDS)
  .refine((seconds) => seconds <= MAX_TIME_LIMIT_SECONDS || seconds === NO_LIMIT_SECONDS, 'at most a year, or none')
  .describe(`Up to ${MAX_TIME_LIMIT_SECONDS}; ${NO_LIMIT_SECONDS}: no limit`);
const limitSeconds = z.number().int().min(MIN_TIME_LIMIT_SECONDS).max(MAX_TIME_LIMIT_SECONDS);

export const TimeLimitsView = z
  .object({
    downloadingSeconds: timeLimitSeconds,
    downloadedSeconds: timeLimitSeconds,
    installingSeconds: timeLimitSeconds,
    awaitingReportSeconds: timeLimitSeconds,
    awaitingEvidenceSeconds: timeLimitSeconds,
    cancelingSeconds: timeLimitSeconds,
    silenceSeconds: timeLimitSeconds,
  })
  .meta({ id: 'TimeLimits' });

const StartRule = z
  .discriminatedUnion('by', [
    z.object({ by: z.enum(['hand', 'ready', 'first-window']) }),
    z.object({ by: z.literal('time'), at: Timestamp }),
  ])
  .describe(
    '`ready`: as soon as it is made and approved; `first-window`: when the first window of any of its devices opens',
  );

const ActionRule = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.enum(['forced', 'soft', 'download-only']) }),
    z.object({ kind: z.literal('time-forced'), forcedAt: Timestamp }),
  ])
  .describe(
    '`soft` leaves the moment to the device; `time-forced` is soft until `forcedAt`; `download-only` never installs',
  );

const Consent = z
  .object({
    required: z.boolean(),
    askAgainSeconds: limitSeconds.describe('After a consent was declined, or the device refused an offer'),
  })
  .describe('The yes of the device’s user');

const Windows = z
  .object({
    windows: z
      .array(
        z.object({
          cron: z.string().min(1).max(CRON_MAX_CHARACTERS).describe('When it opens, Quartz-like: `0 0 22 ? * MON-FRI`'),
          durationSeconds: z.number().int().min(1).max(MAX_TIME_LIMIT_SECONDS),
          zone: z
            .string()
            .min(1)
            .max(ZONE_MAX_CHARACTERS)
            .optional()
            .describe('A zone that counts in the place of the device’s'),
        }),
      )
      .max(MAX_WINDOWS)
      .describe('Recurring spans of local time in which updates may install; none: always'),
    blackouts: z
      .array(z.object({ from: z.string().max(32), to: z.string().max(32) }))
      .max(MAX_BLACKOUTS)
      .describe('Local dates or date-times, both inclusive, in which nothing opens: `2026-12-24`'),
    zone: z
      .string()
      .min(1)
      .max(ZONE_MAX_CHARACTERS)
      .describe('IANA zone, for devices that neither tell their own nor stand in a group that has one'),
    downloadAhead: z.boolean().describe('Whether downloads may go before the window opens'),
  })
  .describe('When updates may install');

const pace = z.number().int().min(1).max(MAX_PACE).nullable();
const Pace = z
  .object({
    parallel: pace.describe('Devices at work at once'),
    perMinute: pace.describe('Devices that begin in a minute'),
    perSite: pace.describe('Devices at work at once at one site'),
  })
  .describe('null: any number');

const Retries = z
  .object({
    limit: z.number().int().min(0).max(MAX_RETRIES).describe('Attempts after the first'),
    on: z.array(z.enum(RETRIED_FAILURES)).describe('The failures that are retried'),
    firstSeconds: z.number().int().min(1).max(MAX_RETRY_WAIT_SECONDS),
    factor: z.number().min(1).max(MAX_RETRY_FACTOR),
    capSeconds: z.number().int().min(1).max(MAX_RETRY_WAIT_SECONDS),
    jitterPercent: z.number().int().min(0).max(100),
  })
  .describe(
    'The n-th retry waits `firstSeconds` · `factor`^(n−1), at most `capSeconds`, less a part of up to `jitterPercent`',
  );

/** Every part of core's policy; instants are RFC 3339. */
export const PolicyView = z
  .object({
    start: StartRule,
    approval: z
      .enum(['none', 'required', 'by-right'])
      .describe('`required`: by another person than its authors; `by-right`: by who has the right `approve`'),
    action: ActionRule,
    consent: Consent,
    windows: Windows,
    pace: Pace,
    retries: Retries,
    timeLimits: TimeLimitsView,
    onFailure: z.enum(FAILURE_ACTS).describe('What follows when an error threshold is crossed'),
    dynamic: z.boolean().describe('Devices that come to match after the start join'),
    emergency: z.boolean().describe('Ignores windows and blackouts; needs a right of its own'),
  })
  .meta({ id: 'Policy' });

/** Parts of a policy: what is left out keeps its default, or its value where a rollout is changed. */
export const PolicyInput = PolicyView.extend({
  consent: Consent.partial(),
  windows: Windows.partial(),
  pace: Pace.partial(),
  retries: Retries.partial(),
  timeLimits: TimeLimitsView.partial(),
})
  .partial()
  .meta({ id: 'PolicyInput' });
