import { z } from 'zod';
import type { ManagementRoute } from './route.ts';
import { Colour, GivenDescription, GivenName, IdParams, IdReference, listOf, PathId } from './shapes.ts';
import { DeletableListQuery, SoftwareModuleType, TypeChange } from './software-module-types.ts';
import { NamedType, TypeKey } from './target-types.ts';

export const DistributionSetType = NamedType.meta({ id: 'MgmtDistributionSetType' });
export type DistributionSetType = z.output<typeof DistributionSetType>;

const NewDistributionSetType = z
  .object({
    name: GivenName,
    key: TypeKey,
    description: GivenDescription.default(''),
    colour: Colour.default(''),
    mandatorymodules: z.array(IdReference).default([]),
    optionalmodules: z.array(IdReference).default([]),
  })
  .meta({ id: 'MgmtDistributionSetTypeRequestBodyPost' });
export type NewDistributionSetType = z.output<typeof NewDistributionSetType>;

const TAG = 'Distribution Set Types';
const PartParams = IdParams.extend({ typeId: PathId });
const PART_ERRORS = ['entityReadOnly', 'quota.tooManyEntries'] as const;

export const distributionSetTypeRoutes = {
  'set-types.list': {
    method: 'GET',
    path: '/distributionsettypes',
    tag: TAG,
    summary: 'Types of distribution sets',
    query: DeletableListQuery,
    success: { status: 200, body: listOf(DistributionSetType) },
    errors: [],
  },
  'set-types.create': {
    method: 'POST',
    path: '/distributionsettypes',
    tag: TAG,
    summary: 'Create types, all or none',
    body: z.array(NewDistributionSetType),
    success: { status: 201, body: z.array(DistributionSetType) },
    errors: ['repo.entityAlreadyExists', 'repo.entityNotFound', 'quota.tooManyEntries'],
  },
  'set-types.show': {
    method: 'GET',
    path: '/distributionsettypes/{id}',
    tag: TAG,
    summary: 'One type',
    params: IdParams,
    success: { status: 200, body: DistributionSetType },
    errors: [],
  },
  'set-types.change': {
    method: 'PUT',
    path: '/distributionsettypes/{id}',
    tag: TAG,
    summary: 'Describe a type anew',
    params: IdParams,
    body: TypeChange,
    success: { status: 200, body: DistributionSetType },
    errors: [],
  },
  'set-types.delete': {
    method: 'DELETE',
    path: '/distributionsettypes/{id}',
    tag: TAG,
    summary: 'Delete a type; one that is in use is kept, and listed no more',
    params: IdParams,
    success: { status: 204 },
    errors: [],
  },
  'set-types.mandatory': {
    method: 'GET',
    path: '/distributionsettypes/{id}/mandatorymoduletypes',
    tag: TAG,
    summary: 'Types of modules without which a set is not complete',
    params: IdParams,
    success: { status: 200, body: z.array(SoftwareModuleType) },
    errors: [],
  },
  'set-types.add-mandatory': {
    method: 'POST',
    path: '/distributionsettypes/{id}/mandatorymoduletypes',
    tag: TAG,
    summary: 'Add such a type',
    params: IdParams,
    body: IdReference,
    success: { status: 204 },
    errors: PART_ERRORS,
  },
  'set-types.mandatory-one': {
    method: 'GET',
    path: '/distributionsettypes/{id}/mandatorymoduletypes/{typeId}',
    tag: TAG,
    summary: 'One such type',
    params: PartParams,
    success: { status: 200, body: SoftwareModuleType },
    errors: [],
  },
  'set-types.remove-mandatory': {
    method: 'DELETE',
    path: '/distributionsettypes/{id}/mandatorymoduletypes/{typeId}',
    tag: TAG,
    summary: 'Remove such a type',
    params: PartParams,
    success: { status: 204 },
    errors: PART_ERRORS,
  },
  'set-types.optional': {
    method: 'GET',
    path: '/distributionsettypes/{id}/optionalmoduletypes',
    tag: TAG,
    summary: 'Types of modules that a set may have besides',
    params: IdParams,
    success: { status: 200, body: z.array(SoftwareModuleType) },
    errors: [],
  },
  'set-types.add-optional': {
    method: 'POST',
    path: '/distributionsettypes/{id}/optionalmoduletypes',
    tag: TAG,
    summary: 'Add such a type',
    params: IdParams,
    body: IdReference,
    success: { status: 204 },
    errors: PART_ERRORS,
  },
  'set-types.optional-one': {
    method: 'GET',
    path: '/distributionsettypes/{id}/optionalmoduletypes/{typeId}',
    tag: TAG,
    summary: 'One such type',
    params: PartParams,
    success: { status: 200, body: SoftwareModuleType },
    errors: [],
  },
  'set-types.remove-optional': {
    method: 'DELETE',
    path: '/distributionsettypes/{id}/optionalmoduletypes/{typeId}',
    tag: TAG,
    summary: 'Remove such a type',
    params: PartParams,
    success: { status: 204 },
    errors: PART_ERRORS,
  },
} as const satisfies Record<string, ManagementRoute>;
