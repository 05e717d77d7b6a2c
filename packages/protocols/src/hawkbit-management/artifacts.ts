import { z } from 'zod';
import type { ManagementRoute } from './route.ts';
import { Audit, IdParams, Links, NumericId, PathId, Representation } from './shapes.ts';

const FILENAME_MAX_CHARACTERS = 256;

export const ModuleArtifact = Audit.extend({
  id: NumericId,
  hashes: z.object({ sha1: z.string(), md5: z.string(), sha256: z.string() }),
  providedFilename: z.string(),
  size: z.number().int(),
  _links: Links,
}).meta({ id: 'MgmtArtifact' });
export type ModuleArtifact = z.output<typeof ModuleArtifact>;

/** No path, and nothing that a browser could take for a tag. */
export const ArtifactFilename = z
  .string()
  .min(1)
  .max(FILENAME_MAX_CHARACTERS)
  .refine((name) => !/[/\\<>]/.test(name) && name !== '.' && name !== '..', 'this is no name of a file');

/** Checksums are lower-case hex, as the answer shows them. */
const Hex = z.string().toLowerCase();
const UploadQuery = z.object({
  filename: ArtifactFilename.optional().describe('Else that of the part'),
  md5sum: Hex.optional(),
  sha1sum: Hex.optional(),
  sha256sum: Hex.optional(),
});

const Form = z.object({ file: z.string().meta({ format: 'binary' }) }).meta({ id: 'MgmtArtifactUpload' });
const HandlerQuery = z.object({ useartifacturlhandler: z.string().optional() });
const ArtifactParams = IdParams.extend({ artifactId: PathId });
const TAG = 'Software Modules';

export const artifactRoutes = {
  'artifacts.list': {
    method: 'GET',
    path: '/softwaremodules/{id}/artifacts',
    tag: TAG,
    summary: 'Artifacts of a module',
    params: IdParams,
    query: HandlerQuery.extend({ representation: Representation }),
    success: { status: 200, body: z.array(ModuleArtifact) },
    errors: [],
  },
  'artifacts.upload': {
    method: 'POST',
    path: '/softwaremodules/{id}/artifacts',
    tag: TAG,
    summary: 'Upload an artifact as the part `file` of a form',
    params: IdParams,
    query: UploadQuery,
    body: Form,
    bytes: 'upload',
    success: { status: 201, body: ModuleArtifact },
    errors: [
      'repo.entityAlreadyExists',
      'artifact.uploadFailed.checksum.md5.match',
      'artifact.uploadFailed.checksum.sha1.match',
      'artifact.uploadFailed.checksum.sha256.match',
      'locked',
      'quota.tooManyEntries',
      'quota.fileSizeExceeded',
      'quota.storageExceeded',
      'storageFull',
      'notReady',
    ],
  },
  'artifacts.show': {
    method: 'GET',
    path: '/softwaremodules/{id}/artifacts/{artifactId}',
    tag: TAG,
    summary: 'One artifact',
    params: ArtifactParams,
    query: HandlerQuery,
    success: { status: 200, body: ModuleArtifact },
    errors: [],
  },
  'artifacts.delete': {
    method: 'DELETE',
    path: '/softwaremodules/{id}/artifacts/{artifactId}',
    tag: TAG,
    summary: 'Delete an artifact',
    params: ArtifactParams,
    success: { status: 204 },
    errors: ['locked'],
  },
  'artifacts.download': {
    method: 'GET',
    path: '/softwaremodules/{id}/artifacts/{artifactId}/download',
    tag: TAG,
    summary: 'The bytes of an artifact',
    params: ArtifactParams,
    bytes: 'download',
    success: { status: 200 },
    errors: ['artifact.binaryDeleted'],
  },
} as const satisfies Record<string, ManagementRoute>;
