import { z } from 'zod';
import type { ManagementRoute } from './route.ts';
import { listOf, ListQuery, PageQuery } from './shapes.ts';
import { TargetIds } from './target-tags.ts';
import { GROUP_MAX_CHARACTERS, Target } from './targets.ts';

const Group = z.string().min(1).max(GROUP_MAX_CHARACTERS);
const GroupParams = z.object({ group: Group });
const GroupQuery = z.object({ group: Group });
const Subgroups = z.enum(['true', 'false']).default('false').describe('Whether those below it are meant, too');
const Query = ListQuery.pick({ q: true }).required();

const GROUP = 'Target Groups';

export const targetGroupRoutes = {
  'target-groups.list': {
    method: 'GET',
    path: '/targetgroups',
    tag: GROUP,
    summary: 'Groups that targets are in',
    success: { status: 200, body: z.array(z.string()) },
    errors: [],
  },
  'target-groups.assigned': {
    method: 'GET',
    path: '/targetgroups/{group}/assigned',
    tag: GROUP,
    summary: 'Targets of a group',
    params: GroupParams,
    query: PageQuery,
    success: { status: 200, body: listOf(Target) },
    errors: [],
  },
  'target-groups.assigned-below': {
    method: 'GET',
    path: '/targetgroups/assigned',
    tag: GROUP,
    summary: 'Targets of a group, perhaps with those below it',
    query: PageQuery.extend({ group: Group, subgroups: Subgroups }),
    success: { status: 200, body: listOf(Target) },
    errors: [],
  },
  'target-groups.assign': {
    method: 'PUT',
    path: '/targetgroups/{group}/assigned',
    tag: GROUP,
    summary: 'Put targets into a group',
    params: GroupParams,
    body: TargetIds,
    success: { status: 204 },
    errors: ['repo.entityNotFound'],
  },
  'target-groups.assign-below': {
    method: 'PUT',
    path: '/targetgroups/assigned',
    tag: GROUP,
    summary: 'Put targets into a group of any depth',
    query: GroupQuery,
    body: TargetIds,
    success: { status: 204 },
    errors: ['repo.entityNotFound'],
  },
  'target-groups.assign-matching': {
    method: 'PUT',
    path: '/targetgroups/{group}',
    tag: GROUP,
    summary: 'Put all targets that match into a group',
    params: GroupParams,
    query: Query,
    success: { status: 204 },
    errors: [],
  },
  'target-groups.assign-matching-below': {
    method: 'PUT',
    path: '/targetgroups',
    tag: GROUP,
    summary: 'Put all targets that match into a group of any depth',
    query: Query.extend({ group: Group }),
    success: { status: 204 },
    errors: [],
  },
  'target-groups.unassign': {
    method: 'DELETE',
    path: '/targetgroups/assigned',
    tag: GROUP,
    summary: 'Take targets out of their groups',
    body: TargetIds,
    success: { status: 204 },
    errors: ['repo.entityNotFound'],
  },
  'target-groups.unassign-matching': {
    method: 'DELETE',
    path: '/targetgroups',
    tag: GROUP,
    summary: 'Take all targets that match out of their groups',
    query: Query,
    success: { status: 204 },
    errors: [],
  },
} as const satisfies Record<string, ManagementRoute>;
