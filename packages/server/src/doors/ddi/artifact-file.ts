import type { ContentArtifact } from '@updraft/store';
import type { FastifyReply } from 'fastify';
import { attachmentOf } from '../../http/content-disposition.ts';
import type { OpenedObject, SendableObject } from '../../http/send-object.ts';

/** What stands behind a file's name in the address of its checksum. */
export const MD5SUM = '.MD5SUM';

/** A file as it is sent, whoever asks for it. */
export function fileToSend(artifact: ContentArtifact, open: () => Promise<OpenedObject>): SendableObject {
  return {
    length: artifact.size,
    etag: `"${artifact.sha1}"`,
    lastModified: artifact.createdAt,
    contentType: 'application/octet-stream',
    headers: { 'Content-Disposition': attachmentOf(artifact.filename) },
    open,
  };
}

/** The line that `md5sum` prints, without its end. */
export function sendMd5sum(reply: FastifyReply, artifact: ContentArtifact): FastifyReply {
  return reply
    .type('text/plain')
    .header('content-disposition', attachmentOf(`${artifact.filename}${MD5SUM}`))
    .send(`${artifact.md5}  ${artifact.filename}`);
}
