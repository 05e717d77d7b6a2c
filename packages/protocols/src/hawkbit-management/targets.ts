import { z } from 'zod';
import { DeviceName } from '../api/device-name.ts';
import type { ManagementRoute } from './route.ts';
import {
  Audit,
  GivenDescription,
  GivenName,
  IdReference,
  Links,
  listOf,
  ListQuery,
  Metadata,
  NumericId,
  plainText,
  PageQuery,
} from './shapes.ts';

const SECURITY_TOKEN_MAX_CHARACTERS = 128;
const ADDRESS_MAX_CHARACTERS = 512;
export const GROUP_MAX_CHARACTERS = 128;
const REMARK_MAX_CHARACTERS = 255;

export const UPDATE_STATUSES = ['unknown', 'in_sync', 'pending', 'error', 'registered'] as const;

const PollStatus = z.object({
  lastRequestAt: z.number().int(),
  nextExpectedRequestAt: z.number().int(),
  overdue: z.boolean(),
});

export const Target = Audit.extend({
  controllerId: DeviceName,
  name: z.string(),
  description: z.string().nullish(),
  group: z.string().nullish(),
  updateStatus: z.enum(UPDATE_STATUSES),
  lastControllerRequestAt: z.number().int().nullish(),
  installedAt: z.number().int().nullish(),
  ipAddress: z.string().nullish(),
  address: z.string().nullish(),
  pollStatus: PollStatus.nullish().describe('Absent before the first poll'),
  securityToken: z.string().nullish().describe('Only for those who may read it'),
  requestAttributes: z.boolean(),
  targetType: NumericId.nullish(),
  targetTypeName: z.string().nullish(),
  autoConfirmActive: z.boolean().nullish().describe('Only where the confirmation flow is on'),
  _links: Links,
}).meta({ id: 'MgmtTarget' });
export type Target = z.output<typeof Target>;

const SecurityToken = z
  .string()
  .regex(/^[\x21-\x7e]+$/)
  .max(SECURITY_TOKEN_MAX_CHARACTERS);
const Address = z.string().max(ADDRESS_MAX_CHARACTERS);

export const NewTarget = z
  .object({
    controllerId: DeviceName,
    name: GivenName.optional().describe('Else the controllerId'),
    description: GivenDescription.optional(),
    address: Address.optional(),
    securityToken: SecurityToken.optional().describe('Else one is made'),
    targetType: NumericId.optional(),
    group: plainText(GROUP_MAX_CHARACTERS).optional(),
    requestAttributes: z.boolean().optional().describe('Ignored: a new target is always asked'),
  })
  .meta({ id: 'MgmtTargetRequestBodyPost' });
export type NewTarget = z.output<typeof NewTarget>;

const TargetChange = z
  .object({
    name: GivenName,
    description: GivenDescription,
    controllerId: DeviceName,
    address: Address,
    securityToken: SecurityToken,
    requestAttributes: z.boolean().describe('Only `true` is possible'),
    targetType: NumericId.describe('-1 takes the type away'),
  })
  .partial()
  .meta({ id: 'MgmtTargetRequestBodyPut' });
export type TargetChange = z.output<typeof TargetChange>;

const AutoConfirm = z
  .object({
    active: z.boolean(),
    initiator: z.string().nullish(),
    remark: z.string().nullish(),
    activatedAt: z.number().int().nullish(),
    _links: Links,
  })
  .meta({ id: 'MgmtTargetAutoConfirm' });
const AutoConfirmActivation = z
  .object({ initiator: plainText(64), remark: plainText(REMARK_MAX_CHARACTERS) })
  .partial()
  .meta({ id: 'MgmtTargetAutoConfirmUpdate' });

export const TargetParams = z.object({ controllerId: DeviceName });
const MetadataParams = TargetParams.extend({ key: z.string().min(1) });

export const TARGETS_TAG = 'Targets';
const TARGETS = TARGETS_TAG;

export const targetRoutes = {
  'targets.list': {
    method: 'GET',
    path: '/targets',
    tag: TARGETS,
    summary: 'Targets',
    query: ListQuery,
    success: { status: 200, body: listOf(Target) },
    errors: [],
  },
  'targets.create': {
    method: 'POST',
    path: '/targets',
    tag: TARGETS,
    summary: 'Create targets, all or none',
    body: z.array(NewTarget),
    success: { status: 201, body: z.array(Target) },
    errors: ['repo.entityAlreadyExists', 'repo.entityNotFound', 'repo.invalidTargetAddress'],
  },
  'targets.show': {
    method: 'GET',
    path: '/targets/{controllerId}',
    tag: TARGETS,
    summary: 'One target',
    params: TargetParams,
    success: { status: 200, body: Target },
    errors: [],
  },
  'targets.change': {
    method: 'PUT',
    path: '/targets/{controllerId}',
    tag: TARGETS,
    summary: 'Change a target',
    params: TargetParams,
    body: TargetChange,
    success: { status: 200, body: Target },
    errors: ['repo.entityAlreadyExists', 'repo.invalidTargetAddress'],
  },
  'targets.delete': {
    method: 'DELETE',
    path: '/targets/{controllerId}',
    tag: TARGETS,
    summary: 'Delete a target',
    params: TargetParams,
    success: { status: 204 },
    errors: [],
  },
  'targets.set-type': {
    method: 'POST',
    path: '/targets/{controllerId}/targettype',
    tag: TARGETS,
    summary: 'Give a target its type',
    params: TargetParams,
    body: IdReference,
    success: { status: 204 },
    errors: [],
  },
  'targets.remove-type': {
    method: 'DELETE',
    path: '/targets/{controllerId}/targettype',
    tag: TARGETS,
    summary: 'Take a target’s type away',
    params: TargetParams,
    success: { status: 204 },
    errors: [],
  },
  'targets.attributes': {
    method: 'GET',
    path: '/targets/{controllerId}/attributes',
    tag: TARGETS,
    summary: 'What a target says of itself',
    params: TargetParams,
    success: { status: 200, body: z.record(z.string(), z.string()), orEmpty: true },
    errors: [],
  },
  'targets.metadata': {
    method: 'GET',
    path: '/targets/{controllerId}/metadata',
    tag: TARGETS,
    summary: 'Metadata of a target',
    params: TargetParams,
    query: PageQuery,
    success: { status: 200, body: listOf(Metadata) },
    errors: [],
  },
  'targets.add-metadata': {
    method: 'POST',
    path: '/targets/{controllerId}/metadata',
    tag: TARGETS,
    summary: 'Add metadata',
    params: TargetParams,
    body: z.array(Metadata),
    success: { status: 201 },
    errors: ['repo.entityAlreadyExists', 'quota.tooManyEntries'],
  },
  'targets.metadata-value': {
    method: 'GET',
    path: '/targets/{controllerId}/metadata/{key}',
    tag: TARGETS,
    summary: 'One value',
    params: MetadataParams,
    success: { status: 200, body: Metadata },
    errors: [],
  },
  'targets.change-metadata': {
    method: 'PUT',
    path: '/targets/{controllerId}/metadata/{key}',
    tag: TARGETS,
    summary: 'Change a value',
    params: MetadataParams,
    body: Metadata.pick({ value: true }),
    success: { status: 204 },
    errors: [],
  },
  'targets.delete-metadata': {
    method: 'DELETE',
    path: '/targets/{controllerId}/metadata/{key}',
    tag: TARGETS,
    summary: 'Delete a value',
    params: MetadataParams,
    success: { status: 204 },
    errors: [],
  },
  'targets.auto-confirm': {
    method: 'GET',
    path: '/targets/{controllerId}/autoConfirm',
    tag: TARGETS,
    summary: 'Whether updates are confirmed without asking',
    params: TargetParams,
    success: { status: 200, body: AutoConfirm },
    errors: [],
  },
  'targets.activate-auto-confirm': {
    method: 'POST',
    path: '/targets/{controllerId}/autoConfirm/activate',
    tag: TARGETS,
    summary: 'Confirm updates without asking',
    params: TargetParams,
    body: AutoConfirmActivation,
    bodyIsOptional: true,
    success: { status: 204 },
    errors: ['repo.autoConfAlreadyActive'],
  },
  'targets.deactivate-auto-confirm': {
    method: 'POST',
    path: '/targets/{controllerId}/autoConfirm/deactivate',
    tag: TARGETS,
    summary: 'Ask again',
    params: TargetParams,
    success: { status: 204 },
    errors: [],
  },
} as const satisfies Record<string, ManagementRoute>;
