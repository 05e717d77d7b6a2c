import { z } from 'zod';
import type { ManagementRoute } from './route.ts';
import {
  Audit,
  Colour,
  GivenDescription,
  GivenName,
  IdParams,
  IdReference,
  Links,
  listOf,
  ListQuery,
  NumericId,
  PathId,
  plainText,
  TYPE_KEY_MAX_CHARACTERS,
} from './shapes.ts';

/** Of targets, distribution sets and software modules. */
export const NamedType = Audit.extend({
  id: NumericId,
  key: z.string(),
  name: z.string(),
  description: z.string().nullish(),
  colour: z.string().nullish(),
  deleted: z.boolean().nullish(),
  _links: Links,
});
export const TargetType = NamedType.meta({ id: 'MgmtTargetType' });
export type TargetType = z.output<typeof TargetType>;
const DistributionSetTypeSummary = NamedType.meta({ id: 'MgmtDistributionSetTypeOfTargetType' });

export const TypeKey = plainText(TYPE_KEY_MAX_CHARACTERS).min(1);

const NewTargetType = z
  .object({
    name: GivenName.optional().describe('Else the key'),
    key: TypeKey.optional().describe('Else the name'),
    description: GivenDescription.optional(),
    colour: Colour.optional(),
    compatibledistributionsettypes: z.array(IdReference).optional(),
  })
  .meta({ id: 'MgmtTargetTypeRequestBodyPost' });
const TargetTypeChange = z
  .object({ name: GivenName, description: GivenDescription, colour: Colour })
  .partial()
  .meta({ id: 'MgmtTargetTypeRequestBodyPut' });
export type NewTargetType = z.output<typeof NewTargetType>;

const TYPE = 'Target Types';

export const targetTypeRoutes = {
  'target-types.list': {
    method: 'GET',
    path: '/targettypes',
    tag: TYPE,
    summary: 'Target types',
    query: ListQuery,
    success: { status: 200, body: listOf(TargetType) },
    errors: [],
  },
  'target-types.create': {
    method: 'POST',
    path: '/targettypes',
    tag: TYPE,
    summary: 'Create target types, all or none',
    body: z.array(NewTargetType),
    success: { status: 201, body: z.array(TargetType) },
    errors: [
      'repo.entityAlreadyExists',
      'repo.entityNotFound',
      'target.type.keyOrNameRequired',
      'quota.tooManyEntries',
    ],
  },
  'target-types.show': {
    method: 'GET',
    path: '/targettypes/{id}',
    tag: TYPE,
    summary: 'One target type',
    params: IdParams,
    success: { status: 200, body: TargetType },
    errors: [],
  },
  'target-types.change': {
    method: 'PUT',
    path: '/targettypes/{id}',
    tag: TYPE,
    summary: 'Change a target type',
    params: IdParams,
    body: TargetTypeChange,
    success: { status: 200, body: TargetType },
    errors: ['repo.entityAlreadyExists'],
  },
  'target-types.delete': {
    method: 'DELETE',
    path: '/targettypes/{id}',
    tag: TYPE,
    summary: 'Delete a target type that no target has',
    params: IdParams,
    success: { status: 204 },
    errors: ['target.type.used'],
  },
  'target-types.compatible': {
    method: 'GET',
    path: '/targettypes/{id}/compatibledistributionsettypes',
    tag: TYPE,
    summary: 'Types of distribution sets that targets of the type take',
    params: IdParams,
    success: { status: 200, body: z.array(DistributionSetTypeSummary) },
    errors: [],
  },
  'target-types.add-compatible': {
    method: 'POST',
    path: '/targettypes/{id}/compatibledistributionsettypes',
    tag: TYPE,
    summary: 'Add such types',
    params: IdParams,
    body: z.array(IdReference),
    success: { status: 204 },
    errors: ['quota.tooManyEntries'],
  },
  'target-types.remove-compatible': {
    method: 'DELETE',
    path: '/targettypes/{id}/compatibledistributionsettypes/{typeId}',
    tag: TYPE,
    summary: 'Remove such a type',
    params: IdParams.extend({ typeId: PathId }),
    success: { status: 204 },
    errors: [],
  },
} as const satisfies Record<string, ManagementRoute>;
