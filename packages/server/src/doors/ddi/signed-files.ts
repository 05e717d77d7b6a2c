import { fold } from '@updraft/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendObject } from '../../http/send-object.ts';
import { fileToSend, MD5SUM, sendMd5sum } from './artifact-file.ts';
import { isSignedFor, type DownloadQuery } from './download-links.ts';
import type { DdiDoor } from './door.ts';
import { sendDdiError, sendEmpty } from './errors.ts';
import { parseModuleId } from './wire-id.ts';

/**
 * A hook that answers requests for files whose links are signed; all others go on to show who asks. What a cache fetches
 * begins nobody's update: its device's reports tell how far that is.
 */
export function serveSigned(door: DdiDoor) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const query = request.query as DownloadQuery;
    const { tenant: name, file: filename } = request.params as { readonly tenant: string; readonly file?: string };
    const component = parseModuleId(request.params);
    if (door.signing === null || query.signature === undefined || filename === undefined) return undefined;
    const tenant = (await door.readDevice(fold(name), ''))?.tenant.id;
    if (tenant === undefined || component === null) return sendEmpty(reply, 401);
    const file = { tenant, component, filename };
    if (!isSignedFor(door, file, { query, now: door.now() })) return sendEmpty(reply, 401);
    return sendSigned(door, { request, reply }, file);
  };
}

async function sendSigned(
  door: DdiDoor,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  file: Parameters<DdiDoor['findFile']>[0],
): Promise<FastifyReply> {
  const artifact = await door.findFile(file);
  if (artifact === undefined) {
    const summed = file.filename.endsWith(MD5SUM)
      ? await door.findFile({ ...file, filename: file.filename.slice(0, -MD5SUM.length) })
      : undefined;
    if (summed !== undefined) return sendMd5sum(reply, summed);
    return sendDdiError(reply, 'hawkbit.server.error.repo.entityNotFound');
  }
  reply.hijack();
  const sent = await sendObject(
    { request: request.raw, response: reply.raw },
    fileToSend(artifact, () => door.objects.open(file.tenant, artifact.sha256)),
    { transfers: door.transfers },
  );
  if (sent.kind === 'aborted' && !sent.clientLeft) request.log.error({ err: sent.cause }, 'an artifact broke off');
  return reply;
}
