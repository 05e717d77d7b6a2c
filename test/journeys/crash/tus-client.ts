import { API_PREFIX, type ApiClient } from '@updraft/protocols';
import type { UploadEntry } from './ledger.ts';

const VERSION = { 'tus-resumable': '1.0.0' };

/** Begins a resumable upload; gives its path after the API's prefix. */
export async function createUpload(api: ApiClient, filename: string, sizeBytes: number): Promise<string> {
  const answer = await api.open('/uploads', {
    method: 'POST',
    headers: {
      ...VERSION,
      'upload-length': String(sizeBytes),
      'upload-metadata': `filename ${Buffer.from(filename).toString('base64')}`,
    },
  });
  const location = answer.headers.get('location') ?? '';
  return new URL(location, api.baseUrl).pathname.slice(API_PREFIX.length);
}

/** Sends the next `chunkBytes`, or all that is left; gives the offset that the server answers. */
export async function appendTo(api: ApiClient, upload: UploadEntry, chunkBytes: number): Promise<number> {
  const answer = await api.open(upload.path, {
    method: 'PATCH',
    headers: {
      ...VERSION,
      'content-type': 'application/offset+octet-stream',
      'upload-offset': String(upload.offset),
    },
    body: upload.bytes.subarray(upload.offset, upload.offset + chunkBytes),
  });
  return offsetIn(answer);
}

/** Where the server wants an upload to go on. */
export async function offsetOf(api: ApiClient, { path }: UploadEntry): Promise<number> {
  return offsetIn(await api.open(path, { method: 'HEAD', headers: VERSION }));
}

function offsetIn(answer: Response): number {
  const offset = answer.headers.get('upload-offset');
  if (offset === null || !/^\d+$/.test(offset)) throw new Error(`an answer of tus without an offset: ${offset}`);
  return Number(offset);
}
