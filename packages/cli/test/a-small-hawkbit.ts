import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export type Written = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or bytes as they are. */
  readonly body?: unknown;
  /** Of the bytes so many are sent, and the connection is cut. */
  readonly cutAfter?: number;
};
/** Answers by `path` behind `/rest/v1`, without its query; an array answers one request each, its last all that follow. */
export type WrittenAnswers = Readonly<Record<string, Written | readonly Written[]>>;

export function listOf(...content: readonly unknown[]): Written {
  return { body: { content, total: content.length, size: content.length } };
}

export function refusal(status: number, key: string): Written {
  const errorCode = `hawkbit.server.error.${key}`;
  return { status, body: { exceptionClass: 'org.eclipse.hawkbit.X', errorCode, message: `About ${key}.` } };
}

/** A server that answers what is written, and 404 to all else: hawkBit as its versions differ. */
export async function aSmallHawkbit(t: TestContext, answers: WrittenAnswers): Promise<string> {
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '').replace('/rest/v1', '').replace(/\?.*/, ''));
    const count = counts.get(path) ?? 0;
    counts.set(path, count + 1);
    const written = answers[path];
    const list: readonly Written[] = written === undefined ? [refusal(404, 'repo.entityNotFound')] : [written].flat();
    const { status = 200, headers = {}, body, cutAfter } = list[Math.min(count, list.length - 1)] ?? {};
    const whole = Buffer.isBuffer(body) ? body : Buffer.from(body === undefined ? '' : JSON.stringify(body));
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const bytes = whole.subarray(from);
    response.writeHead(from > 0 ? 206 : status, { 'content-length': bytes.length, ...headers });
    if (cutAfter === undefined) response.end(bytes);
    else response.write(bytes.subarray(0, cutAfter), () => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
