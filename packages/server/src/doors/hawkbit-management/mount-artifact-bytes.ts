import { MANAGEMENT_PREFIX, managementRoutes } from '@updraft/protocols/hawkbit-management';
import { ObjectMissing, type OpenObject } from '@updraft/store';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { attachmentOf } from '../../http/content-disposition.ts';
import { originOf } from '../../http/request-origin.ts';
import { scopeOf } from '../../http/request-scope.ts';
import { sendObject } from '../../http/send-object.ts';
import { drainBody } from '../../http/unread-body.ts';
import { takeBodiesUnread } from '../../management/artifact-bytes.ts';
import { artifactView, findModuleArtifact } from './artifacts.ts';
import { sendRefusal } from './errors.ts';
import { type ManagementParts, notFound } from './handler.ts';
import { linksFrom } from './links.ts';
import { parseManagementRequest } from './parse-request.ts';
import { sendAnswer } from './send-answer.ts';
import { uploadArtifact } from './upload-artifact.ts';

type Parts = ManagementParts & { readonly publicUrl: string | null };

const UPLOAD = managementRoutes['artifacts.upload'];
const DOWNLOAD = managementRoutes['artifacts.download'];

/** Answers of these routes are bytes: no Accept refuses them. */
export const ANSWERS_BYTES = 'answersBytes';

/** The two operations whose bodies are a file, on an instance of their own. */
export function mountArtifactBytes(app: FastifyInstance, parts: Parts): void {
  takeBodiesUnread(app);
  app.post(urlOf(UPLOAD.path), (request, reply) => upload(parts, request, reply));
  const config = { [ANSWERS_BYTES]: true };
  app.get(urlOf(DOWNLOAD.path), { config }, (request, reply) => download(parts, request, reply));
}

function urlOf(path: string): string {
  return MANAGEMENT_PREFIX + path.replaceAll(/\{(\w+)\}/g, ':$1');
}

async function upload(parts: Parts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  using _counted = parts.software.transfers.begin();
  const scope = scopeOf(request);
  const { body: _form, ...rest } = UPLOAD;
  const parsed = parseManagementRequest(rest, request);
  if ('error' in parsed) return sendRefusal(request, reply, parsed);
  const { params, query } = parsed as unknown as {
    params: { id: number };
    query: Parameters<typeof uploadArtifact>[2]['query'];
  };
  const uploaded = await uploadArtifact(parts, request, { scope, module: params.id, query });
  if (uploaded === 'client-left') return reply.hijack();
  drainBody(request.raw);
  if ('error' in uploaded) return sendRefusal(request, reply, uploaded);
  const place = { id: params.id, artifactId: uploaded.artifact };
  const artifact = await findModuleArtifact(parts.store.reader, scope, place);
  if (artifact === undefined) return sendRefusal(request, reply, notFound('Artifact', uploaded.artifact));
  const links = linksFrom(originOf(request, parts.publicUrl));
  return sendAnswer({ request, reply }, UPLOAD, artifactView(artifact, links, true));
}

async function download(parts: Parts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const scope = scopeOf(request);
  const parsed = parseManagementRequest(DOWNLOAD, request);
  if ('error' in parsed) return sendRefusal(request, reply, parsed);
  const params = parsed.params as { readonly id: number; readonly artifactId: number };
  const artifact = await findModuleArtifact(parts.store.reader, scope, params);
  if (artifact === undefined) return sendRefusal(request, reply, notFound('Artifact', params.artifactId));
  const open = () => parts.software.objects.open(scope.tenant, artifact.sha256);
  if (await isGone(open)) return sendRefusal(request, reply, { error: 'artifact.binaryDeleted', message: GONE });
  const object = {
    length: artifact.size,
    etag: `"${artifact.sha1}"`,
    lastModified: artifact.created_at,
    contentType: 'application/octet-stream',
    headers: { 'Content-Disposition': attachmentOf(artifact.filename), 'Cache-Control': 'private, no-transform' },
    open,
  };
  void reply.hijack();
  const exchange = { request: request.raw, response: reply.raw };
  const outcome = await sendObject(exchange, object, { transfers: parts.software.transfers });
  if (outcome.kind === 'aborted' && !outcome.clientLeft) request.log.error({ err: outcome.cause }, 'download failed');
  return reply;
}

const GONE = 'The bytes of this artifact are not there any more.';

/** Whether a disk has lost them: the database goes on to name them. */
async function isGone(open: () => Promise<OpenObject>): Promise<boolean> {
  try {
    await (await open()).close();
    return false;
  } catch (error) {
    if (error instanceof ObjectMissing) return true;
    throw error;
  }
}
