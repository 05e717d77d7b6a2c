import { API_PREFIX, Uid } from '@updraft/protocols';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { originOf } from '../../http/request-origin.ts';
import { type Refusal, refusalOf, sendProblem } from '../../http/problems.ts';
import { scopeOf } from '../../http/request-scope.ts';
import { drainBody } from '../../http/unread-body.ts';
import { INTAKE_LIMITS } from '../../intake/intake-limits.ts';
import { hasRoomFor } from '../../intake/room.ts';
import { takeBodiesUnread } from '../artifact-bytes.ts';
import type { SoftwareParts } from '../software-parts.ts';
import { RECEPTION_REFUSALS } from '../upload-refusals.ts';
import { appendChunk, findLiveUpload, type Progress, readProgress, type UploadKey } from './open-upload.ts';
import {
  checkChunkType,
  checkVersion,
  CHUNK_MEDIA_TYPE,
  parseChecksum,
  parseCreation,
  parseOffset,
  TUS_CAPABILITIES,
  TUS_VERSION,
} from './tus-headers.ts';

const HOUR_MS = 3_600_000;

/** Mounts resumable uploads (tus 1.0 with the extensions that `TUS_CAPABILITIES` names) on an instance of their own. */
export function mountTus(app: FastifyInstance, parts: SoftwareParts): void {
  takeBodiesUnread(app);
  app.addHook('onRequest', async (_request, reply) => {
    void reply.headers({ 'Tus-Resumable': TUS_VERSION, 'Cache-Control': 'no-store' });
  });
  const root = `${API_PREFIX}/uploads`;
  const one = `${root}/:id`;
  const handlers = { PATCH: append, HEAD: show, DELETE: terminate };
  app.options(root, (_request, reply) => reply.headers(TUS_CAPABILITIES).code(204).send());
  app.post(root, answering(parts, create));
  app.patch(one, answering(parts, handlers.PATCH));
  app.head(one, answering(parts, handlers.HEAD));
  app.delete(one, answering(parts, handlers.DELETE));
  // "X-HTTP-Method-Override" (tus 1.0, "Headers"), for clients whose network lets no PATCH through.
  app.post(one, (request, reply) => {
    const method = String(request.headers['x-http-method-override']).toUpperCase();
    const handler = Object.hasOwn(handlers, method) ? handlers[method as keyof typeof handlers] : refuseMethod;
    return answering(parts, handler)(request, reply);
  });
}

type Answered =
  | { readonly status: 200 | 201 | 204; readonly headers: Readonly<Record<string, string | number>> }
  | Refusal
  | 'client-left';
type TusHandler = (parts: SoftwareParts, request: FastifyRequest) => Promise<Answered>;

function answering(parts: SoftwareParts, handler: TusHandler) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    using _counted = parts.transfers.begin();
    const unspoken = checkVersion(request.headers);
    if (unspoken !== null) void reply.header('Tus-Version', TUS_VERSION);
    const answered = unspoken ?? (await handler(parts, request));
    if (answered === 'client-left') return reply.hijack();
    if (!('problem' in answered)) return reply.code(answered.status).headers(answered.headers).send();
    drainBody(request.raw);
    return sendTusProblem(reply, answered);
  };
}

/** The checksum extension has a status of its own for what is otherwise a 422. */
function sendTusProblem(reply: FastifyReply, refusal: Refusal): FastifyReply {
  if (refusal.problem !== 'checksum-mismatch') return sendProblem(reply, refusal);
  const body = {
    type: 'about:blank',
    title: 'Checksum Mismatch',
    status: 460,
    code: refusal.problem,
    detail: refusal.detail,
  };
  return reply.code(460).type('application/problem+json').send(JSON.stringify(body));
}

async function create(parts: SoftwareParts, request: FastifyRequest): Promise<Answered> {
  const creation = parseCreation(request.headers);
  if ('problem' in creation) return creation;
  if (!(await hasRoomFor(parts.intake.folder, creation.size))) return RECEPTION_REFUSALS['storage-full'];
  const scope = scopeOf(request);
  const keptMs = INTAKE_LIMITS.uploadHours * HOUR_MS;
  const created = await parts.store.commands.run('upload.create', { scope, ...creation, keptMs });
  if (created.outcome === 'refused') {
    return {
      problem: created.code,
      detail: 'This tenant has too many uploads that are not complete; end some of them.',
    };
  }
  const { id, expiresAt } = created.upload;
  const location = { Location: `${originOf(request, parts.publicUrl)}${API_PREFIX}/uploads/${id}` };
  const withBytes = request.headers['content-type'] === CHUNK_MEDIA_TYPE;
  if (!withBytes && creation.size > 0) {
    return { status: 201, headers: { ...location, 'Upload-Expires': new Date(expiresAt).toUTCString() } };
  }
  const progress = withBytes
    ? await receiveChunk(parts, { scope, id }, { request, offset: 0 })
    : await readProgress(parts, { scope, id });
  if (progress === 'client-left' || 'problem' in progress) return progress;
  return { status: 201, headers: { ...location, ...progressHeaders(progress) } };
}

async function append(parts: SoftwareParts, request: FastifyRequest): Promise<Answered> {
  const key = keyOf(request);
  if ('problem' in key) return key;
  const wrongType = checkChunkType(request.headers);
  if (wrongType !== null) return wrongType;
  const offset = parseOffset(request.headers);
  if (typeof offset !== 'number') return offset;
  const progress = await receiveChunk(parts, key, { request, offset });
  if (progress === 'client-left' || 'problem' in progress) return progress;
  return { status: 204, headers: progressHeaders(progress) };
}

async function receiveChunk(
  parts: SoftwareParts,
  key: UploadKey,
  { request, offset }: { readonly request: FastifyRequest; readonly offset: number },
): Promise<Progress | Refusal | 'client-left'> {
  const checksum = parseChecksum(request.headers);
  if (checksum !== null && 'problem' in checksum) return checksum;
  const length = request.headers['content-length'];
  const announced = length === undefined ? null : Number(length);
  return appendChunk(parts, key, { request: request.raw, offset, checksum, announced });
}

async function show(parts: SoftwareParts, request: FastifyRequest): Promise<Answered> {
  const key = keyOf(request);
  const progress = 'problem' in key ? key : await readProgress(parts, key);
  if ('problem' in progress) return progress;
  const { row } = progress;
  const metadata = `filename ${Buffer.from(row.filename).toString('base64')}`;
  const facts = { 'Upload-Length': row.size, 'Upload-Metadata': metadata };
  return { status: 200, headers: { ...progressHeaders(progress), ...facts } };
}

async function terminate(parts: SoftwareParts, request: FastifyRequest): Promise<Answered> {
  const key = keyOf(request);
  if ('problem' in key) return key;
  const found = await findLiveUpload(parts, key);
  if ('problem' in found) return found;
  await parts.store.commands.run('upload.delete', key);
  await parts.intake.discard(key.id);
  return { status: 204, headers: {} };
}

async function refuseMethod(): Promise<Refusal> {
  return { problem: 'method-not-allowed', detail: 'X-HTTP-Method-Override must be PATCH, HEAD or DELETE.' };
}

function keyOf(request: FastifyRequest): UploadKey | Refusal {
  const { id } = request.params as { readonly id: string };
  return Uid.safeParse(id).success ? { scope: scopeOf(request), id } : refusalOf('not-found', {});
}

function progressHeaders({ row, offset }: Progress): Readonly<Record<string, string | number>> {
  return { 'Upload-Offset': offset, 'Upload-Expires': new Date(row.expires_at).toUTCString() };
}
