import { z } from 'zod';
import { ActionUrgency } from './actions.ts';
import {
  Audit,
  DESCRIPTION_MAX_CHARACTERS,
  GivenDescription,
  GivenName,
  Links,
  NAME_MAX_CHARACTERS,
  NumericId,
  plainText,
} from './shapes.ts';
import { FILTER_MAX_CHARACTERS, GivenQuery, GivenWeight } from './target-filters.ts';

/** Frozen wire words, as everywhere in this folder. */
const ROLLOUT_STATUSES = [
  'creating',
  'waiting_for_approval',
  'approval_denied',
  'ready',
  'starting',
  'running',
  'paused',
  'stopping',
  'stopped',
  'finished',
  'deleting',
  'deleted',
] as const;
export type RolloutStatus = (typeof ROLLOUT_STATUSES)[number];
const GROUP_STATUSES = ['creating', 'ready', 'scheduled', 'running', 'finished', 'error'] as const;

export const MAX_GROUPS = 500;
const EXPRESSION_MAX_CHARACTERS = 16;
export const REMARK_MAX_CHARACTERS = 255;
const EPOCH_MAX_MS = 253_402_300_799_999;
export const GivenInstant = z.number().int().min(0).max(EPOCH_MAX_MS).describe('Epoch milliseconds');

const Condition = z.object({ condition: z.literal('THRESHOLD'), expression: z.string() });
const SuccessAction = z.object({ action: z.enum(['NEXTGROUP', 'PAUSE']), expression: z.string().nullish() });
const ErrorAction = z.object({ action: z.literal('PAUSE'), expression: z.string().nullish() });

/** A percentage in digits; an empty object leaves the condition as it would be without. */
const GivenCondition = z.object({
  condition: z.literal('THRESHOLD').optional(),
  expression: z
    .string()
    .max(EXPRESSION_MAX_CHARACTERS)
    .regex(/^\d{1,3}(\.\d+)?$/, 'a percentage is needed')
    .refine((text) => Number(text) <= 100, 'at most 100')
    .optional(),
});
const Conditions = z.object({
  successCondition: GivenCondition.optional(),
  successAction: SuccessAction.partial().optional(),
  errorCondition: GivenCondition.optional(),
  errorAction: ErrorAction.partial().optional(),
});
export type GivenConditions = z.output<typeof Conditions>;

const GivenGroup = Conditions.extend({
  name: plainText(NAME_MAX_CHARACTERS).optional(),
  description: plainText(DESCRIPTION_MAX_CHARACTERS).optional(),
  targetFilterQuery: z.string().max(FILTER_MAX_CHARACTERS).optional(),
  targetPercentage: z.number().min(0).max(100).optional(),
  confirmationRequired: z.boolean().optional(),
});
export type GivenGroup = z.output<typeof GivenGroup>;

const DynamicGroupTemplate = z.object({
  nameSuffix: plainText(NAME_MAX_CHARACTERS).default(''),
  targetCount: z
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1),
});

export const NewRollout = Conditions.extend({
  name: GivenName,
  description: GivenDescription.optional(),
  targetFilterQuery: GivenQuery,
  distributionSetId: NumericId,
  type: ActionUrgency.optional(),
  forcetime: GivenInstant.optional(),
  startAt: GivenInstant.optional(),
  weight: GivenWeight.optional(),
  confirmationRequired: z.boolean().optional(),
  dynamic: z.boolean().optional(),
  dynamicGroupTemplate: DynamicGroupTemplate.optional(),
  amountGroups: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .optional(),
  groups: z.array(GivenGroup).optional(),
}).meta({ id: 'RolloutRestRequestBodyPost' });
export type NewRollout = z.output<typeof NewRollout>;

export const RolloutChange = z.object({ name: GivenName, description: GivenDescription }).partial();

const StatusCounts = z.object({
  scheduled: z.number().int(),
  running: z.number().int(),
  error: z.number().int(),
  finished: z.number().int(),
  cancelled: z.number().int(),
  notstarted: z.number().int(),
});
export type StatusCounts = z.output<typeof StatusCounts>;

export const Rollout = Audit.extend({
  id: NumericId,
  name: z.string(),
  description: z.string().nullish(),
  targetFilterQuery: z.string(),
  distributionSetId: NumericId,
  status: z.enum(ROLLOUT_STATUSES),
  totalTargets: z.number().int(),
  deleted: z.boolean(),
  type: ActionUrgency,
  forcetime: z.number().int().nullish(),
  weight: z.number().int(),
  dynamic: z.boolean(),
  confirmationRequired: z.boolean(),
  totalTargetsPerStatus: StatusCounts.nullish(),
  totalGroups: z.number().int().nullish(),
  startAt: z.number().int().nullish(),
  approveDecidedBy: z.string().nullish(),
  approvalRemark: z.string().nullish(),
  _links: Links,
}).meta({ id: 'RolloutResponseBody' });
export type Rollout = z.output<typeof Rollout>;

export const RolloutGroup = Audit.extend({
  id: NumericId,
  name: z.string(),
  description: z.string().nullish(),
  status: z.enum(GROUP_STATUSES),
  dynamic: z.boolean(),
  totalTargets: z.number().int(),
  targetFilterQuery: z.string(),
  targetPercentage: z.number(),
  confirmationRequired: z.boolean().nullish(),
  successCondition: Condition,
  successAction: SuccessAction,
  errorCondition: Condition.nullish(),
  errorAction: ErrorAction.nullish(),
  totalTargetsPerStatus: StatusCounts.nullish(),
  _links: Links,
}).meta({ id: 'RolloutGroupResponseBody' });
export type RolloutGroup = z.output<typeof RolloutGroup>;
export type GroupStatus = RolloutGroup['status'];
