import { z } from 'zod';
import { Action } from './actions.ts';
import type { ManagementRoute } from './route.ts';
import { IdParams, listOf, ListQuery, NumericId, Representation } from './shapes.ts';

const TAG = 'Actions';
const MAX_ACTIONS_PER_REQUEST = 5000;
const QUERY_MAX_CHARACTERS = 4000;

export const actionRoutes = {
  'actions.list': {
    method: 'GET',
    path: '/actions',
    tag: TAG,
    summary: 'Actions of all targets, the newest first',
    query: ListQuery.extend({ representation: Representation }),
    success: { status: 200, body: listOf(Action) },
    errors: [
      'rest.param.rsqlInvalidField',
      'rest.param.rsqlParamSyntax',
      'rest.param.sortParamSyntax',
      'rest.param.invalidField',
      'rest.param.invalidDirection',
    ],
  },
  'actions.show': {
    method: 'GET',
    path: '/actions/{id}',
    tag: TAG,
    summary: 'One action',
    params: IdParams,
    success: { status: 200, body: Action },
    errors: ['repo.entityNotFound'],
  },
  'actions.delete-one': {
    method: 'DELETE',
    path: '/actions/{id}',
    tag: TAG,
    summary: 'Forget an action that is over',
    params: IdParams,
    success: { status: 204 },
    errors: ['repo.entityNotFound', 'action.notDeletable'],
  },
  'actions.delete': {
    method: 'DELETE',
    path: '/actions',
    tag: TAG,
    summary: 'Forget actions that are over: those of `q`, or of these ids',
    query: z.object({ q: z.string().max(QUERY_MAX_CHARACTERS).optional() }),
    body: z.array(NumericId).max(MAX_ACTIONS_PER_REQUEST),
    bodyIsOptional: true,
    success: { status: 204 },
    errors: [
      'repo.constraintViolation',
      'repo.entityNotFound',
      'action.notDeletable',
      'rest.param.rsqlInvalidField',
      'rest.param.rsqlParamSyntax',
    ],
  },
} as const satisfies Record<string, ManagementRoute>;
