import { z } from 'zod';
import { DistributionSet } from './distribution-sets.ts';
import type { ManagementRoute } from './route.ts';
import { Audit, GivenName, IdParams, Links, listOf, ListQuery, NumericId, Representation } from './shapes.ts';

const TAG = 'Target Filter Queries';

export const FILTER_MAX_CHARACTERS = 1024;
export const GivenQuery = z.string().min(1).max(FILTER_MAX_CHARACTERS);
const MAX_WEIGHT = 1000;
export const GivenWeight = z.number().int().min(0).max(MAX_WEIGHT);

/** A rule has no moment of its own from which on it could be forced. */
export const AUTO_ACTION_TYPES = ['soft', 'forced', 'downloadonly'] as const;
/** `timeforced` is read, and refused with a key of its own. */
export const GivenAutoActionType = z.enum([...AUTO_ACTION_TYPES, 'timeforced']);

export const TargetFilter = Audit.extend({
  id: NumericId,
  name: z.string(),
  query: z.string(),
  autoAssignDistributionSet: NumericId.nullable(),
  autoAssignActionType: z.enum(AUTO_ACTION_TYPES).nullable(),
  autoAssignWeight: z.number().int().nullable(),
  confirmationRequired: z.boolean().nullable(),
  _links: Links,
}).meta({ id: 'TargetFilterQuery' });
export type TargetFilter = z.output<typeof TargetFilter>;

const NewTargetFilter = z.object({ name: GivenName, query: GivenQuery });
const AutoAssign = z.object({
  id: NumericId,
  type: GivenAutoActionType.optional(),
  weight: GivenWeight.optional(),
  confirmationRequired: z.boolean().optional(),
});

export const targetFilterRoutes = {
  'target-filters.list': {
    method: 'GET',
    path: '/targetfilters',
    tag: TAG,
    summary: 'Target filters; `total` counts all of them, whatever `q` says',
    query: ListQuery.extend({ representation: Representation }),
    success: { status: 200, body: listOf(TargetFilter) },
    errors: ['rest.param.rsqlInvalidField', 'rest.param.rsqlParamSyntax', 'rest.param.sortParamSyntax'],
    writesNulls: true,
  },
  'target-filters.create': {
    method: 'POST',
    path: '/targetfilters',
    tag: TAG,
    summary: 'Save a filter',
    body: NewTargetFilter,
    success: { status: 201, body: TargetFilter },
    errors: ['repo.entityAlreadyExists', 'rest.param.rsqlInvalidField', 'rest.param.rsqlParamSyntax'],
    writesNulls: true,
  },
  'target-filters.show': {
    method: 'GET',
    path: '/targetfilters/{id}',
    tag: TAG,
    summary: 'One target filter',
    params: IdParams,
    success: { status: 200, body: TargetFilter },
    errors: ['repo.entityNotFound'],
    writesNulls: true,
  },
  'target-filters.change': {
    method: 'PUT',
    path: '/targetfilters/{id}',
    tag: TAG,
    summary: 'Change a target filter',
    params: IdParams,
    body: NewTargetFilter.partial(),
    success: { status: 200, body: TargetFilter },
    errors: [
      'repo.entityNotFound',
      'repo.entityAlreadyExists',
      'rest.param.rsqlInvalidField',
      'rest.param.rsqlParamSyntax',
    ],
    writesNulls: true,
  },
  'target-filters.delete': {
    method: 'DELETE',
    path: '/targetfilters/{id}',
    tag: TAG,
    summary: 'Delete a target filter; what it assigned stays',
    params: IdParams,
    success: { status: 204 },
    errors: ['repo.entityNotFound'],
  },
  'target-filters.auto-assigned': {
    method: 'GET',
    path: '/targetfilters/{id}/autoAssignDS',
    tag: TAG,
    summary: 'The distribution set that it keeps assigning',
    params: IdParams,
    success: { status: 200, body: DistributionSet, orEmpty: true },
    errors: ['repo.entityNotFound'],
  },
  'target-filters.auto-assign': {
    method: 'POST',
    path: '/targetfilters/{id}/autoAssignDS',
    tag: TAG,
    summary: 'Keep assigning a distribution set to targets that come to match',
    params: IdParams,
    body: AutoAssign,
    success: { status: 200, body: TargetFilter },
    errors: [
      'repo.entityNotFound',
      'repo.invalidAutoAssignActionType',
      'distributionset.incomplete',
      'distributionset.invalid',
    ],
    writesNulls: true,
  },
  'target-filters.stop-auto-assign': {
    method: 'DELETE',
    path: '/targetfilters/{id}/autoAssignDS',
    tag: TAG,
    summary: 'Assign nothing more; what was assigned stays',
    params: IdParams,
    success: { status: 204 },
    errors: ['repo.entityNotFound'],
  },
} as const satisfies Record<string, ManagementRoute>;
