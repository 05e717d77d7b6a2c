import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { aServer, codeOf, type TestServer } from './a-server.ts';
import { aTenant } from './a-tenant.ts';
import { MAX_EVENT_STREAMS } from '../src/management/event-stream.ts';

/** A new tenant of it has no events. */
const shared = await aServer({ after });

type Told = {
  readonly id: number;
  readonly name: string;
  readonly data: { readonly position: number; readonly subject: { readonly id: string } };
};

/** Reads the stream until `count` events have come, then goes away. */
async function read({ fetch }: TestServer, count: number, lastEventId?: number): Promise<Told[]> {
  const leaving = new AbortController();
  const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) };
  const answer = await fetch('/api/v1/events/stream', { headers, signal: leaving.signal });
  assert.equal(answer.headers.get('content-type'), 'text/event-stream');
  const told: Told[] = [];
  let text = '';
  for await (const chunk of (answer.body ?? assert.fail()).pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const frames = text.split('\n\n');
    text = frames.pop() ?? '';
    told.push(...frames.flatMap((frame) => parseFrame(frame) ?? []));
    if (told.length >= count) break;
  }
  leaving.abort();
  return told;
}

function parseFrame(frame: string): Told | null {
  const match = /^id: (\d+)\nevent: (.+)\ndata: (.+)$/.exec(frame);
  return match === null ? null : { id: Number(match[1]), name: match[2] ?? '', data: JSON.parse(match[3] ?? '') };
}

const create = ({ api }: TestServer, name: string) => api.call('devices.create', { body: { name } });
const names = (told: readonly Told[]) =>
  told.filter(({ name }) => name === 'device.created').map(({ data }) => data.subject.id);

test('a client that comes back with the last position misses nothing and hears nothing twice', async () => {
  const server = await aTenant(shared);
  await create(server, 'gw-1');
  await create(server, 'gw-2');
  const first = await read(server, 2, 0);
  assert.deepEqual(names(first), ['gw-1', 'gw-2']);
  await create(server, 'gw-3');
  assert.deepEqual(names(await read(server, 1, first.at(-1)?.id)), ['gw-3']);
});

test('the ids are the positions, without a gap', async (t) => {
  const server = await aServer(t);
  for (const name of ['a', 'b', 'c']) await create(server, name);
  const told = await read(server, 4, 0);
  assert.deepEqual(
    told.map(({ id, data }) => [id, data.position]),
    [
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
    ],
  );
});

test('a stream without a position begins with what comes next', async () => {
  const server = await aTenant(shared);
  await create(server, 'before');
  const reading = read(server, 1);
  const tick = setInterval(() => void create(server, `after-${Math.random()}`), 100);
  const told = await reading;
  clearInterval(tick);
  assert.ok(names(told).every((name) => name.startsWith('after-')));
});

test('a stream goes on after a restart of the server', async (t) => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'updraft-server-'));
  const before = await aServer(t, { dataDir });
  await create(before, 'gw-1');
  const last = (await read(before, 2, 0)).at(-1)?.id;
  await before.server.stop();
  const again = await aServer(t, { dataDir });
  // Behind the server's own end: what it still opens is there.
  t.after(() => rm(dataDir, { recursive: true }));
  await create(again, 'gw-2');
  assert.deepEqual(names(await read(again, 1, last)), ['gw-2']);
});

test('who asks for the head of a stream alone is answered, and holds none open', async () => {
  const server = await aTenant(shared);
  const answer = await server.fetch('/api/v1/events/stream', { method: 'HEAD' });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/event-stream');
  assert.equal(await answer.text(), '');
});

test('clients that come back all at once hold no more streams than there may be', async (t) => {
  const server = await aServer(t);
  const leaving = new AbortController();
  const ask = async () => server.fetch('/api/v1/events/stream', { signal: leaving.signal });
  const answers = await Promise.all(Array.from({ length: MAX_EVENT_STREAMS + 20 }, ask));
  const refused = answers.filter(({ status }) => status !== 200);
  assert.equal(refused.length, 20);
  for (const answer of refused) assert.equal(await codeOf(answer), 'limit-reached');
  leaving.abort();
});

test('open streams end when the server stops', async (t) => {
  const server = await aServer(t);
  const answer = await server.fetch('/api/v1/events/stream');
  const ended = (answer.body ?? assert.fail()).pipeTo(new WritableStream());
  await server.server.stop();
  await ended;
});

test('a stream ends for who is not welcome any more', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const server = await aServer(t);
  const { id, secret } = await server.api.call('tokens.create', { body: { name: 'ci' } });
  const answer = await server.fetch('/api/v1/events/stream', { as: `Bearer ${secret}` });
  const ended = (answer.body ?? assert.fail()).pipeTo(new WritableStream());
  await server.api.call('tokens.delete', { params: { id } });
  const tick = setInterval(() => t.mock.timers.tick(20_000), 50);
  await ended;
  clearInterval(tick);
});

test('a position that is none is refused', async () => {
  const server = await aTenant(shared);
  const answer = await server.fetch('/api/v1/events/stream', { headers: { 'last-event-id': 'x' } });
  assert.equal(await codeOf(answer), 'header-invalid');
});

test('events are listed and filtered, newest first if asked', async () => {
  const server = await aTenant(shared);
  await create(server, 'gw-1');
  await create(server, 'gw-2');
  const page = await server.api.call('events.list', { query: { filter: 'name==device.*', sort: '-position' } });
  assert.deepEqual(
    page.items.map(({ subject }) => subject.id),
    ['gw-2', 'gw-1'],
  );
});
