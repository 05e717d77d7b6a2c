import { z } from 'zod';
import { NewRollout, REMARK_MAX_CHARACTERS, Rollout, RolloutChange, RolloutGroup } from './rollouts.ts';
import type { ManagementRoute } from './route.ts';
import { IdParams, listOf, ListQuery, PathId, plainText, Representation, SoftDeletedMode } from './shapes.ts';
import { Target } from './targets.ts';

const TAG = 'Rollouts';
const LIST_ERRORS = [
  'rest.param.rsqlInvalidField',
  'rest.param.rsqlParamSyntax',
  'rest.param.sortParamSyntax',
  'rest.param.invalidField',
  'rest.param.invalidDirection',
] as const;
const GroupParams = IdParams.extend({ groupId: PathId });
const RemarkQuery = z.object({ remark: plainText(REMARK_MAX_CHARACTERS).optional() });

const act = (verb: string, summary: string) =>
  ({
    method: 'POST',
    path: `/rollouts/{id}/${verb}`,
    tag: TAG,
    summary,
    params: IdParams,
    success: { status: 204 },
    errors: ['repo.entityNotFound', 'rollout.illegalState'],
  }) as const satisfies ManagementRoute;

export const rolloutRoutes = {
  'rollouts.list': {
    method: 'GET',
    path: '/rollouts',
    tag: TAG,
    summary: 'Rollouts',
    query: ListQuery.extend({ representation: Representation, soft_deleted_mode: SoftDeletedMode }),
    success: { status: 200, body: listOf(Rollout) },
    errors: LIST_ERRORS,
  },
  'rollouts.create': {
    method: 'POST',
    path: '/rollouts',
    tag: TAG,
    summary: 'Bring a distribution set to the targets of a filter, group by group',
    body: NewRollout,
    success: { status: 201, body: Rollout },
    errors: [
      'repo.constraintViolation',
      'repo.entityNotFound',
      'repo.entityAlreadyExists',
      'rest.param.rsqlInvalidField',
      'rest.param.rsqlParamSyntax',
      'distributionset.incomplete',
      'distributionset.invalid',
      'quota.tooManyEntries',
    ],
  },
  'rollouts.show': {
    method: 'GET',
    path: '/rollouts/{id}',
    tag: TAG,
    summary: 'One rollout with its counts',
    params: IdParams,
    success: { status: 200, body: Rollout },
    errors: ['repo.entityNotFound'],
  },
  'rollouts.change': {
    method: 'PUT',
    path: '/rollouts/{id}',
    tag: TAG,
    summary: 'Change the name and the description of a rollout',
    params: IdParams,
    body: RolloutChange,
    success: { status: 200, body: Rollout },
    errors: ['repo.entityNotFound', 'repo.entityAlreadyExists', 'rollout.illegalState'],
  },
  'rollouts.delete': {
    method: 'DELETE',
    path: '/rollouts/{id}',
    tag: TAG,
    summary: 'Delete a rollout; one that was started is stopped and kept as a deleted one',
    params: IdParams,
    success: { status: 204 },
    errors: ['repo.entityNotFound'],
  },
  'rollouts.approve': {
    ...act('approve', 'Approve'),
    query: RemarkQuery,
    errors: ['repo.entityNotFound', 'rollout.illegalState', 'insufficientPermission'],
    right: 'approve',
  },
  'rollouts.deny': {
    ...act('deny', 'Deny'),
    query: RemarkQuery,
    errors: ['repo.entityNotFound', 'rollout.illegalState', 'insufficientPermission'],
    right: 'approve',
  },
  'rollouts.start': act('start', 'Start'),
  'rollouts.pause': act('pause', 'Pause: holds every permission not yet granted'),
  'rollouts.resume': act('resume', 'Resume'),
  'rollouts.stop': act('stop', 'Stop for good: what has begun is asked to cancel'),
  'rollouts.trigger-next-group': act('triggerNextGroup', 'Start the next group at once'),
  'rollouts.retry': {
    method: 'POST',
    path: '/rollouts/{id}/retry',
    tag: TAG,
    summary: 'Make a rollout over the targets that failed',
    params: IdParams,
    success: { status: 201, body: Rollout },
    errors: ['repo.entityNotFound', 'repo.entityAlreadyExists', 'rollout.illegalState', 'repo.constraintViolation'],
  },
  'rollouts.groups': {
    method: 'GET',
    path: '/rollouts/{id}/deploygroups',
    tag: TAG,
    summary: 'The groups of a rollout',
    params: IdParams,
    query: ListQuery.extend({ representation: Representation }),
    success: { status: 200, body: listOf(RolloutGroup) },
    errors: ['repo.entityNotFound', ...LIST_ERRORS],
  },
  'rollouts.group': {
    method: 'GET',
    path: '/rollouts/{id}/deploygroups/{groupId}',
    tag: TAG,
    summary: 'One group with its counts',
    params: GroupParams,
    success: { status: 200, body: RolloutGroup },
    errors: ['repo.entityNotFound'],
  },
  'rollouts.group-targets': {
    method: 'GET',
    path: '/rollouts/{id}/deploygroups/{groupId}/targets',
    tag: TAG,
    summary: 'The targets of a group',
    params: GroupParams,
    query: ListQuery,
    success: { status: 200, body: listOf(Target) },
    errors: ['repo.entityNotFound', ...LIST_ERRORS],
  },
} as const satisfies Record<string, ManagementRoute>;
