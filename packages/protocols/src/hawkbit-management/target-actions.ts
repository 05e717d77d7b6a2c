import { z } from 'zod';
import { Action, ActionStatusEntry, ActionUrgency, AssignmentResult, SetAssignment, Yes } from './actions.ts';
import { DistributionSet } from './distribution-sets.ts';
import type { ManagementRoute } from './route.ts';
import { listOf, ListQuery, PageQuery, PathId } from './shapes.ts';
import { TargetParams, TARGETS_TAG } from './targets.ts';

const ActionParams = TargetParams.extend({ actionId: PathId });
const MAX_ACTIONS_PER_REQUEST = 5000;

const Confirmation = z
  .object({
    confirmation: z.enum(['confirmed', 'denied']),
    code: z.number().int().optional(),
    details: z.array(z.string()).optional(),
  })
  .meta({ id: 'MgmtActionConfirmationRequestBodyPut' });

const KeepLast = z.object({ keepLast: z.coerce.number().int().min(0).optional() });

export const targetActionRoutes = {
  'targets.actions': {
    method: 'GET',
    path: '/targets/{controllerId}/actions',
    tag: TARGETS_TAG,
    summary: 'Actions of a target, the newest first',
    params: TargetParams,
    query: ListQuery,
    success: { status: 200, body: listOf(Action) },
    errors: [],
  },
  'targets.delete-actions': {
    method: 'DELETE',
    path: '/targets/{controllerId}/actions',
    tag: TARGETS_TAG,
    summary: 'Forget actions that are over',
    params: TargetParams,
    query: KeepLast,
    body: z.array(z.number().int()).max(MAX_ACTIONS_PER_REQUEST),
    bodyIsOptional: true,
    success: { status: 204 },
    errors: ['action.notDeletable'],
  },
  'targets.action': {
    method: 'GET',
    path: '/targets/{controllerId}/actions/{actionId}',
    tag: TARGETS_TAG,
    summary: 'One action',
    params: ActionParams,
    success: { status: 200, body: Action },
    errors: [],
  },
  'targets.force-action': {
    method: 'PUT',
    path: '/targets/{controllerId}/actions/{actionId}',
    tag: TARGETS_TAG,
    summary: 'Make an action a forced one',
    params: ActionParams,
    body: z.object({ forceType: ActionUrgency.optional() }),
    success: { status: 200, body: Action },
    errors: [],
  },
  'targets.cancel-action': {
    method: 'DELETE',
    path: '/targets/{controllerId}/actions/{actionId}',
    tag: TARGETS_TAG,
    summary: 'Cancel an action; with `force`, one that is being cancelled ends without its device',
    params: ActionParams,
    query: z.object({ force: Yes }),
    success: { status: 204 },
    errors: ['action.notCancelable', 'action.notForceQuitable'],
  },
  'targets.confirm-action': {
    method: 'PUT',
    path: '/targets/{controllerId}/actions/{actionId}/confirmation',
    tag: TARGETS_TAG,
    summary: 'Answer for the user of a target',
    params: ActionParams,
    body: Confirmation,
    success: { status: 204 },
    errors: ['confirmation.feedback.gone'],
  },
  'targets.action-status': {
    method: 'GET',
    path: '/targets/{controllerId}/actions/{actionId}/status',
    tag: TARGETS_TAG,
    summary: 'What was said of an action, the newest first',
    params: ActionParams,
    query: PageQuery,
    success: { status: 200, body: listOf(ActionStatusEntry) },
    errors: [],
  },
  'targets.assigned-set': {
    method: 'GET',
    path: '/targets/{controllerId}/assignedDS',
    tag: TARGETS_TAG,
    summary: 'What a target is to run',
    params: TargetParams,
    success: { status: 200, body: DistributionSet, orEmpty: true },
    errors: [],
  },
  'targets.installed-set': {
    method: 'GET',
    path: '/targets/{controllerId}/installedDS',
    tag: TARGETS_TAG,
    summary: 'What a target runs',
    params: TargetParams,
    success: { status: 200, body: DistributionSet, orEmpty: true },
    errors: [],
  },
  'targets.assign-set': {
    method: 'POST',
    path: '/targets/{controllerId}/assignedDS',
    tag: TARGETS_TAG,
    summary: 'Assign a distribution set; `offline`: the target runs it already',
    params: TargetParams,
    query: z.object({ offline: Yes }),
    body: z.union([SetAssignment, z.array(SetAssignment).min(1)]),
    success: { status: 200, body: AssignmentResult },
    errors: [
      'distributionset.incomplete',
      'distributionset.invalid',
      'target.type.incompatible',
      'maintenanceScheduleInvalid',
      'multiAssignmentNotEnabled',
      'quota.tooManyEntries',
    ],
  },
} as const satisfies Record<string, ManagementRoute>;
