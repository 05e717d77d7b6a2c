import { z } from 'zod';
import { AssignmentResult, TargetAssignment, Yes } from './actions.ts';
import { AutoAssignment } from './auto-assignments.ts';
import { SETS_TAG as TAG } from './distribution-set-routes.ts';
import type { ManagementRoute } from './route.ts';
import { IdParams, listOf, ListQuery } from './shapes.ts';
import { TargetFilter } from './target-filters.ts';
import { Target } from './targets.ts';

const CANCELATION_TYPES = ['soft', 'force', 'none'] as const;
const Invalidation = z
  .object({ actionCancelationType: z.enum(CANCELATION_TYPES) })
  .meta({ id: 'MgmtInvalidateDistributionSetRequestBody' });

const Counts = z.record(z.string(), z.number().int());
export const SetStatistics = z
  .object({ actions: Counts, rollouts: Counts, totalAutoAssignments: z.number().int() })
  .partial()
  .meta({ id: 'MgmtDistributionSetStatistics' });
export type SetStatistics = z.output<typeof SetStatistics>;

/** What becomes of a distribution set: who is to run it, how often, and its end. */
export const distributionSetUseRoutes = {
  'sets.assigned-targets': {
    method: 'GET',
    path: '/distributionsets/{id}/assignedTargets',
    tag: TAG,
    summary: 'Targets that are to run it',
    params: IdParams,
    query: ListQuery,
    success: { status: 200, body: listOf(Target) },
    errors: [],
  },
  'sets.installed-targets': {
    method: 'GET',
    path: '/distributionsets/{id}/installedTargets',
    tag: TAG,
    summary: 'Targets that run it',
    params: IdParams,
    query: ListQuery,
    success: { status: 200, body: listOf(Target) },
    errors: [],
  },
  'sets.assign': {
    method: 'POST',
    path: '/distributionsets/{id}/assignedTargets',
    tag: TAG,
    summary: 'Assign it to targets; `offline`: they run it already',
    params: IdParams,
    query: z.object({ offline: Yes }),
    body: z.array(TargetAssignment),
    success: { status: 200, body: AssignmentResult },
    errors: [
      'distributionset.incomplete',
      'distributionset.invalid',
      'target.type.incompatible',
      'maintenanceScheduleInvalid',
      'quota.tooManyEntries',
    ],
  },
  'sets.auto-filters': {
    method: 'GET',
    path: '/distributionsets/{id}/autoAssignTargetFilters',
    tag: TAG,
    summary: 'Target filters that assign it',
    params: IdParams,
    query: ListQuery,
    success: { status: 200, body: listOf(TargetFilter) },
    errors: [],
  },
  'sets.auto-assignments': {
    method: 'GET',
    path: '/distributionsets/{id}/autoAssignments',
    tag: TAG,
    summary: 'Automatic assignments of it',
    params: IdParams,
    query: ListQuery,
    success: { status: 200, body: listOf(AutoAssignment) },
    errors: [],
  },
  'sets.statistics': {
    method: 'GET',
    path: '/distributionsets/{id}/statistics',
    tag: TAG,
    summary: 'How often it is in use',
    params: IdParams,
    success: { status: 200, body: SetStatistics },
    errors: [],
  },
  'sets.statistics-rollouts': {
    method: 'GET',
    path: '/distributionsets/{id}/statistics/rollouts',
    tag: TAG,
    summary: 'Its rollouts by their states',
    params: IdParams,
    success: { status: 200, body: SetStatistics },
    errors: [],
  },
  'sets.statistics-actions': {
    method: 'GET',
    path: '/distributionsets/{id}/statistics/actions',
    tag: TAG,
    summary: 'Its actions by their states',
    params: IdParams,
    success: { status: 200, body: SetStatistics },
    errors: [],
  },
  'sets.statistics-auto-assignments': {
    method: 'GET',
    path: '/distributionsets/{id}/statistics/autoassignments',
    tag: TAG,
    summary: 'Its automatic assignments',
    params: IdParams,
    success: { status: 200, body: SetStatistics },
    errors: [],
  },
  'sets.invalidate': {
    method: 'POST',
    path: '/distributionsets/{id}/invalidate',
    tag: TAG,
    summary: 'Withdraw it for ever',
    params: IdParams,
    body: Invalidation,
    success: { status: 204 },
    errors: ['distributionset.incomplete', 'stopRolloutFailed'],
  },
} as const satisfies Record<string, ManagementRoute>;
