import { ArtifactFilename, type managementRoutes } from '@updraft/protocols/hawkbit-management';
import { newUid, storedBytes } from '@updraft/store';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Scope } from '../../access/scope.ts';
import { boundaryOf, formFile, type FormFile } from '../../http/form-file.ts';
import { INTAKE_LIMITS } from '../../intake/intake-limits.ts';
import { keepArtifact } from '../../intake/keep-artifact.ts';
import { hasRoomFor } from '../../intake/room.ts';
import type { RecordedFile } from '../../intake/bundle-record.ts';
import { releaseContent } from '../../management/release-content.ts';
import { keeperOf } from '../../management/software-parts.ts';
import { roomForArtifact } from '../../use-cases/component-artifact-commands.ts';
import { type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import { LOCKED_MODULE } from './software-modules.ts';

export type Upload = {
  readonly scope: Scope;
  /** Number of the module. */
  readonly module: number;
  readonly query: z.output<(typeof managementRoutes)['artifacts.upload']['query']>;
};

/** The number of the new artifact; why there is none; or nobody is there to be told. */
export type Uploaded = { readonly artifact: number } | ManagementRefusal | 'client-left';

const PART = 'file';

/** Takes the file of a form into the intake, which judges and stores it, and puts it into its module. */
export async function uploadArtifact(
  parts: ManagementParts,
  request: FastifyRequest,
  upload: Upload,
): Promise<Uploaded> {
  const { intake } = parts.software;
  const boundary = boundaryOf(request.headers['content-type']);
  if (boundary === null)
    return { error: 'rest.mediaTypeNotSupported', message: 'Send the file as a part of multipart/form-data.' };
  if (!(await hasRoomFor(intake.folder, Number(request.headers['content-length'] ?? 0)))) return FULL;
  const body = request.raw.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  const file = await formFile(body, { boundary, name: PART });
  if (file === null) return { error: 'rest.body.notReadable', message: `The form has no part named ${PART}.` };
  const named = ArtifactFilename.safeParse(upload.query.filename ?? file.filename ?? '');
  if (!named.success)
    return { error: 'repo.constraintViolation', message: 'The name of the file is missing or wrong.' };
  const room = await roomForArtifact(parts.store.reader, { scope: upload.scope, id: upload.module }, named.data);
  if (room.outcome === 'refused') return noRoom(room, upload.module, named.data);
  const most = await mostBytes(parts, upload.scope);
  const uid = newUid(Date.now());
  try {
    const uploaded = await intake.hold(uid, async (session, newcomer) => {
      const source = { iterator: () => file.bytes, destroy: () => void request.raw.destroy() };
      const reception = await session.receive(source, { maxBytes: most.bytes, checksum: null, newcomer });
      if (reception === 'client-left') return reception;
      if (reception !== 'complete') return reception === 'too-large' ? most.refusal : FULL;
      const facts = await session.facts();
      const wrong = refusalOfContent(file, facts, upload.query);
      return wrong ?? keep(parts, upload, { filename: named.data, path: session.path, facts });
    });
    return uploaded === 'full' ? BUSY : uploaded;
  } finally {
    await intake.discard(uid);
  }
}

const FULL: ManagementRefusal = { error: 'storageFull', message: 'The disk of the server has no room for this file.' };

/** How many bytes a file of the tenant may have now, and what one with more is refused as. */
async function mostBytes({ quotas, store }: ManagementParts, { tenant }: Scope) {
  const ofFile = Math.min(quotas.artifactBytes ?? INTAKE_LIMITS.artifactBytes, INTAKE_LIMITS.artifactBytes);
  const stored = quotas.storageBytes === null ? 0 : await storedBytes(store.reader, tenant);
  const left = Math.max((quotas.storageBytes ?? Infinity) - stored, 0);
  const refusal: ManagementRefusal =
    left < ofFile
      ? storageExceeded(quotas.storageBytes ?? 0)
      : { error: 'quota.fileSizeExceeded', message: `An artifact has at most ${ofFile} bytes.` };
  return { bytes: Math.min(left, ofFile), refusal };
}

function storageExceeded(bytes: number): ManagementRefusal {
  return { error: 'quota.storageExceeded', message: `All artifacts have at most ${bytes} bytes.` };
}

/** Others may have come while it was taken: of those that came together who was added first stays. */
async function passesStorage(
  { quotas, store }: ManagementParts,
  { tenant }: Scope,
  artifact: string,
): Promise<boolean> {
  return quotas.storageBytes !== null && (await storedBytes(store.reader, tenant, artifact)) > quotas.storageBytes;
}

const BUSY: ManagementRefusal = {
  error: 'notReady',
  message: 'Too many uploads are under way; try again in a moment.',
};

type NoRoom = Extract<Awaited<ReturnType<typeof roomForArtifact>>, { outcome: 'refused' }>;

function noRoom(room: NoRoom, module: number, filename: string): ManagementRefusal {
  switch (room.code) {
    case 'not-found':
      return notFound('SoftwareModule', module);
    case 'locked':
      return LOCKED_MODULE;
    case 'name-taken':
      return { error: 'repo.entityAlreadyExists', message: `Artifact with filename {${filename}} exists already.` };
    case 'limit-reached':
      return { error: 'quota.tooManyEntries', message: `A software module has at most ${room.limit} artifacts.` };
  }
}

const HASHES = ['md5', 'sha1', 'sha256'] as const;

function refusalOfContent(file: FormFile, facts: RecordedFile, query: Upload['query']): ManagementRefusal | null {
  if (!file.isWhole()) return { error: 'rest.body.notReadable', message: 'The form breaks off.' };
  if (facts.size === 0) return { error: 'repo.constraintViolation', message: 'The file is empty.' };
  for (const hash of HASHES) {
    const given = query[`${hash}sum`];
    if (given !== undefined && given !== facts[hash])
      return {
        error: `artifact.uploadFailed.checksum.${hash}.match`,
        message: `The ${hash} of what arrived is ${facts[hash]}, not ${given}.`,
      };
  }
  return null;
}

type Complete = { readonly filename: string; readonly path: string; readonly facts: RecordedFile };

async function keep(parts: ManagementParts, { scope, module }: Upload, file: Complete): Promise<Uploaded> {
  const kept = await keepArtifact(keeperOf(parts.software), { ...file, scope, upload: null, once: null });
  if (kept === 'upload-ended') throw new Error('a direct upload was ended by another request');
  if ('problem' in kept) return { error: 'repo.constraintViolation', message: kept.detail };
  const { id } = kept.kept;
  if (await passesStorage(parts, scope, id)) {
    await giveUp(parts, scope, id);
    return storageExceeded(parts.quotas.storageBytes ?? 0);
  }
  const taken = await parts.store.commands.run('component.take-artifact', { scope, id: module, artifact: id });
  if (taken.outcome === 'taken') return { artifact: taken.artifact };
  // Somebody has changed the module meanwhile.
  await giveUp(parts, scope, id);
  return noRoom(taken, module, file.filename);
}

async function giveUp({ store, software }: ManagementParts, scope: Scope, id: string): Promise<void> {
  const deleted = await store.commands.run('artifact.delete', { scope, id });
  if (deleted.outcome === 'deleted') await releaseContent(software, scope.tenant, deleted.sha256);
}
