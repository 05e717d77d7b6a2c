import { z } from 'zod';
import { SoftwareModule } from './distribution-sets.ts';
import type { ManagementRoute } from './route.ts';
import {
  GivenDescription,
  GivenName,
  IdParams,
  listOf,
  Metadata,
  METADATA_KEY_MAX_CHARACTERS,
  PageQuery,
  plainText,
} from './shapes.ts';
import { DeletableListQuery } from './software-module-types.ts';
import { TypeKey } from './target-types.ts';

const VERSION_MAX_CHARACTERS = 64;
const VENDOR_MAX_CHARACTERS = 256;

export const GivenVersion = plainText(VERSION_MAX_CHARACTERS)
  .min(1)
  .refine((text) => text.trim() !== '', 'a version is needed');
const Vendor = plainText(VENDOR_MAX_CHARACTERS);

const NewSoftwareModule = z
  .object({
    name: GivenName,
    version: GivenVersion,
    type: TypeKey.describe('The key of its type'),
    description: GivenDescription.default(''),
    vendor: Vendor.default(''),
    encrypted: z.boolean().default(false).describe('Its artifacts are encrypted before they are uploaded'),
  })
  .meta({ id: 'MgmtSoftwareModuleRequestBodyPost' });
const SoftwareModuleChange = z
  .object({ description: GivenDescription, vendor: Vendor, locked: z.boolean() })
  .partial()
  .meta({ id: 'MgmtSoftwareModuleRequestBodyPut' });

const ModuleMetadata = Metadata.extend({
  targetVisible: z.boolean().describe('Devices that get the module are told it'),
}).meta({ id: 'MgmtSoftwareModuleMetadata' });
const NewModuleMetadata = Metadata.extend({ targetVisible: z.boolean().default(false) }).meta({
  id: 'MgmtSoftwareModuleMetadataBodyPost',
});
const MetadataParams = IdParams.extend({ key: z.string().min(1).max(METADATA_KEY_MAX_CHARACTERS) });

const TAG = 'Software Modules';

export const softwareModuleRoutes = {
  'modules.list': {
    method: 'GET',
    path: '/softwaremodules',
    tag: TAG,
    summary: 'Software modules',
    query: DeletableListQuery,
    success: { status: 200, body: listOf(SoftwareModule) },
    errors: [],
  },
  'modules.create': {
    method: 'POST',
    path: '/softwaremodules',
    tag: TAG,
    summary: 'Create modules, all or none',
    body: z.array(NewSoftwareModule),
    success: { status: 201, body: z.array(SoftwareModule) },
    errors: ['repo.entityAlreadyExists', 'repo.entityNotFound'],
  },
  'modules.show': {
    method: 'GET',
    path: '/softwaremodules/{id}',
    tag: TAG,
    summary: 'One module',
    params: IdParams,
    success: { status: 200, body: SoftwareModule },
    errors: [],
  },
  'modules.change': {
    method: 'PUT',
    path: '/softwaremodules/{id}',
    tag: TAG,
    summary: 'Describe, lock or unlock a module',
    params: IdParams,
    body: SoftwareModuleChange,
    success: { status: 200, body: SoftwareModule },
    errors: ['locked'],
  },
  'modules.delete': {
    method: 'DELETE',
    path: '/softwaremodules/{id}',
    tag: TAG,
    summary: 'Delete a module with its artifacts; one that is in use is kept, and listed no more',
    params: IdParams,
    success: { status: 204 },
    errors: ['locked'],
  },
  'modules.metadata': {
    method: 'GET',
    path: '/softwaremodules/{id}/metadata',
    tag: TAG,
    summary: 'What is said of a module',
    params: IdParams,
    query: PageQuery,
    success: { status: 200, body: listOf(ModuleMetadata) },
    errors: [],
  },
  'modules.add-metadata': {
    method: 'POST',
    path: '/softwaremodules/{id}/metadata',
    tag: TAG,
    summary: 'Say more of a module',
    params: IdParams,
    body: z.array(NewModuleMetadata),
    success: { status: 201 },
    errors: ['repo.entityAlreadyExists', 'quota.tooManyEntries'],
  },
  'modules.metadata-value': {
    method: 'GET',
    path: '/softwaremodules/{id}/metadata/{key}',
    tag: TAG,
    summary: 'What is said under a key',
    params: MetadataParams,
    success: { status: 200, body: ModuleMetadata },
    errors: [],
  },
  'modules.change-metadata': {
    method: 'PUT',
    path: '/softwaremodules/{id}/metadata/{key}',
    tag: TAG,
    summary: 'Say something else under a key',
    params: MetadataParams,
    body: ModuleMetadata.pick({ value: true, targetVisible: true }).partial(),
    success: { status: 204 },
    errors: [],
  },
  'modules.delete-metadata': {
    method: 'DELETE',
    path: '/softwaremodules/{id}/metadata/{key}',
    tag: TAG,
    summary: 'Say nothing under a key',
    params: MetadataParams,
    success: { status: 204 },
    errors: [],
  },
} as const satisfies Record<string, ManagementRoute>;
