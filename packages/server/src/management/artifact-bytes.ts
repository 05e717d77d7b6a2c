import { API_PREFIX, byteRoutes } from '@updraft/protocols';
import { findArtifact, newUid } from '@updraft/store';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parseIdempotencyKey, REPLAYED_HEADER } from '../http/idempotency.ts';
import { parseRequest } from '../http/parse-request.ts';
import { type Refusal, refusalOf, sendProblem } from '../http/problems.ts';
import { scopeOf } from '../http/request-scope.ts';
import { sendObject } from '../http/send-object.ts';
import { drainBody } from '../http/unread-body.ts';
import { INTAKE_LIMITS } from '../intake/intake-limits.ts';
import { keepArtifact } from '../intake/keep-artifact.ts';
import { hasRoomFor } from '../intake/room.ts';
import type { UploadSession } from '../intake/upload-session.ts';
import type { ArtifactView } from '../use-cases/artifact-view.ts';
import { attachmentOf } from '../http/content-disposition.ts';
import { RECEPTION_REFUSALS, UPLOADS_FULL } from './upload-refusals.ts';
import { keeperOf, type SoftwareParts } from './software-parts.ts';

/** A form's frame around the file would become part of the artifact. */
const FORM_REFUSED: Refusal = {
  problem: 'media-type-unsupported',
  detail: 'The body is the file itself, not a form: send it as application/octet-stream (curl --data-binary @FILE).',
};

/** Mounts, on an instance of their own, the operations whose bodies are a file: upload in one request, and download. */
export function mountArtifactBytes(app: FastifyInstance, parts: SoftwareParts): void {
  takeBodiesUnread(app);
  app.post(`${API_PREFIX}/artifacts`, (request, reply) => upload(parts, request, reply));
  app.get(`${API_PREFIX}/artifacts/:id/content`, (request, reply) => download(parts, request, reply));
}

/** Bodies of any type are left in the stream: their handler reads them. */
export function takeBodiesUnread(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
}

async function upload(parts: SoftwareParts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  using _counted = parts.transfers.begin();
  const uploaded = await receiveArtifact(parts, request);
  if (uploaded === 'client-left') return reply.hijack();
  if ('problem' in uploaded) {
    drainBody(request.raw);
    return sendProblem(reply, uploaded);
  }
  if (uploaded.replayed) void reply.header(REPLAYED_HEADER, 'true');
  void reply.code(201).header('location', `${API_PREFIX}/artifacts/${uploaded.kept.id}`);
  return reply.header('cache-control', 'no-store').type('application/json').send(JSON.stringify(uploaded.kept));
}

type Uploaded = { readonly kept: ArtifactView; readonly replayed: boolean } | Refusal | 'client-left';

async function receiveArtifact(parts: SoftwareParts, request: FastifyRequest): Promise<Uploaded> {
  const parsed = parseRequest(byteRoutes['artifacts.upload'], request);
  if ('problem' in parsed) return parsed;
  if (request.headers['content-type']?.startsWith('multipart/')) return FORM_REFUSED;
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > INTAKE_LIMITS.artifactBytes) return RECEPTION_REFUSALS['too-large'];
  if (!(await hasRoomFor(parts.intake.folder, announced))) return RECEPTION_REFUSALS['storage-full'];
  const uid = newUid(Date.now());
  try {
    const uploaded = await parts.intake.hold(uid, (session, newcomer) =>
      receiveInto(session, parts, { request, query: parsed.query, newcomer }),
    );
    return uploaded === 'full' ? UPLOADS_FULL : uploaded;
  } finally {
    await parts.intake.discard(uid);
  }
}

async function receiveInto(
  session: UploadSession,
  parts: SoftwareParts,
  { request, query, newcomer }: UploadRequest,
): Promise<Uploaded> {
  const reception = await session.receive(request.raw, {
    maxBytes: INTAKE_LIMITS.artifactBytes,
    checksum: null,
    newcomer,
  });
  if (reception === 'client-left') return 'client-left';
  if (reception !== 'complete') return RECEPTION_REFUSALS[reception];
  const facts = await session.facts();
  if (query.sha256 !== undefined && query.sha256 !== facts.sha256) {
    const detail = `The bytes that arrived have the sha256 ${facts.sha256}: upload the file again.`;
    return { problem: 'checksum-mismatch', detail };
  }
  const keyed = { method: request.method, path: request.url, body: facts.sha256 };
  const once = parseIdempotencyKey(request.headers['idempotency-key'], keyed, parts.fingerprint);
  if (once !== null && 'problem' in once) return once;
  const file = { scope: scopeOf(request), filename: query.filename, path: session.path, facts, upload: null, once };
  const kept = await keepArtifact(keeperOf(parts), file);
  if (kept === 'upload-ended') throw new Error('a direct upload was ended by another request');
  return kept;
}

type UploadRequest = {
  readonly request: FastifyRequest;
  readonly query: { readonly filename: string; readonly sha256?: string | undefined };
  readonly newcomer: AbortSignal;
};

async function download(parts: SoftwareParts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const scope = scopeOf(request);
  const parsed = parseRequest(byteRoutes['artifacts.download'], request);
  if ('problem' in parsed) return sendProblem(reply, parsed);
  const { id } = parsed.params as { readonly id: string };
  const artifact = await findArtifact(parts.store.reader, scope.tenant, id);
  if (artifact === undefined) return sendProblem(reply, refusalOf('not-found', {}));
  const object = {
    length: artifact.size,
    etag: `"${artifact.sha256}"`,
    lastModified: artifact.created_at,
    contentType: 'application/octet-stream',
    headers: { 'Content-Disposition': attachmentOf(artifact.filename), 'Cache-Control': 'private, no-transform' },
    open: () => parts.objects.open(scope.tenant, artifact.sha256),
  };
  void reply.hijack();
  const exchange = { request: request.raw, response: reply.raw };
  const outcome = await sendObject(exchange, object, { transfers: parts.transfers });
  if (outcome.kind === 'aborted' && !outcome.clientLeft) request.log.error({ err: outcome.cause }, 'download failed');
  return reply;
}
