import { MISS_REASONS, SETTINGS } from '@updraft/core';
import { z } from 'zod';
import { Timestamp, Uid, UidParams } from './list.ts';
import type { Route } from './route.ts';
import { RolloutDraft } from './rollouts.ts';

const LikelyMoment = z
  .object({ p50: Timestamp.nullable(), p90: Timestamp.nullable() })
  .describe('In half of the runs no later than `p50`, in nine of ten than `p90`; null: in so many it never came to it');
const LikelyAmount = z.object({ p50: z.number(), p90: z.number() });

export const ForecastView = z
  .object({
    from: Timestamp,
    devices: z.number().int(),
    phases: z.array(
      z.object({
        name: z.string(),
        devices: z.number().int(),
        byHand: z.boolean().describe('Whether a person starts it; taken to be started as soon as it may be'),
        asksConsent: z.boolean().describe('Whether its devices’ users are asked; their yes is taken to come at once'),
        start: LikelyMoment,
        reached: LikelyMoment.describe('Its success threshold'),
        end: LikelyMoment.describe('Nothing of it is open any more'),
      }),
    ),
    end: LikelyMoment.describe('Nothing is open any more'),
    lastSuccess: LikelyMoment.describe('The last device that gets the update has it'),
    bytes: LikelyAmount,
    peakMbit: LikelyAmount.describe('Mbit/s of the busiest span of `profileSeconds`'),
    profile: z.array(z.object({ at: Timestamp, mbit: z.number() })).describe('Mean Mbit/s by spans, the busiest'),
    profileSeconds: z.number().int().describe('A quarter of an hour; longer where the rollout takes months'),
    succeeded: LikelyAmount,
    missed: z.record(z.enum(MISS_REASONS), LikelyAmount).describe('Devices that will not make it, by the reason'),
    outlasted: LikelyAmount.describe('Devices whose update takes longer than the window that it begins in'),
    errorThreshold: z
      .object({
        share: z.number().describe('Of the runs in which it is crossed, 0 to 1'),
        at: LikelyMoment,
        erred: LikelyAmount.describe('Devices that have erred by then'),
        broken: LikelyAmount.describe('Devices that have failed once those at work then have ended, too'),
        phase: z.number().int().nullable().describe('Number of the phase in which it is crossed most often'),
      })
      .describe('Of those runs'),
    stuckShare: z.number().describe('Of the runs in which a phase cannot reach its success threshold any more'),
    paper: z
      .object({ s1: z.number(), n: z.number().int(), parallel: z.number().int().nullable(), sN: z.number() })
      .describe('S_N = S_1 · N / N_p, in seconds: what the time of one device makes of the time of all'),
    measured: z.boolean().describe('Whether this fleet’s own attempts were enough for S_1; else a prior stands in'),
    bottleneck: z
      .object({
        setting: z.enum(SETTINGS),
        end: Timestamp.describe('When the last device would have it'),
        savedSeconds: z.number().int(),
      })
      .nullable()
      .describe('The setting of which twice as much (poll interval and soak: half) would gain most; null: none gains'),
    reckoned: z
      .boolean()
      .describe('Whether it takes so long that its later part was reckoned by the pace of what was played'),
    runs: z.number().int(),
  })
  .meta({ id: 'Forecast' });

const comparedEnd = {
  endError: z.number().nullable().describe('How far the P50 of the end was off, as a share of what the whole took'),
  withinP90: z.boolean().nullable(),
};

const ComparedAmount = z.object({
  came: z.number(),
  error: z
    .number()
    .nullable()
    .describe('How far the P50 was off, as a share of what came; null: it was not foretold, or nothing came'),
  withinP90: z.boolean().nullable(),
});

/** What is measured of the bytes of a rollout, and what is not. */
const MEASURED =
  'Bytes of its artifacts that the servers handed to the network for its devices, what was fetched again included; what came from a cache, a CDN or over a signed link is not';

export const ForecastOutcome = z
  .object({
    startedAt: Timestamp,
    endedAt: Timestamp,
    succeeded: z.number().int(),
    failed: z.number().int(),
    ...comparedEnd,
    bytes: ComparedAmount.describe(MEASURED),
    peakMbit: ComparedAmount.describe('Mbit/s of the busiest span, as long as the forecast’s `profileSeconds`'),
    phases: z.array(z.object({ name: z.string(), endedAt: Timestamp.nullable(), ...comparedEnd })),
  })
  .meta({ id: 'ForecastOutcome' });

const Kept = z
  .object({
    madeAt: Timestamp,
    forecast: ForecastView,
    served: z
      .object({ bytes: z.number().int().describe(MEASURED), peakMbit: z.number() })
      .nullable()
      .describe('What went out so far; null: its end was compared, see `outcome`'),
    outcome: ForecastOutcome.nullable().describe('What had come true when the rollout ended'),
  })
  .meta({ id: 'KeptForecast' });

export const RolloutForecast = z
  .object({
    premise: z
      .enum(['it-goes-on', 'started-now', 'resumed-now'])
      .nullable()
      .describe('What `now` takes for granted; `started-now` is the time of its start where it has one'),
    now: ForecastView.nullable().describe('Of what remains; null: nothing does'),
    atStart: Kept.nullable(),
  })
  .meta({ id: 'RolloutForecast' });

const assumedEnds = {
  like: Uid.optional().describe('The release whose past attempts come again'),
  failingPercent: z.number().min(0).max(100).optional().describe('Of attempts that fail; else as in the past'),
};

const RehearsalDraft = RolloutDraft.extend(assumedEnds).meta({ id: 'RehearsalDraft' });
export const Rehearsal = z.object(assumedEnds).meta({ id: 'Rehearsal' });

export const forecastRoutes = {
  'rollouts.forecast-draft': {
    method: 'POST',
    path: '/rollouts/forecast',
    tag: 'rollouts',
    summary: 'How long a rollout would take, before it is made: phases, bytes, who will not make it, the bottleneck',
    body: RolloutDraft,
    success: { status: 200, body: ForecastView },
    errors: ['not-found', 'filter-invalid', 'rollout-impossible', 'not-ready'],
  },
  'rollouts.forecast': {
    method: 'GET',
    path: '/rollouts/{id}/forecast',
    tag: 'rollouts',
    summary: 'How long the rest of a rollout will take, and what was foretold at its start',
    params: UidParams,
    success: { status: 200, body: RolloutForecast },
    errors: ['not-found', 'not-ready'],
  },
  'rollouts.rehearse-draft': {
    method: 'POST',
    path: '/rollouts/rehearse',
    tag: 'rollouts',
    summary:
      'Play a rollout on this fleet’s past: when its error threshold would fire, and how many devices break by then',
    body: RehearsalDraft,
    success: { status: 200, body: ForecastView },
    errors: ['not-found', 'filter-invalid', 'rollout-impossible', 'not-ready'],
  },
  'rollouts.rehearse': {
    method: 'POST',
    path: '/rollouts/{id}/rehearse',
    tag: 'rollouts',
    summary: 'The same of a rollout that is made, from where it stands',
    params: UidParams,
    body: Rehearsal,
    success: { status: 200, body: ForecastView },
    errors: ['not-found', 'rollout-state', 'not-ready'],
  },
} as const satisfies Record<string, Route>;
