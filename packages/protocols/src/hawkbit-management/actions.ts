import { z } from 'zod';
import { DeviceName } from '../api/device-name.ts';
import { MaintenanceWindow } from './maintenance-window.ts';
import { ACTION_URGENCIES } from './policy-words.ts';
import { Audit, Links, NumericId } from './shapes.ts';

/** Frozen wire words. */
export const ACTION_STATUSES = [
  'finished',
  'error',
  'warning',
  'running',
  'canceled',
  'canceling',
  'retrieved',
  'download',
  'scheduled',
  'cancel_rejected',
  'downloaded',
  'wait_for_confirmation',
] as const;
export type ActionStatusWord = (typeof ACTION_STATUSES)[number];

export const ActionUrgency = z.enum(ACTION_URGENCIES);

const MAX_WEIGHT = 1000;

export const Action = Audit.extend({
  id: NumericId,
  type: z.enum(['update', 'cancel']),
  active: z.boolean(),
  status: z.enum(ACTION_STATUSES),
  forceType: ActionUrgency,
  forceTime: z.number().int().nullish(),
  weight: z.number().int(),
  maintenanceWindow: z
    .object({
      schedule: z.string(),
      duration: z.string(),
      timezone: z.string(),
      nextStartAt: z.number().int().nullish(),
    })
    .nullish(),
  rollout: NumericId.nullish(),
  rolloutName: z.string().nullish(),
  lastStatusCode: z.number().int().nullish(),
  externalRef: z.string().nullish(),
  _links: Links,
}).meta({ id: 'MgmtAction' });
export type Action = z.output<typeof Action>;

export const ActionStatusEntry = z
  .object({
    id: z.number().int(),
    type: z.enum(ACTION_STATUSES),
    messages: z.array(z.string()),
    reportedAt: z.number().int(),
    timestamp: z.number().int(),
    code: z.number().int().nullish(),
  })
  .meta({ id: 'MgmtActionStatus' });
export type ActionStatusEntry = z.output<typeof ActionStatusEntry>;

const AssignmentWish = {
  type: ActionUrgency.optional(),
  forcetime: z.number().int().min(0).max(8_640_000_000_000_000).optional(),
  weight: z.number().int().min(0).max(MAX_WEIGHT).optional(),
  confirmationRequired: z.boolean().optional(),
  maintenanceWindow: MaintenanceWindow.optional(),
};
/** Of a distribution set to a target. */
export const SetAssignment = z
  .object({ id: NumericId, ...AssignmentWish })
  .meta({ id: 'MgmtDistributionSetAssignment' });
export type SetAssignment = z.output<typeof SetAssignment>;
/** Of a target to a distribution set. */
export const TargetAssignment = z
  .object({ id: DeviceName, ...AssignmentWish })
  .meta({ id: 'MgmtTargetAssignmentRequestBody' });

/** `assigned`: actions made; `alreadyAssigned`: targets that have it, or are to get it, already. */
export const AssignmentResult = z
  .object({
    assigned: z.number().int(),
    alreadyAssigned: z.number().int(),
    total: z.number().int(),
    assignedActions: z.array(z.object({ id: NumericId, _links: Links })),
  })
  .meta({ id: 'MgmtTargetAssignmentResponseBody' });

/** A query's word for yes and no, in any case of letters. */
export const Yes = z
  .string()
  .optional()
  .transform((word) => word?.toLowerCase() === 'true')
  .describe('`true` or `false` (default)');
