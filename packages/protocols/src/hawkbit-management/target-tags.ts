import { z } from 'zod';
import { DeviceName } from '../api/device-name.ts';
import type { ManagementRoute } from './route.ts';
import { Audit, Colour, GivenDescription, GivenName, IdParams, Links, listOf, ListQuery, NumericId } from './shapes.ts';
import { Target, TargetParams, TARGETS_TAG } from './targets.ts';

/** Targets that one request names. */
export const MAX_TARGETS_PER_REQUEST = 5000;
export const TargetIds = z.array(DeviceName).max(MAX_TARGETS_PER_REQUEST);

/** Of targets and of distribution sets alike. */
export const TagView = Audit.extend({
  id: NumericId,
  name: z.string(),
  description: z.string().nullish(),
  colour: z.string().nullish(),
  _links: Links,
}).meta({ id: 'MgmtTag' });
export type TagView = z.output<typeof TagView>;

export const NewTag = z
  .object({ name: GivenName, description: GivenDescription.optional(), colour: Colour.optional() })
  .meta({ id: 'MgmtTagRequestBodyPost' });
export const TagChange = NewTag.partial().meta({ id: 'MgmtTagRequestBodyPut' });

const OnNotFound = z.object({
  onNotFoundPolicy: z.enum(['FAIL', 'ON_WHAT_FOUND_AND_FAIL', 'ON_WHAT_FOUND_AND_SUCCESS']).default('FAIL'),
});
const OneParams = IdParams.extend(TargetParams.shape);

const TAG = 'Target Tags';

export const targetTagRoutes = {
  'target-tags.list': {
    method: 'GET',
    path: '/targettags',
    tag: TAG,
    summary: 'Tags',
    query: ListQuery,
    success: { status: 200, body: listOf(TagView) },
    errors: [],
  },
  'target-tags.create': {
    method: 'POST',
    path: '/targettags',
    tag: TAG,
    summary: 'Create tags, all or none',
    body: z.array(NewTag),
    success: { status: 201, body: z.array(TagView) },
    errors: ['repo.entityAlreadyExists'],
  },
  'target-tags.show': {
    method: 'GET',
    path: '/targettags/{id}',
    tag: TAG,
    summary: 'One tag',
    params: IdParams,
    success: { status: 200, body: TagView },
    errors: [],
  },
  'target-tags.change': {
    method: 'PUT',
    path: '/targettags/{id}',
    tag: TAG,
    summary: 'Change a tag',
    params: IdParams,
    body: TagChange,
    success: { status: 200, body: TagView },
    errors: ['repo.entityAlreadyExists'],
  },
  'target-tags.delete': {
    method: 'DELETE',
    path: '/targettags/{id}',
    tag: TAG,
    summary: 'Delete a tag; it is taken off its targets',
    params: IdParams,
    success: { status: 204 },
    errors: [],
  },
  'target-tags.assigned': {
    method: 'GET',
    path: '/targettags/{id}/assigned',
    tag: TAG,
    summary: 'Targets that bear a tag',
    params: IdParams,
    query: ListQuery,
    success: { status: 200, body: listOf(Target) },
    errors: [],
  },
  'target-tags.assign-one': {
    method: 'POST',
    path: '/targettags/{id}/assigned/{controllerId}',
    tag: TAG,
    summary: 'Put a tag on a target',
    params: OneParams,
    success: { status: 204 },
    errors: [],
  },
  'target-tags.unassign-one': {
    method: 'DELETE',
    path: '/targettags/{id}/assigned/{controllerId}',
    tag: TAG,
    summary: 'Take a tag off a target',
    params: OneParams,
    success: { status: 204 },
    errors: [],
  },
  'target-tags.assign': {
    method: 'POST',
    path: '/targettags/{id}/assigned',
    tag: TAG,
    summary: 'Put a tag on targets',
    params: IdParams,
    query: OnNotFound,
    body: TargetIds,
    success: { status: 204 },
    errors: [],
  },
  'target-tags.unassign': {
    method: 'DELETE',
    path: '/targettags/{id}/assigned',
    tag: TAG,
    summary: 'Take a tag off targets',
    params: IdParams,
    query: OnNotFound,
    body: TargetIds,
    success: { status: 204 },
    errors: [],
  },
  'targets.tags': {
    method: 'GET',
    path: '/targets/{controllerId}/tags',
    tag: TARGETS_TAG,
    summary: 'Tags of a target',
    params: TargetParams,
    success: { status: 200, body: z.array(TagView) },
    errors: [],
  },
} as const satisfies Record<string, ManagementRoute>;
