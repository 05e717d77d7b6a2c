import {
  MAX_FILTER_CHARACTERS,
  MAX_PHASES,
  MAX_SOAK_SECONDS,
  PHASE_STATES,
  ROLLOUT_REASONS,
  ROLLOUT_STATES,
} from '@updraft/core';
import { z } from 'zod';
import { DeviceName } from './device-name.ts';
import { DraftProblem, SetAside } from './draft-problem.ts';
import { GateView, ReleaseReference, ShownState, Weight } from './fleet.ts';
import { Description, ListQuery, Name, NAME_MAX_CHARACTERS, pageOf, Timestamp, Uid, UidParams } from './list.ts';
import { PolicyInput, PolicyView } from './policies.ts';
import type { Route } from './route.ts';

const Percent = z.number().min(0).max(100);
const RolloutFilter = z.string().max(MAX_FILTER_CHARACTERS);

const PhaseSizeView = z
  .discriminatedUnion('by', [
    z.object({ by: z.literal('percent'), percent: z.number().min(0).describe('Of all the rollout’s devices') }),
    z.object({ by: z.literal('count'), count: z.number().int().min(1) }),
    z.object({
      by: z.literal('filter'),
      filter: RolloutFilter.min(1).describe('RSQL; the first phase that names a device takes it'),
    }),
    z.object({ by: z.literal('rest') }),
  ])
  .describe('Which of the rollout’s devices the phase takes');

const ErrorThreshold = z
  .object({
    percent: Percent,
    minimum: z.number().int().min(0).default(0).describe('A rollout without one is refused'),
  })
  .nullable()
  .describe('Crossed when more than `percent` of all members have erred, and at least `minimum` of them; null: never');

const phaseSpec = {
  name: z
    .string()
    .max(NAME_MAX_CHARACTERS)
    .regex(/^[^\p{Cc}]*$/u, 'control characters are not allowed'),
  size: PhaseSizeView,
  successPercent: Percent.describe('Reached at this share of members less superseded and canceled'),
  error: ErrorThreshold,
  soakSeconds: z
    .number()
    .int()
    .min(0)
    .max(MAX_SOAK_SECONDS)
    .describe('How long the next phase waits once success was reached'),
  next: z.enum(['automatic', 'hand']).describe('Who starts the next phase'),
};

/** A phase as it is planned; what is left out is as in a rollout of one phase. */
export const PhaseInput = z
  .object({ ...phaseSpec, size: PhaseSizeView.default({ by: 'rest' }) })
  .partial({ name: true, successPercent: true, error: true, soakSeconds: true, next: true })
  .meta({ id: 'PhaseInput' });

const Counts = z.partialRecord(ShownState, z.number().int());

export const PhaseView = z
  .object({
    number: z.number().int(),
    ...phaseSpec,
    state: z.enum(PHASE_STATES),
    planned: z.number().int().describe('How many it will have once the rollout is made'),
    total: z.number().int(),
    erred: z.number().int().describe('Devices that failed, fell silent or rolled back, and have not succeeded since'),
    counts: Counts,
    startedAt: Timestamp.nullable(),
    reachedAt: Timestamp.nullable().describe('When its success threshold was reached'),
    crossedAt: Timestamp.nullable().describe('When its error threshold was crossed'),
  })
  .meta({ id: 'Phase' });

const Relation = z.enum(['retry', 'return', 'clone']);
const RolloutLink = z.object({ id: Uid, name: z.string(), relation: Relation, state: z.enum(ROLLOUT_STATES) });

export const Rollout = z
  .object({
    id: Uid,
    number: z.number().int(),
    kind: z.enum(['rollout', 'direct', 'auto', 'return']),
    parent: Uid.nullable().describe('The rollout that it was made from'),
    relation: Relation.nullable().describe('What it was made from that for'),
    links: z.array(RolloutLink).describe('Rollouts that were made from it, the oldest first'),
    returns: z
      .enum(['wanted', 'made', 'impossible'])
      .nullable()
      .describe(
        'Whether those that took its release are brought back: asked for by a threshold, made, or found impossible',
      ),
    name: Name,
    description: z.string(),
    release: ReleaseReference,
    filter: z.string().describe('Over devices, RSQL; empty: all'),
    state: z.enum(ROLLOUT_STATES),
    reason: z.enum(ROLLOUT_REASONS).nullable().describe('Why it is paused or stopped'),
    weight: z.number().int(),
    policy: PolicyView,
    creation: z
      .object({ planned: z.number().int(), total: z.number().int().nullable() })
      .nullable()
      .describe('While it is made: how many devices it has, of how many; null total: they are still counted'),
    total: z.number().int(),
    counts: Counts.describe('Devices by shown state'),
    phases: z.array(PhaseView),
    createdAt: Timestamp,
    createdBy: z.string(),
    approvedAt: Timestamp.nullable(),
    approvedBy: z.string().nullable(),
    startedAt: Timestamp.nullable(),
    nextAt: Timestamp.nullable().describe('When something is due by the clock: its start, or its next phase'),
    endedAt: Timestamp.nullable(),
    revision: z.number().int(),
  })
  .meta({ id: 'Rollout' });

/** A rollout as it was just made or changed. */
export const JudgedRollout = Rollout.extend({
  warnings: z.array(DraftProblem).describe('What can be meant so, and may surprise'),
}).meta({ id: 'JudgedRollout' });

export const NewRollout = z
  .object({
    name: Name,
    description: Description.default(''),
    release: Uid,
    filter: RolloutFilter.default(''),
    weight: Weight,
    policy: PolicyInput.prefault({}),
    phases: z.array(PhaseInput).min(1).max(MAX_PHASES).optional().describe('In order; none: one of all devices'),
    start: z.boolean().default(false).describe('Start as soon as it is made and approved: `policy.start` by `ready`'),
  })
  .meta({ id: 'NewRollout' });

export const RolloutDraft = NewRollout.partial({ name: true }).meta({ id: 'RolloutDraft' });

const ChangedPhase = z
  .object({ number: z.number().int().min(1), ...phaseSpec })
  .omit({ size: true })
  .partial({ name: true, successPercent: true, error: true, soakSeconds: true, next: true })
  .meta({ id: 'ChangedPhase' });

export const RolloutChangeInput = z
  .object({
    name: Name,
    description: Description,
    weight: z.number().int().min(0).max(1000),
    policy: PolicyInput,
    phases: z
      .array(ChangedPhase)
      .max(MAX_PHASES)
      .describe('Those that are not over, or that the next one soaks behind'),
  })
  .partial()
  .meta({ id: 'RolloutChange' });

export const RolloutPreview = z
  .object({
    total: z.number().int().describe('Devices that it would have'),
    phases: z.array(z.object({ number: z.number().int(), name: z.string(), total: z.number().int() })),
    excluded: z.array(SetAside).describe('Devices of the filter that it would not have'),
    held: z.array(SetAside).describe('Devices that it would have, and what stands between'),
    warnings: z.array(DraftProblem),
  })
  .meta({ id: 'RolloutPreview' });

export const RolloutRevision = z
  .object({
    revision: z.number().int(),
    at: Timestamp,
    actor: z.string(),
    change: z.record(z.string(), z.object({ before: z.unknown(), after: z.unknown() })),
  })
  .meta({ id: 'RolloutRevision' });

export const RolloutWhy = z
  .object({
    rollout: Uid,
    state: z.enum(ROLLOUT_STATES),
    summary: z.string().describe('One sentence for people'),
    nextChange: Timestamp.nullable().describe('The soonest at which any of it can change by itself'),
    holds: z
      .array(z.object({ code: z.string(), fact: z.string(), nextChange: Timestamp.nullable() }))
      .describe('What holds the rollout itself'),
    excluded: z
      .array(SetAside)
      .describe(
        'Of a return: devices that took the release that it leads away from, and that it leaves out; else those that it leaves out for the number of their assignments',
      ),
    open: z.number().int().describe('Devices that have not ended'),
    scheduled: z
      .number()
      .int()
      .describe(
        'Of those, devices of phases that wait for the one before: counted under `phase-started`, not looked at',
      ),
    looked: z.number().int().describe('Devices whose gates were read'),
    isSampled: z.boolean().describe('Whether the counts by gate are of those looked at only, and more are open'),
    gates: z
      .array(
        z.object({
          gate: GateView.shape.gate,
          shut: z.number().int().describe('Devices that it holds'),
          first: z.number().int().describe('Those for which it is the first that is shut'),
          fact: z.string().describe('Of one of them'),
          nextChange: Timestamp.nullable().describe('The soonest'),
          examples: z.array(DeviceName),
        }),
      )
      .describe('Gates that are shut, in their order'),
  })
  .meta({ id: 'RolloutWhy' });

const PhaseParams = UidParams.extend({ number: z.coerce.number().int().min(1).max(MAX_PHASES) });

const act = (verb: string, summary: string) =>
  ({
    method: 'POST',
    path: `/rollouts/{id}/${verb}`,
    tag: 'rollouts',
    summary,
    params: UidParams,
    success: { status: 200, body: Rollout },
    errors: ['not-found', 'rollout-state'],
    changes: true,
    versioned: true,
  }) as const satisfies Route;

export const rolloutRoutes = {
  'rollouts.list': {
    method: 'GET',
    path: '/rollouts',
    tag: 'rollouts',
    summary: 'Rollouts',
    query: ListQuery,
    success: { status: 200, body: pageOf(Rollout) },
    errors: [],
  },
  'rollouts.create': {
    method: 'POST',
    path: '/rollouts',
    tag: 'rollouts',
    summary: 'Bring a release to the devices of a filter',
    body: NewRollout,
    success: { status: 201, body: JudgedRollout },
    errors: [
      'not-permitted',
      'not-found',
      'release-not-published',
      'filter-invalid',
      'rollout-impossible',
      'name-taken',
    ],
    creates: true,
    versioned: true,
  },
  'rollouts.preview': {
    method: 'POST',
    path: '/rollouts/preview',
    tag: 'rollouts',
    summary: 'What a rollout would do, before it is made: devices of each phase, who is left out and why',
    body: RolloutDraft,
    success: { status: 200, body: RolloutPreview },
    errors: ['not-found', 'filter-invalid', 'phases-invalid'],
  },
  'rollouts.show': {
    method: 'GET',
    path: '/rollouts/{id}',
    tag: 'rollouts',
    summary: 'One rollout with its counts',
    params: UidParams,
    success: { status: 200, body: Rollout },
    errors: ['not-found'],
    versioned: true,
  },
  'rollouts.change': {
    method: 'PATCH',
    path: '/rollouts/{id}',
    tag: 'rollouts',
    summary: 'Change a rollout, also while it runs; every change is a revision with its author',
    params: UidParams,
    body: RolloutChangeInput,
    success: { status: 200, body: JudgedRollout },
    errors: [
      'not-found',
      'not-permitted',
      'rollout-impossible',
      'rollout-state',
      'phase-state',
      'phases-invalid',
      'change-not-possible',
      'name-taken',
    ],
    changes: true,
    versioned: true,
  },
  'rollouts.revisions': {
    method: 'GET',
    path: '/rollouts/{id}/revisions',
    tag: 'rollouts',
    summary: 'What was changed, and by whom',
    params: UidParams,
    query: ListQuery,
    success: { status: 200, body: pageOf(RolloutRevision) },
    errors: ['not-found'],
  },
  'rollouts.why': {
    method: 'GET',
    path: '/rollouts/{id}/why',
    tag: 'rollouts',
    summary: 'What holds a rollout, with the gates that are shut and how many devices each holds',
    params: UidParams,
    success: { status: 200, body: RolloutWhy },
    errors: ['not-found'],
  },
  'rollouts.approve': {
    ...act('approve', 'Approve: by another person than its authors'),
    errors: ['not-found', 'not-permitted', 'rollout-state', 'self-approval', 'approval-needs-person'],
  },
  'rollouts.deny': act('deny', 'Deny: it is stopped before it began'),
  'rollouts.start': act('start', 'Start'),
  'rollouts.pause': act('pause', 'Pause: holds every permission not yet granted'),
  'rollouts.resume': act('resume', 'Resume; what was not reached is taken as it is'),
  'rollouts.stop': act('stop', 'Stop for good: what has begun is asked to cancel'),
  'rollouts.start-phase': {
    ...act('phases/{number}/start', 'Start a phase by hand'),
    params: PhaseParams,
    errors: ['not-found', 'rollout-state', 'phase-state'],
  },
  'rollouts.skip-phase': {
    ...act('phases/{number}/skip', 'Skip a phase: its members end as canceled'),
    params: PhaseParams,
    errors: ['not-found', 'rollout-state', 'phase-state'],
  },
} as const satisfies Record<string, Route>;
