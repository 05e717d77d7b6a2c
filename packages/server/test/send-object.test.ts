import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type SendOutcome, sendObject } from '../src/http/send-object.ts';
import { createTransfers } from '../src/http/transfers.ts';

const CHANGED = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');

test('a GET sends every byte and tells its progress without gaps', async (t) => {
  const sender = await aSender(t, randomBytes(700_000));
  const answer = await sender.get({});
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-length'], '700000');
  assert.ok(answer.body.equals(sender.bytes));
  assert.equal(sender.progress[0]?.[0], 0);
  assert.equal(sender.progress.at(-1)?.[1], 700_000);
  assert.ok(sender.progress.every(([from], index) => index === 0 || from === sender.progress[index - 1]?.[1]));
});

test('a HEAD tells the length and opens nothing', async (t) => {
  const sender = await aSender(t, randomBytes(1000));
  const answer = await sender.get({ range: 'bytes=0-9' }, 'HEAD');
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-length'], '1000');
  assert.equal(answer.headers['accept-ranges'], 'bytes');
  assert.equal(answer.headers['etag'], '"tag"');
  assert.equal(answer.headers['last-modified'], 'Wed, 21 Oct 2026 07:28:00 GMT');
  assert.equal(answer.body.length, 0);
  assert.equal(sender.opened(), 0);
});

test('a tail range resumes where a download was cut', async (t) => {
  const sender = await aSender(t, randomBytes(1000));
  const answer = await sender.get({ range: 'bytes=600-' });
  assert.equal(answer.status, 206);
  assert.equal(answer.headers['content-range'], 'bytes 600-999/1000');
  assert.ok(answer.body.equals(sender.bytes.subarray(600)));
});

test('many ranges come as one multipart body in the order they were asked', async (t) => {
  const sender = await aSender(t, randomBytes(100_000));
  const wanted = Array.from({ length: 150 }, (_, index) => ({
    start: (149 - index) * 600,
    end: (149 - index) * 600 + 99,
  }));
  const answer = await sender.get({ range: `bytes=${wanted.map(({ start, end }) => `${start}-${end}`).join(',')}` });
  assert.equal(answer.status, 206);
  const boundary = /^multipart\/byteranges; boundary=([0-9a-z]+)$/.exec(answer.headers['content-type'] ?? '')?.[1];
  const parts = wanted.map(({ start, end }) =>
    Buffer.concat([
      Buffer.from(
        `--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${start}-${end}/100000\r\n\r\n`,
      ),
      sender.bytes.subarray(start, end + 1),
      Buffer.from('\r\n'),
    ]),
  );
  assert.ok(answer.body.equals(Buffer.concat([...parts, Buffer.from(`--${boundary}--`)])));
});

test('a range outside of the object is a 416 that tells the length', async (t) => {
  const sender = await aSender(t, randomBytes(1000));
  const answer = await sender.get({ range: 'bytes=1000-' });
  assert.equal(answer.status, 416);
  assert.equal(answer.headers['content-range'], 'bytes */1000');
  assert.equal(answer.body.length, 0);
});

test('an unchanged object is a 304, a failed If-Match a 412', async (t) => {
  const sender = await aSender(t, randomBytes(10));
  assert.equal((await sender.get({ 'if-none-match': '"x", "tag"' })).status, 304);
  assert.equal((await sender.get({ 'if-none-match': '"x"' })).status, 200);
  assert.equal((await sender.get({ 'if-modified-since': 'Wed, 21 Oct 2026 07:28:00 GMT' })).status, 304);
  assert.equal((await sender.get({ 'if-match': '"x"' })).status, 412);
  assert.equal((await sender.get({ 'if-match': 'tag' })).status, 200);
});

test('an empty object is sent as nothing', async (t) => {
  const sender = await aSender(t, Buffer.alloc(0));
  const answer = await sender.get({});
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-length'], '0');
});

test('a client that goes away ends its download and frees the descriptor', async (t) => {
  const sender = await aSender(t, randomBytes(20_000_000));
  const socket = connect(sender.port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'data');
  assert.equal(sender.transfers.underWay, 1);
  socket.pause();
  socket.destroy();
  assert.equal(await sender.transfers.idle(AbortSignal.timeout(30_000)), true);
  assert.deepEqual(
    sender.outcomes.map((outcome) => [outcome.kind, outcome.kind === 'aborted' && outcome.clientLeft]),
    [['aborted', true]],
  );
  assert.equal(sender.closed(), 1);
});

test('an object shorter than its row cuts the connection, so that the client does not take it for whole', async (t) => {
  const sender = await aSender(t, randomBytes(1000), { length: 2000 });
  await assert.rejects(sender.get({}), { code: 'ECONNRESET' });
  assert.deepEqual(
    sender.outcomes.map((outcome) => [outcome.kind, outcome.kind === 'aborted' && outcome.clientLeft]),
    [['aborted', false]],
  );
});

test('an object that cannot be opened cuts the connection, so that no installer gets an error to install', async (t) => {
  const sender = await aSender(t, randomBytes(10), { failing: true });
  await assert.rejects(sender.get({}), { code: 'ECONNRESET' });
  assert.deepEqual(
    sender.outcomes.map((outcome) => outcome.kind),
    ['aborted'],
  );
});

async function aSender(t: TestContext, bytes: Buffer, wish: { length?: number; failing?: boolean } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'updraft-send-'));
  const file = join(folder, 'object');
  await writeFile(file, bytes);
  const transfers = createTransfers();
  const progress: [number, number][] = [];
  const outcomes: SendOutcome[] = [];
  const count = { opened: 0, closed: 0 };
  const object = {
    length: wish.length ?? bytes.length,
    etag: '"tag"',
    lastModified: CHANGED,
    contentType: 'application/octet-stream',
    open: async () => {
      const handle = await open(wish.failing ? `${file}.gone` : file);
      count.opened += 1;
      return {
        read: async (buffer: Uint8Array, position: number) =>
          (await handle.read(buffer, 0, buffer.length, position)).bytesRead,
        close: async () => {
          count.closed += 1;
          await handle.close();
        },
      };
    },
  };
  const server = createServer({ maxHeaderSize: 65_536 }, (incoming, response) => {
    const options = { transfers, onProgress: (from: number, to: number) => progress.push([from, to]) };
    void sendObject({ request: incoming, response }, object, options).then((outcome) => outcomes.push(outcome));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  const get = async (headers: Record<string, string>, method = 'GET') => {
    const outgoing = request({ port, host: '127.0.0.1', method, headers, agent: false });
    outgoing.end();
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    const body = Buffer.concat((await incoming.toArray()) as Buffer[]);
    return { status: incoming.statusCode, headers: incoming.headers, body };
  };
  return { port, bytes, transfers, progress, outcomes, get, opened: () => count.opened, closed: () => count.closed };
}
