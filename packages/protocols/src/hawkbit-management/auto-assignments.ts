import { z } from 'zod';
import { REMARK_MAX_CHARACTERS, GivenInstant } from './rollouts.ts';
import type { ManagementRoute } from './route.ts';
import {
  Audit,
  GivenDescription,
  GivenName,
  IdParams,
  Links,
  listOf,
  ListQuery,
  NumericId,
  plainText,
  Representation,
} from './shapes.ts';
import { AUTO_ACTION_TYPES, GivenAutoActionType, GivenQuery, GivenWeight } from './target-filters.ts';

const TAG = 'Auto Assignments';

/** Frozen wire words. */
const AUTO_STATUSES = ['waiting_for_approval', 'approval_denied', 'ready', 'paused', 'running'] as const;

export const AutoAssignment = Audit.extend({
  id: NumericId,
  name: z.string(),
  description: z.string().nullish(),
  targetFilterQuery: z.string(),
  distributionSetId: NumericId,
  status: z.enum(AUTO_STATUSES),
  startAt: z.number().int().nullish(),
  actionType: z.enum(AUTO_ACTION_TYPES),
  weight: z.number().int(),
  confirmationRequired: z.boolean(),
  approvalDecidedBy: z.string().nullish(),
  approvalRemark: z.string().nullish(),
  _links: Links,
}).meta({ id: 'AutoAssignmentResponseBody' });
export type AutoAssignment = z.output<typeof AutoAssignment>;
export type AutoStatus = AutoAssignment['status'];

const NewAutoAssignment = z
  .object({
    name: GivenName,
    description: GivenDescription.optional(),
    targetFilterQuery: GivenQuery,
    distributionSetId: NumericId,
    startAt: GivenInstant.optional(),
    actionType: GivenAutoActionType.optional(),
    weight: GivenWeight.optional(),
    confirmationRequired: z.boolean().optional(),
  })
  .meta({ id: 'AutoAssignmentRequestBodyPost' });
export type NewAutoAssignment = z.output<typeof NewAutoAssignment>;

const RemarkQuery = z.object({ remark: plainText(REMARK_MAX_CHARACTERS).optional() });

const act = (verb: string, summary: string) =>
  ({
    method: 'POST',
    path: `/autoassignments/{id}/${verb}`,
    tag: TAG,
    summary,
    params: IdParams,
    success: { status: 204 },
    errors: ['repo.entityNotFound', 'auto.assignment.illegalState'],
  }) as const satisfies ManagementRoute;

const decide = (verb: string, summary: string) =>
  ({
    ...act(verb, summary),
    query: RemarkQuery,
    errors: ['repo.entityNotFound', 'auto.assignment.illegalState', 'insufficientPermission'],
    right: 'approve',
  }) as const satisfies ManagementRoute;

export const autoAssignmentRoutes = {
  'auto-assignments.list': {
    method: 'GET',
    path: '/autoassignments',
    tag: TAG,
    summary: 'Auto assignments, those of target filters too',
    query: ListQuery.extend({ representation: Representation }),
    success: { status: 200, body: listOf(AutoAssignment) },
    errors: ['rest.param.rsqlInvalidField', 'rest.param.rsqlParamSyntax', 'rest.param.sortParamSyntax'],
  },
  'auto-assignments.create': {
    method: 'POST',
    path: '/autoassignments',
    tag: TAG,
    summary: 'Keep assigning a distribution set to targets that come to match',
    body: NewAutoAssignment,
    success: { status: 201, body: AutoAssignment },
    errors: [
      'repo.constraintViolation',
      'repo.entityNotFound',
      'repo.invalidAutoAssignActionType',
      'distributionset.incomplete',
      'distributionset.invalid',
      'rest.param.rsqlInvalidField',
      'rest.param.rsqlParamSyntax',
    ],
  },
  'auto-assignments.show': {
    method: 'GET',
    path: '/autoassignments/{id}',
    tag: TAG,
    summary: 'One auto assignment',
    params: IdParams,
    success: { status: 200, body: AutoAssignment },
    errors: ['repo.entityNotFound'],
  },
  'auto-assignments.change': {
    method: 'PUT',
    path: '/autoassignments/{id}',
    tag: TAG,
    summary: 'Change its name and its description',
    params: IdParams,
    body: z.object({ name: GivenName, description: GivenDescription }).partial(),
    success: { status: 200, body: AutoAssignment },
    errors: ['repo.entityNotFound'],
  },
  'auto-assignments.delete': {
    method: 'DELETE',
    path: '/autoassignments/{id}',
    tag: TAG,
    summary: 'Delete an auto assignment; what it assigned stays',
    params: IdParams,
    success: { status: 204 },
    errors: ['repo.entityNotFound'],
  },
  'auto-assignments.approve': decide('approve', 'Approve'),
  'auto-assignments.deny': decide('deny', 'Deny'),
  'auto-assignments.start': act('start', 'Start'),
  'auto-assignments.pause': act('pause', 'Pause: nothing more is assigned, and what is not granted yet is held'),
  'auto-assignments.resume': act('resume', 'Resume'),
} as const satisfies Record<string, ManagementRoute>;
