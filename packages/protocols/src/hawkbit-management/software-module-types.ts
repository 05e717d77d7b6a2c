import { z } from 'zod';
import type { ManagementRoute } from './route.ts';
import { Colour, GivenDescription, GivenName, IdParams, listOf, ListQuery, SoftDeletedMode } from './shapes.ts';
import { NamedType, TypeKey } from './target-types.ts';

const MAX_COUNT = 2 ** 31 - 1;

export const SoftwareModuleType = NamedType.extend({
  minArtifacts: z.number().int().describe('A module is complete with so many'),
  maxAssignments: z.number().int().describe('A distribution set has at most so many modules of the type'),
}).meta({ id: 'MgmtSoftwareModuleType' });
export type SoftwareModuleType = z.output<typeof SoftwareModuleType>;

const NewSoftwareModuleType = z
  .object({
    name: GivenName,
    key: TypeKey,
    maxAssignments: z.number().int().min(1).max(MAX_COUNT),
    minArtifacts: z.number().int().min(0).max(MAX_COUNT).default(0),
    description: GivenDescription.default(''),
    colour: Colour.default(''),
  })
  .meta({ id: 'MgmtSoftwareModuleTypeRequestBodyPost' });

/** Of types of modules and of distribution sets: their names and keys stay. */
export const TypeChange = z
  .object({ description: GivenDescription, colour: Colour })
  .partial()
  .meta({ id: 'MgmtTypeRequestBodyPut' });

export const DeletableListQuery = ListQuery.extend({ soft_deleted_mode: SoftDeletedMode });

const TAG = 'Software Module Types';

export const softwareModuleTypeRoutes = {
  'module-types.list': {
    method: 'GET',
    path: '/softwaremoduletypes',
    tag: TAG,
    summary: 'Types of software modules',
    query: DeletableListQuery,
    success: { status: 200, body: listOf(SoftwareModuleType) },
    errors: [],
  },
  'module-types.create': {
    method: 'POST',
    path: '/softwaremoduletypes',
    tag: TAG,
    summary: 'Create types, all or none',
    body: z.array(NewSoftwareModuleType),
    success: { status: 201, body: z.array(SoftwareModuleType) },
    errors: ['repo.entityAlreadyExists'],
  },
  'module-types.show': {
    method: 'GET',
    path: '/softwaremoduletypes/{id}',
    tag: TAG,
    summary: 'One type',
    params: IdParams,
    success: { status: 200, body: SoftwareModuleType },
    errors: [],
  },
  'module-types.change': {
    method: 'PUT',
    path: '/softwaremoduletypes/{id}',
    tag: TAG,
    summary: 'Describe a type anew',
    params: IdParams,
    body: TypeChange,
    success: { status: 200, body: SoftwareModuleType },
    errors: [],
  },
  'module-types.delete': {
    method: 'DELETE',
    path: '/softwaremoduletypes/{id}',
    tag: TAG,
    summary: 'Delete a type; one that is in use is kept, and listed no more',
    params: IdParams,
    success: { status: 204 },
    errors: [],
  },
} as const satisfies Record<string, ManagementRoute>;
