import { MAX_FILTER_CHARACTERS, ROLLOUT_STATES } from '@updraft/core';
import { z } from 'zod';
import { DraftProblem } from './draft-problem.ts';
import { ReleaseReference, Weight } from './fleet.ts';
import { Description, ListQuery, Name, pageOf, Timestamp, Uid, UidParams } from './list.ts';
import { PolicyInput, PolicyView } from './policies.ts';
import type { Route } from './route.ts';

const Query = z.string().max(MAX_FILTER_CHARACTERS).describe('Over devices, RSQL; empty: all');

export const AutoAssignment = z
  .object({
    release: ReleaseReference,
    weight: z.number().int(),
    policy: PolicyView,
    rollout: Uid.describe('The rollout of kind `auto` that carries it'),
    state: z.enum(ROLLOUT_STATES),
    assigned: z.number().int().describe('Devices that it has assigned the release to'),
  })
  .meta({ id: 'AutoAssignment' });

export const SavedFilter = z
  .object({
    id: Uid,
    name: Name,
    description: z.string(),
    query: Query,
    autoAssignment: AutoAssignment.nullable().describe('What it keeps assigning to the devices that come to match'),
    createdAt: Timestamp,
    createdBy: z.string(),
    revision: z.number().int(),
  })
  .meta({ id: 'SavedFilter' });

/** With what its policy may surprise by. */
const JudgedFilter = SavedFilter.extend({
  warnings: z.array(DraftProblem).describe('What of the policy can be meant so, and may surprise'),
}).meta({ id: 'JudgedFilter' });

const NewSavedFilter = z
  .object({ name: Name, description: Description.default(''), query: Query })
  .meta({ id: 'NewSavedFilter' });
const SavedFilterChange = z
  .object({ description: Description, query: Query })
  .partial()
  .meta({ id: 'SavedFilterChange' });

/** `start` and `approval` of the policy are not asked: it assigns from the moment on that it is set. */
const NewAutoAssignment = z
  .object({ release: Uid, weight: Weight, policy: PolicyInput.prefault({}) })
  .meta({ id: 'NewAutoAssignment' });

export const filterRoutes = {
  'filters.list': {
    method: 'GET',
    path: '/filters',
    tag: 'filters',
    summary: 'Saved filters',
    query: ListQuery,
    success: { status: 200, body: pageOf(SavedFilter) },
    errors: [],
  },
  'filters.create': {
    method: 'POST',
    path: '/filters',
    tag: 'filters',
    summary: 'Save a filter',
    body: NewSavedFilter,
    success: { status: 201, body: SavedFilter },
    errors: ['filter-invalid', 'name-taken'],
    creates: true,
    versioned: true,
  },
  'filters.show': {
    method: 'GET',
    path: '/filters/{id}',
    tag: 'filters',
    summary: 'One saved filter',
    params: UidParams,
    success: { status: 200, body: SavedFilter },
    errors: ['not-found'],
    versioned: true,
  },
  'filters.change': {
    method: 'PATCH',
    path: '/filters/{id}',
    tag: 'filters',
    summary: 'Change a saved filter; devices that come to match by it are assigned what it assigns',
    params: UidParams,
    body: SavedFilterChange,
    success: { status: 200, body: SavedFilter },
    errors: ['not-found', 'filter-invalid'],
    changes: true,
    versioned: true,
  },
  'filters.delete': {
    method: 'DELETE',
    path: '/filters/{id}',
    tag: 'filters',
    summary: 'Delete a saved filter; what it assigned stays',
    params: UidParams,
    success: { status: 204 },
    errors: ['not-found'],
    changes: true,
  },
  'filters.assign': {
    method: 'PUT',
    path: '/filters/{id}/auto-assignment',
    tag: 'filters',
    summary: 'Keep assigning a release to the devices that come to match',
    params: UidParams,
    body: NewAutoAssignment,
    success: { status: 200, body: JudgedFilter },
    errors: ['not-found', 'not-permitted', 'release-not-published', 'rollout-impossible'],
    changes: true,
    versioned: true,
  },
  'filters.stop-assigning': {
    method: 'DELETE',
    path: '/filters/{id}/auto-assignment',
    tag: 'filters',
    summary: 'Assign nothing more; what was assigned stays',
    params: UidParams,
    success: { status: 200, body: SavedFilter },
    errors: ['not-found'],
    changes: true,
    versioned: true,
  },
} as const satisfies Record<string, Route>;
