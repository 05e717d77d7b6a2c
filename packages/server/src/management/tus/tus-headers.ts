import { Filename } from '@updraft/protocols';
import type { IncomingHttpHeaders } from 'node:http';
import type { Refusal } from '../../http/problems.ts';
import { INTAKE_LIMITS } from '../../intake/intake-limits.ts';
import type { BodyChecksum } from '../../intake/upload-session.ts';

/** The header fields of tus 1.0 (frozen wire names), and what we speak of it. */
export const TUS_VERSION = '1.0.0';
export const TUS_CAPABILITIES = {
  'Tus-Resumable': TUS_VERSION,
  'Tus-Version': TUS_VERSION,
  'Tus-Extension': 'creation,creation-with-upload,expiration,termination,checksum',
  'Tus-Max-Size': String(INTAKE_LIMITS.artifactBytes),
  'Tus-Checksum-Algorithm': 'sha256,sha1,md5',
} as const;
export const CHUNK_MEDIA_TYPE = 'application/offset+octet-stream';

const METADATA_MAX_CHARACTERS = 4096;

export function checkVersion(headers: IncomingHttpHeaders): Refusal | null {
  if (headers['tus-resumable'] === TUS_VERSION) return null;
  return {
    problem: 'precondition-failed',
    detail: `This server speaks tus ${TUS_VERSION}: send Tus-Resumable: ${TUS_VERSION}.`,
  };
}

/** `Upload-Length` and the file name in `Upload-Metadata`. A length that is told later is not supported. */
export function parseCreation(
  headers: IncomingHttpHeaders,
): { readonly size: number; readonly filename: string } | Refusal {
  const size = parseBytes(headers['upload-length']);
  if (size === null) return invalid('Upload-Length must be the number of bytes of the file.');
  if (size > INTAKE_LIMITS.artifactBytes) {
    return { problem: 'artifact-too-large', detail: `An artifact has at most ${INTAKE_LIMITS.artifactBytes} bytes.` };
  }
  const metadata = parseMetadata(headers['upload-metadata']);
  if (metadata === null)
    return invalid('Upload-Metadata must be pairs of a key and a value in base64, separated by commas.');
  const filename = Filename.safeParse(metadata.get('filename'));
  if (filename.success) return { size, filename: filename.data };
  const reason = filename.error.issues.map(({ message }) => message).join('; ');
  return invalid(`Upload-Metadata must have a key "filename" (${reason}).`);
}

export function parseOffset(headers: IncomingHttpHeaders): number | Refusal {
  return parseBytes(headers['upload-offset']) ?? invalid('Upload-Offset must be a number of bytes.');
}

/** `Upload-Checksum: sha1 <base64>`, null where there is none. */
export function parseChecksum(headers: IncomingHttpHeaders): BodyChecksum | null | Refusal {
  const header = headers['upload-checksum'];
  if (header === undefined) return null;
  const match = /^(sha256|sha1|md5) ([A-Za-z0-9+/]+={0,2})$/.exec(String(header));
  if (match === null)
    return invalid('Upload-Checksum must be sha256, sha1 or md5, a space, and the checksum in base64.');
  return { algorithm: match[1] as BodyChecksum['algorithm'], base64: match[2] ?? '' };
}

export function checkChunkType(headers: IncomingHttpHeaders): Refusal | null {
  if (headers['content-type'] === CHUNK_MEDIA_TYPE) return null;
  return { problem: 'media-type-unsupported', detail: `Send the bytes as ${CHUNK_MEDIA_TYPE}.` };
}

function parseBytes(header: string | string[] | undefined): number | null {
  const bytes = typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : Number.NaN;
  return Number.isSafeInteger(bytes) ? bytes : null;
}

function parseMetadata(header: string | string[] | undefined): ReadonlyMap<string, string> | null {
  const metadata = new Map<string, string>();
  if (header === undefined || header === '') return metadata;
  if (typeof header !== 'string' || header.length > METADATA_MAX_CHARACTERS) return null;
  for (const pair of header.split(',')) {
    const match = /^\s*([^\s,]+)(?: ([A-Za-z0-9+/]*={0,2}))?\s*$/.exec(pair);
    const value = decodeUtf8(match?.[2] ?? '');
    if (match?.[1] === undefined || value === null || metadata.has(match[1])) return null;
    metadata.set(match[1], value);
  }
  return metadata;
}

function decodeUtf8(base64: string): string | null {
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : null;
}

function invalid(detail: string): Refusal {
  return { problem: 'header-invalid', detail };
}
