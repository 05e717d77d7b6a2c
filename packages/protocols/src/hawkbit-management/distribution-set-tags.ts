import { z } from 'zod';
import { DistributionSet } from './distribution-sets.ts';
import type { ManagementRoute } from './route.ts';
import { IdParams, listOf, ListQuery, NumericId, PathId } from './shapes.ts';
import { NewTag, TagChange, TagView } from './target-tags.ts';

/** Distribution sets that one request names. */
const MAX_SETS_PER_REQUEST = 500;
const SetIds = z.array(NumericId).max(MAX_SETS_PER_REQUEST);
const OneParams = IdParams.extend({ setId: PathId });

const TAG = 'Distribution Set Tags';

export const distributionSetTagRoutes = {
  'set-tags.list': {
    method: 'GET',
    path: '/distributionsettags',
    tag: TAG,
    summary: 'Tags',
    query: ListQuery,
    success: { status: 200, body: listOf(TagView) },
    errors: [],
  },
  'set-tags.create': {
    method: 'POST',
    path: '/distributionsettags',
    tag: TAG,
    summary: 'Create tags, all or none',
    body: z.array(NewTag),
    success: { status: 201, body: z.array(TagView) },
    errors: ['repo.entityAlreadyExists'],
  },
  'set-tags.show': {
    method: 'GET',
    path: '/distributionsettags/{id}',
    tag: TAG,
    summary: 'One tag',
    params: IdParams,
    success: { status: 200, body: TagView },
    errors: [],
  },
  'set-tags.change': {
    method: 'PUT',
    path: '/distributionsettags/{id}',
    tag: TAG,
    summary: 'Change a tag',
    params: IdParams,
    body: TagChange,
    success: { status: 200, body: TagView },
    errors: ['repo.entityAlreadyExists'],
  },
  'set-tags.delete': {
    method: 'DELETE',
    path: '/distributionsettags/{id}',
    tag: TAG,
    summary: 'Delete a tag; it is taken off its distribution sets',
    params: IdParams,
    success: { status: 204 },
    errors: [],
  },
  'set-tags.assigned': {
    method: 'GET',
    path: '/distributionsettags/{id}/assigned',
    tag: TAG,
    summary: 'Distribution sets that bear a tag',
    params: IdParams,
    query: ListQuery,
    success: { status: 200, body: listOf(DistributionSet) },
    errors: [],
  },
  'set-tags.assign-one': {
    method: 'POST',
    path: '/distributionsettags/{id}/assigned/{setId}',
    tag: TAG,
    summary: 'Put a tag on a distribution set',
    params: OneParams,
    success: { status: 204 },
    errors: [],
  },
  'set-tags.unassign-one': {
    method: 'DELETE',
    path: '/distributionsettags/{id}/assigned/{setId}',
    tag: TAG,
    summary: 'Take a tag off a distribution set',
    params: OneParams,
    success: { status: 204 },
    errors: [],
  },
  'set-tags.assign': {
    method: 'POST',
    path: '/distributionsettags/{id}/assigned',
    tag: TAG,
    summary: 'Put a tag on distribution sets',
    params: IdParams,
    body: SetIds,
    success: { status: 204 },
    errors: [],
  },
  'set-tags.unassign': {
    method: 'DELETE',
    path: '/distributionsettags/{id}/assigned',
    tag: TAG,
    summary: 'Take a tag off distribution sets',
    params: IdParams,
    body: SetIds,
    success: { status: 204 },
    errors: [],
  },
} as const satisfies Record<string, ManagementRoute>;
