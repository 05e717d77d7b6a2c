import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Artifact } from '@updraft/protocols';
import type { z } from 'zod';
import type { TestServer } from './a-server.ts';

export type ArtifactAnswer = z.output<typeof Artifact>;
type Server = Pick<TestServer, 'fetch' | 'url' | 'api'>;
type Bytes = Uint8Array | ReadableStream<Uint8Array>;

/** An upload in one request; the raw answer. */
export function upload(
  { fetch }: Server,
  body: Bytes,
  options: { readonly query?: string; readonly headers?: Record<string, string> } = {},
): Promise<Response> {
  return fetch(`/api/v1/artifacts?${options.query ?? 'filename=file.bin'}`, {
    method: 'POST',
    body: body as RequestInit['body'],
    headers: { 'content-type': 'application/octet-stream', ...options.headers },
    ...(body instanceof ReadableStream ? { duplex: 'half' as const } : {}),
  });
}

export async function uploaded(server: Server, body: Uint8Array, filename = 'file.bin'): Promise<ArtifactAnswer> {
  const answer = await upload(server, body, { query: `filename=${encodeURIComponent(filename)}` });
  const text = await answer.text();
  assert.equal(answer.status, 201, text);
  return JSON.parse(text) as ArtifactAnswer;
}

/** `code` and `reason` of a refusal, with its status. */
export async function refusal(answer: Response): Promise<readonly [status: number, code: string, reason?: string]> {
  const { code, reason } = (await answer.json()) as { readonly code: string; readonly reason?: string };
  return reason === undefined ? [answer.status, code] : [answer.status, code, reason];
}

/** A request of tus 1.0 to `/uploads`, or to the address of an upload. */
export function tus(
  server: Server,
  method: string,
  at: string | null,
  options: { readonly headers?: Record<string, string | number>; readonly body?: Uint8Array } = {},
): Promise<Response> {
  const headers = Object.entries({ 'tus-resumable': '1.0.0', ...options.headers }).map(
    ([name, value]) => [name, String(value)] as [string, string],
  );
  const to = at === null ? '/api/v1/uploads' : new URL(at, server.url).pathname;
  return server.fetch(to, {
    method,
    headers,
    ...(options.body === undefined ? {} : { body: options.body as RequestInit['body'] }),
  });
}

/** Begins an upload; its address. */
export async function begunUpload(server: Server, size: number, filename = 'file.bin'): Promise<string> {
  const metadata = `filename ${Buffer.from(filename).toString('base64')}`;
  const headers = { 'upload-length': size, 'upload-metadata': metadata };
  const answer = await tus(server, 'POST', null, { headers });
  assert.equal(answer.status, 201, await answer.text());
  return answer.headers.get('location') ?? '';
}

export function patch(
  server: Server,
  at: string,
  chunk: { readonly offset: number; readonly body: Uint8Array; readonly headers?: Record<string, string> },
): Promise<Response> {
  const headers = {
    'upload-offset': chunk.offset,
    'content-type': 'application/offset+octet-stream',
    ...chunk.headers,
  };
  return tus(server, 'PATCH', at, { headers, body: chunk.body });
}

export async function shownUpload(server: Server, at: string) {
  return server.api.call('uploads.show', { params: { id: uidOf(at) } });
}

export function uidOf(at: string): string {
  return at.split('/').at(-1) ?? '';
}

type Files = { readonly uploads: string[]; readonly objects: string[] };

/** Tells what lies there that did not when this was called: many tests share a server. */
export async function newFilesOf(server: { readonly dataDir: string }): Promise<() => Promise<Files>> {
  const old = await filesOf(server);
  return async () => {
    const { uploads, objects } = await filesOf(server);
    return {
      uploads: uploads.filter((name) => !old.uploads.includes(name)),
      objects: objects.filter((name) => !old.objects.includes(name)),
    };
  };
}

/** What lies in the folders of uploads and of objects. */
export async function filesOf({ dataDir }: { readonly dataDir: string }): Promise<Files> {
  const uploads = await readdir(path.join(dataDir, 'uploads'));
  const entries = await readdir(path.join(dataDir, 'objects'), { recursive: true, withFileTypes: true });
  return { uploads, objects: entries.filter((entry) => entry.isFile()).map(({ name }) => name) };
}
