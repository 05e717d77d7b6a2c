import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aProblem, aShell } from '../test/a-shell.ts';
import { parseMessage } from './event-stream.ts';

const EVENT = {
  position: 7,
  at: '2026-03-01T11:00:00Z',
  name: 'device.created',
  actor: 'kim',
  subject: { kind: 'device', id: 'gw-1' },
  data: { by: 'hand' },
};

test('a message is its data lines, joined, and its id', () => {
  assert.deepEqual(parseMessage('id: 7\nevent: x\ndata: {"a":\ndata: 1}'), { id: '7', data: '{"a":\n1}' });
  assert.deepEqual(parseMessage(': still here'), { id: null, data: '' });
});

test('a stream that breaks goes on after the last event that was seen', async () => {
  const streams = [
    streamOf(`id: 7\nevent: x\ndata: ${JSON.stringify(EVENT)}\n\n`),
    streamOf(`id: 8\ndata: ${JSON.stringify({ ...EVENT, position: 8 })}\n\nid: 9\ndata: {"cut`),
  ];
  const shell = aShell({
    answers: { 'GET /events/stream': () => streams.shift() ?? aProblem(401, 'not-authenticated') },
  });
  assert.equal(await shell.updraft('events', '--follow', '--after', '6', '--json'), 3);
  assert.deepEqual(
    shell.asked.map((one) => one.headers.get('last-event-id')),
    ['6', '7', '8'],
  );
  assert.deepEqual(
    shell
      .out()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).position),
    [7, 8],
  );
});

test('the latest events come oldest first', async () => {
  const items = [{ ...EVENT, position: 9 }, EVENT];
  const shell = aShell({ answers: { 'GET /events': () => ({ items, total: 2, totalIsExact: true, next: null }) } });
  assert.equal(await shell.updraft('events', '--json', '--filter', 'name==device.*', '--after', '5'), 0);
  assert.deepEqual(
    JSON.parse(shell.out()).items.map((event: { position: number }) => event.position),
    [7, 9],
  );
  assert.equal(shell.asked[0]?.query.get('sort'), '-position');
  assert.equal(shell.asked[0]?.query.get('filter'), '(name==device.*);position=gt=5');
});

test('a filter goes to the server as it was given, so that a refusal names the right character', async () => {
  const shell = aShell({ answers: { 'GET /events': () => ({ items: [], total: 0, totalIsExact: true, next: null }) } });
  assert.equal(await shell.updraft('events', '--filter', 'nam==device.*'), 0);
  assert.equal(shell.asked[0]?.query.get('filter'), 'nam==device.*');
});

function streamOf(text: string): Response {
  return new Response(text, { headers: { 'content-type': 'text/event-stream' } });
}
