import { z } from 'zod';
import { DistributionSet, SoftwareModule } from './distribution-sets.ts';
import type { ManagementRoute } from './route.ts';
import {
  GivenDescription,
  GivenName,
  IdParams,
  IdReference,
  listOf,
  Metadata,
  METADATA_KEY_MAX_CHARACTERS,
  PageQuery,
  PathId,
} from './shapes.ts';
import { DeletableListQuery } from './software-module-types.ts';
import { GivenVersion } from './software-modules.ts';
import { TypeKey } from './target-types.ts';

const NewDistributionSet = z
  .object({
    name: GivenName,
    version: GivenVersion,
    description: GivenDescription.default(''),
    type: TypeKey.optional().describe('The key of its type; else the default one'),
    modules: z.array(IdReference).default([]),
    requiredMigrationStep: z.boolean().default(false),
  })
  .meta({ id: 'MgmtDistributionSetRequestBodyPost' });
const DistributionSetChange = z
  .object({
    name: GivenName,
    version: GivenVersion,
    description: GivenDescription,
    locked: z.boolean(),
    requiredMigrationStep: z.boolean(),
  })
  .partial()
  .meta({ id: 'MgmtDistributionSetRequestBodyPut' });

const MetadataParams = IdParams.extend({ key: z.string().min(1).max(METADATA_KEY_MAX_CHARACTERS) });
export const SETS_TAG = 'Distribution Sets';
const TAG = SETS_TAG;
const MODULE_ERRORS = ['locked', 'distributionset.modules.unsupported', 'quota.tooManyEntries'] as const;

export const distributionSetRoutes = {
  'sets.list': {
    method: 'GET',
    path: '/distributionsets',
    tag: TAG,
    summary: 'Distribution sets',
    query: DeletableListQuery,
    success: { status: 200, body: listOf(DistributionSet) },
    errors: [],
  },
  'sets.create': {
    method: 'POST',
    path: '/distributionsets',
    tag: TAG,
    summary: 'Create distribution sets, all or none',
    body: z.array(NewDistributionSet),
    success: { status: 201, body: z.array(DistributionSet) },
    errors: [
      'repo.entityAlreadyExists',
      'repo.entityNotFound',
      'distributionset.modules.unsupported',
      'quota.tooManyEntries',
    ],
  },
  'sets.show': {
    method: 'GET',
    path: '/distributionsets/{id}',
    tag: TAG,
    summary: 'One distribution set',
    params: IdParams,
    success: { status: 200, body: DistributionSet },
    errors: [],
  },
  'sets.change': {
    method: 'PUT',
    path: '/distributionsets/{id}',
    tag: TAG,
    summary: 'Change, lock or unlock a distribution set',
    params: IdParams,
    body: DistributionSetChange,
    success: { status: 200, body: DistributionSet },
    errors: ['repo.entityAlreadyExists', 'distributionset.incomplete', 'locked'],
  },
  'sets.delete': {
    method: 'DELETE',
    path: '/distributionsets/{id}',
    tag: TAG,
    summary: 'Delete a distribution set; one that was assigned is kept, and listed no more',
    params: IdParams,
    success: { status: 204 },
    errors: [],
  },
  'sets.modules': {
    method: 'GET',
    path: '/distributionsets/{id}/assignedSM',
    tag: TAG,
    summary: 'Modules of a distribution set',
    params: IdParams,
    query: PageQuery,
    success: { status: 200, body: listOf(SoftwareModule) },
    errors: [],
  },
  'sets.add-modules': {
    method: 'POST',
    path: '/distributionsets/{id}/assignedSM',
    tag: TAG,
    summary: 'Add modules',
    params: IdParams,
    body: z.array(IdReference),
    success: { status: 204 },
    errors: MODULE_ERRORS,
  },
  'sets.remove-module': {
    method: 'DELETE',
    path: '/distributionsets/{id}/assignedSM/{moduleId}',
    tag: TAG,
    summary: 'Remove a module',
    params: IdParams.extend({ moduleId: PathId }),
    success: { status: 204 },
    errors: ['locked'],
  },
  'sets.metadata': {
    method: 'GET',
    path: '/distributionsets/{id}/metadata',
    tag: TAG,
    summary: 'What is said of a distribution set',
    params: IdParams,
    query: PageQuery,
    success: { status: 200, body: listOf(Metadata) },
    errors: [],
  },
  'sets.add-metadata': {
    method: 'POST',
    path: '/distributionsets/{id}/metadata',
    tag: TAG,
    summary: 'Say more of it',
    params: IdParams,
    body: z.array(Metadata),
    success: { status: 201 },
    errors: ['repo.entityAlreadyExists', 'quota.tooManyEntries'],
  },
  'sets.metadata-value': {
    method: 'GET',
    path: '/distributionsets/{id}/metadata/{key}',
    tag: TAG,
    summary: 'What is said under a key',
    params: MetadataParams,
    success: { status: 200, body: Metadata },
    errors: [],
  },
  'sets.change-metadata': {
    method: 'PUT',
    path: '/distributionsets/{id}/metadata/{key}',
    tag: TAG,
    summary: 'Say something else under a key',
    params: MetadataParams,
    body: Metadata.pick({ value: true }),
    success: { status: 204 },
    errors: [],
  },
  'sets.delete-metadata': {
    method: 'DELETE',
    path: '/distributionsets/{id}/metadata/{key}',
    tag: TAG,
    summary: 'Say nothing under a key',
    params: MetadataParams,
    success: { status: 204 },
    errors: [],
  },
} as const satisfies Record<string, ManagementRoute>;
