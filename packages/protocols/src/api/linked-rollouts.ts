import { z } from 'zod';
import { ReleaseReference } from './fleet.ts';
import { Name, UidParams } from './list.ts';
import type { Route } from './route.ts';
import { DraftProblem, SetAside } from './draft-problem.ts';
import { Rollout } from './rollouts.ts';

const Clone = z.object({ name: Name }).meta({ id: 'RolloutClone' });
const Retry = z
  .object({
    name: Name.optional().describe('Else that of the rollout with `, retry` and a number'),
    start: z.boolean().default(false).describe('Start as soon as it is made'),
  })
  .meta({ id: 'RolloutRetry' });
const staying = {
  unknown: z.number().int().describe('Devices of which it is not known what they ran before; they stay'),
  withdrawn: z.number().int().describe('Devices that ran what has been withdrawn, while others go back; they stay'),
};
export const Returns = z
  .object({
    rollouts: z
      .array(Rollout.extend({ excluded: z.array(SetAside).describe('Devices that it leaves out') }))
      .describe('One for each release that devices ran before'),
    ...staying,
  })
  .meta({ id: 'Returns' });
export const ReturnPreview = z
  .object({
    rollouts: z
      .array(
        z.object({
          release: ReleaseReference.describe('What they would go back to'),
          previous: ReleaseReference.describe('What they ran; not `release` where its content was published again'),
          total: z.number().int().describe('Devices that it would have'),
          excluded: z.array(SetAside).describe('Devices that it would leave out'),
          held: z.array(SetAside).describe('Devices that it would have, and what stands between'),
        }),
      )
      .describe('One for each release that devices ran before'),
    ...staying,
    warnings: z.array(DraftProblem).describe('What leaves devices out; `refused`: what stands between all of them'),
  })
  .meta({ id: 'ReturnPreview' });

export const linkedRolloutRoutes = {
  'rollouts.clone': {
    method: 'POST',
    path: '/rollouts/{id}/clone',
    tag: 'rollouts',
    summary: 'Make another rollout of the same release, filter, phases and policy',
    params: UidParams,
    body: Clone,
    success: { status: 201, body: Rollout },
    errors: [
      'not-permitted',
      'not-found',
      'rollout-state',
      'filter-invalid',
      'rollout-impossible',
      'name-taken',
      'release-not-published',
    ],
    creates: true,
    versioned: true,
  },
  'rollouts.retry': {
    method: 'POST',
    path: '/rollouts/{id}/retry',
    tag: 'rollouts',
    summary: 'Make a new, linked rollout over the devices that failed; what has ended stays as it is',
    params: UidParams,
    body: Retry,
    success: { status: 201, body: Rollout },
    errors: ['not-permitted', 'not-found', 'name-taken', 'release-not-published', 'none-failed'],
    creates: true,
    versioned: true,
  },
  'rollouts.return': {
    method: 'POST',
    path: '/rollouts/{id}/return',
    tag: 'rollouts',
    summary: 'Stop, and bring the devices that took the release back to what they ran before: new, linked rollouts',
    params: UidParams,
    success: { status: 200, body: Returns },
    errors: ['not-found', 'rollout-state', 'rollout-impossible'],
    changes: true,
  },
  'rollouts.preview-return': {
    method: 'POST',
    path: '/rollouts/{id}/return/preview',
    tag: 'rollouts',
    summary: 'What a return would do, before it is made: devices that go back, who is left out and why',
    params: UidParams,
    success: { status: 200, body: ReturnPreview },
    errors: ['not-found', 'rollout-state'],
  },
} as const satisfies Record<string, Route>;
