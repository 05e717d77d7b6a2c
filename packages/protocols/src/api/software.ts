import { MAX_TIME_LIMIT_SECONDS, MIN_TIME_LIMIT_SECONDS, RELEASE_STATES } from '@updraft/core';
import { z } from 'zod';
import { Description, ListQuery, Name, pageOf, Timestamp, Uid, UidParams } from './list.ts';
import type { Route } from './route.ts';

export const FILENAME_MAX_CHARACTERS = 255;
export const MAX_ARTIFACTS_PER_COMPONENT = 50;
export const MAX_COMPONENTS_PER_RELEASE = 100;
export const MAX_DEVICE_TYPES_PER_RELEASE = 100;

/** A file name without a path: it becomes the last segment of download addresses. */
export const Filename = z
  .string()
  .min(1)
  .max(FILENAME_MAX_CHARACTERS)
  .regex(/^[^/\\\p{Cc}]+$/u, 'a name without "/", "\\" and control characters')
  .refine((name) => name !== '.' && name !== '..', 'a name of a file');

const Hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));

export const Signer = z.object({
  subject: z.string(),
  issuer: z.string(),
  serial: z.string(),
  fingerprint: Hex(64).describe('sha256 of the certificate, hex'),
});

export const Artifact = z
  .object({
    id: Uid,
    filename: Filename,
    size: z.number().int().describe('Bytes'),
    sha256: Hex(64),
    sha1: Hex(40),
    md5: Hex(32),
    kind: z.enum(['swu', 'other']).describe('Known by content, not by name'),
    signature: z
      .enum(['verified', 'unverified', 'unsigned'])
      .describe('`verified`: by a registered certificate; `unverified`: a bundle whose signature was not accepted'),
    reason: z.string().nullable().describe('Why a bundle is not verified'),
    signers: z.array(Signer),
    createdAt: Timestamp,
    createdBy: z.string(),
  })
  .meta({ id: 'Artifact' });

export const Inspection = z
  .looseObject({ kind: z.enum(['swu', 'other']) })
  .meta({ id: 'Inspection', description: 'What `updraft bundle inspect --json` prints of the same file' });

export const Upload = z
  .object({
    id: Uid,
    filename: Filename,
    size: z.number().int(),
    offset: z.number().int().describe('Bytes that are safe on disk'),
    state: z.enum(['receiving', 'checking', 'done', 'refused']),
    artifact: Uid.nullable(),
    code: z.string().nullable().describe('Why it was refused'),
    expiresAt: Timestamp,
  })
  .meta({ id: 'Upload' });

const DirectUploadQuery = z.object({
  filename: Filename,
  sha256: Hex(64).optional().describe('Refuse the upload if its content differs'),
});

export const ComponentArtifact = z.object({ id: Uid, filename: Filename, size: z.number().int(), sha256: Hex(64) });

export const Component = z
  .object({
    id: Uid,
    name: Name,
    version: Name,
    kind: Name.describe('`os`, `application`, `firmware` or a word of your own'),
    artifacts: z.array(ComponentArtifact),
    createdAt: Timestamp,
  })
  .meta({ id: 'Component' });

const NewComponent = z
  .object({
    name: Name,
    version: Name,
    kind: Name.default('os'),
    artifacts: z.array(Uid).min(1).max(MAX_ARTIFACTS_PER_COMPONENT),
  })
  .meta({ id: 'NewComponent' });

export const Release = z
  .object({
    id: Uid,
    name: Name,
    version: Name,
    description: z.string(),
    state: z.enum(RELEASE_STATES),
    components: z.array(Component.omit({ createdAt: true })),
    deviceTypes: z.array(Name).describe('Names; empty: for any device'),
    requiredStep: z.boolean().describe('Devices must run it before any later release'),
    manifestSha256: Hex(64).nullable().describe('The identity of a published release'),
    counter: z.number().int().nullable(),
    createdAt: Timestamp,
    publishedAt: Timestamp.nullable(),
    withdrawnAt: Timestamp.nullable(),
    revision: z.number().int(),
  })
  .meta({ id: 'Release' });

const NewRelease = z
  .object({
    name: Name,
    version: Name,
    description: Description.default(''),
    components: z.array(Uid).max(MAX_COMPONENTS_PER_RELEASE).default([]),
    deviceTypes: z.array(Name).max(MAX_DEVICE_TYPES_PER_RELEASE).default([]),
    requiredStep: z.boolean().default(false).describe('Devices must run it before any later release'),
  })
  .meta({ id: 'NewRelease' });

const ReleaseChange = z
  .object({
    description: Description,
    components: z.array(Uid).max(MAX_COMPONENTS_PER_RELEASE),
    deviceTypes: z.array(Name).max(MAX_DEVICE_TYPES_PER_RELEASE),
    requiredStep: z.boolean(),
  })
  .partial()
  .meta({ id: 'ReleaseChange' });

export const ManifestDocument = z
  .object({
    name: z.string(),
    version: z.string(),
    counter: z.number().int(),
    components: z.array(
      z.object({
        name: z.string(),
        version: z.string(),
        kind: z.string(),
        artifacts: z.array(z.object({ filename: z.string(), sha256: Hex(64), length: z.number().int() })),
      }),
    ),
    deviceTypes: z.array(z.string()),
  })
  .meta({ id: 'Manifest' });

const Downgrade = z.enum(['allowed', 'refused']);

const VerifyingSeconds = z.number().int().min(MIN_TIME_LIMIT_SECONDS).max(MAX_TIME_LIMIT_SECONDS).nullable();

export const DeviceType = z
  .object({
    id: Uid,
    name: Name,
    description: z.string(),
    versionAttribute: Name.nullable().describe('The attribute that must show the new version before an update counts'),
    slotAttribute: Name.nullable().describe('The attribute that must show another slot than before'),
    bootIdAttribute: Name.nullable().describe('The attribute that must show another boot id than at the install'),
    verifyingSeconds: VerifyingSeconds.describe('How long that may take; null: as the rollout’s time limits say'),
    downgrade: Downgrade.describe('Whether its devices may be brought back to an older release'),
    createdAt: Timestamp,
    revision: z.number().int(),
  })
  .meta({ id: 'DeviceType' });
const NewDeviceType = z
  .object({
    name: Name,
    description: Description.default(''),
    versionAttribute: Name.nullable().default(null),
    slotAttribute: Name.nullable().default(null),
    bootIdAttribute: Name.nullable().default(null),
    verifyingSeconds: VerifyingSeconds.default(null),
    downgrade: Downgrade.default('refused'),
  })
  .meta({ id: 'NewDeviceType' });
const DeviceTypeChange = z
  .object({
    description: Description,
    versionAttribute: Name.nullable(),
    slotAttribute: Name.nullable(),
    bootIdAttribute: Name.nullable(),
    verifyingSeconds: VerifyingSeconds,
    downgrade: Downgrade,
  })
  .partial()
  .meta({ id: 'DeviceTypeChange' });

export const softwareRoutes = {
  'artifacts.list': { method: 'GET', path: '/artifacts', tag: 'artifacts', summary: 'Artifacts', query: ListQuery, success: { status: 200, body: pageOf(Artifact) }, errors: [] },
  'artifacts.show': { method: 'GET', path: '/artifacts/{id}', tag: 'artifacts', summary: 'One artifact', params: UidParams, success: { status: 200, body: Artifact }, errors: ['not-found'] },
  'artifacts.inspect': { method: 'GET', path: '/artifacts/{id}/inspection', tag: 'artifacts', summary: 'What is in a bundle', params: UidParams, success: { status: 200, body: Inspection }, errors: ['not-found'] },
  'artifacts.delete': { method: 'DELETE', path: '/artifacts/{id}', tag: 'artifacts', summary: 'Delete an artifact that no component holds', params: UidParams, success: { status: 204 }, errors: ['not-found', 'artifact-in-use'] },
  'uploads.show': { method: 'GET', path: '/uploads/{id}', tag: 'artifacts', summary: 'How far an upload is', params: UidParams, success: { status: 200, body: Upload }, errors: ['not-found', 'upload-gone'] },
  'components.list': { method: 'GET', path: '/components', tag: 'releases', summary: 'Components', query: ListQuery, success: { status: 200, body: pageOf(Component) }, errors: [] },
  'components.create': { method: 'POST', path: '/components', tag: 'releases', summary: 'Create a component from artifacts', body: NewComponent, success: { status: 201, body: Component }, errors: ['name-taken', 'not-found'], creates: true },
  'components.show': { method: 'GET', path: '/components/{id}', tag: 'releases', summary: 'One component', params: UidParams, success: { status: 200, body: Component }, errors: ['not-found'] },
  'components.delete': { method: 'DELETE', path: '/components/{id}', tag: 'releases', summary: 'Delete a component that no release holds', params: UidParams, success: { status: 204 }, errors: ['not-found', 'component-in-use'] },
  'releases.list': { method: 'GET', path: '/releases', tag: 'releases', summary: 'Releases', query: ListQuery, success: { status: 200, body: pageOf(Release) }, errors: [] },
  'releases.create': { method: 'POST', path: '/releases', tag: 'releases', summary: 'Create a draft', body: NewRelease, success: { status: 201, body: Release }, errors: ['name-taken', 'not-found'], creates: true, versioned: true },
  'releases.show': { method: 'GET', path: '/releases/{id}', tag: 'releases', summary: 'One release', params: UidParams, success: { status: 200, body: Release }, errors: ['not-found'], versioned: true },
  'releases.change': { method: 'PATCH', path: '/releases/{id}', tag: 'releases', summary: 'Change a draft', params: UidParams, body: ReleaseChange, success: { status: 200, body: Release }, errors: ['not-found', 'release-not-draft'], changes: true, versioned: true },
  'releases.publish': { method: 'POST', path: '/releases/{id}/publish', tag: 'releases', summary: 'Publish: fixes the manifest for ever', params: UidParams, success: { status: 200, body: Release }, errors: ['not-found', 'release-not-draft', 'release-empty', 'bundle-malformed', 'bundle-unsigned', 'bundle-signer-unknown', 'bundle-signature-wrong', 'bundle-content-mismatch'], changes: true, versioned: true },
  'releases.withdraw': { method: 'POST', path: '/releases/{id}/withdraw', tag: 'releases', summary: 'Withdraw: what has not begun is held', params: UidParams, success: { status: 200, body: Release }, errors: ['not-found', 'release-not-published'], changes: true, versioned: true },
  'releases.delete': { method: 'DELETE', path: '/releases/{id}', tag: 'releases', summary: 'Delete a draft', params: UidParams, success: { status: 204 }, errors: ['not-found', 'release-not-draft'], changes: true },
  'releases.manifest': { method: 'GET', path: '/releases/{id}/manifest', tag: 'releases', summary: 'The manifest, as it was hashed', params: UidParams, success: { status: 200, body: ManifestDocument }, errors: ['not-found', 'release-not-published'] },
  'device-types.list': { method: 'GET', path: '/device-types', tag: 'devices', summary: 'Device types', query: ListQuery, success: { status: 200, body: pageOf(DeviceType) }, errors: [] },
  'device-types.create': { method: 'POST', path: '/device-types', tag: 'devices', summary: 'Create a device type', body: NewDeviceType, success: { status: 201, body: DeviceType }, errors: ['name-taken'], creates: true, versioned: true },
  'device-types.show': { method: 'GET', path: '/device-types/{id}', tag: 'devices', summary: 'One device type', params: UidParams, success: { status: 200, body: DeviceType }, errors: ['not-found'], versioned: true },
  'device-types.change': { method: 'PATCH', path: '/device-types/{id}', tag: 'devices', summary: 'Change a device type', params: UidParams, body: DeviceTypeChange, success: { status: 200, body: DeviceType }, errors: ['not-found'], changes: true, versioned: true },
  'device-types.delete': { method: 'DELETE', path: '/device-types/{id}', tag: 'devices', summary: 'Delete a device type that nothing uses', params: UidParams, success: { status: 204 }, errors: ['not-found', 'device-type-in-use'], changes: true },
} as const satisfies Record<string, Route>;

/**
 * Operations whose bodies are bytes; they are mounted by hand and shown in the document beside the others.
 * `/uploads` speaks tus 1.0 (core, creation, creation-with-upload, expiration, termination, checksum).
 */
export const byteRoutes = {
  'artifacts.upload': { method: 'POST', path: '/artifacts', tag: 'artifacts', summary: 'Upload an artifact in one request', description: 'The body is the file (`application/octet-stream`).', query: DirectUploadQuery, success: { status: 201, body: Artifact }, errors: ['artifact-too-large', 'media-type-unsupported', 'not-ready', 'checksum-mismatch', 'bundle-malformed', 'bundle-unsigned', 'bundle-signer-unknown', 'bundle-signature-wrong', 'bundle-content-mismatch', 'storage-full'], creates: true },
  'artifacts.download': { method: 'GET', path: '/artifacts/{id}/content', tag: 'artifacts', summary: 'Download an artifact', description: 'Honours `Range`, `If-Range`, `If-None-Match`.', params: UidParams, success: { status: 200 }, errors: ['not-found'] },
} as const satisfies Record<string, Route>;
