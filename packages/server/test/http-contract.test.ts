import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { JSON_BODY_MAX_BYTES } from '../src/http/json-body.ts';
import { MAX_BODY_DEPTH } from '../src/http/parse-request.ts';
import { aServer, json } from './a-server.ts';

type Case = {
  readonly what: string;
  readonly path: string;
  readonly init?: RequestInit;
  readonly status: number;
  readonly code: string;
};

const DEVICES = '/api/v1/devices';
const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
const cases: readonly Case[] = [
  { what: 'an unknown address', path: '/api/v1/nothing', status: 404, code: 'route-unknown' },
  { what: 'a path that is no text', path: `${DEVICES}/%ff`, status: 404, code: 'route-unknown' },
  { what: 'a path without end', path: `${DEVICES}/${'x'.repeat(4000)}`, status: 404, code: 'route-unknown' },
  { what: 'an unknown page', path: '/nothing', status: 404, code: 'route-unknown' },
  {
    what: 'a method that does nothing',
    path: DEVICES,
    init: { method: 'PUT' },
    status: 405,
    code: 'method-not-allowed',
  },
  {
    what: 'a body of another type',
    path: DEVICES,
    init: { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } },
    status: 415,
    code: 'media-type-unsupported',
  },
  {
    what: 'a body that is no JSON',
    path: DEVICES,
    init: { method: 'POST', body: '{"name":', headers: { 'content-type': 'application/json' } },
    status: 400,
    code: 'body-invalid',
  },
  {
    what: 'a body that pollutes prototypes',
    path: DEVICES,
    init: { method: 'POST', body: '{"name":"x","__proto__":{"a":1}}', headers: { 'content-type': 'application/json' } },
    status: 400,
    code: 'body-invalid',
  },
  { what: 'no body where one is needed', path: DEVICES, init: { method: 'POST' }, status: 400, code: 'body-invalid' },
  {
    what: 'U+0000 in a text',
    path: DEVICES,
    init: json('POST', { name: 'x', description: 'a\u0000b' }),
    status: 400,
    code: 'body-invalid',
  },
  {
    what: 'half a surrogate pair',
    path: DEVICES,
    init: json('POST', { name: 'x', description: 'a\ud800' }),
    status: 400,
    code: 'body-invalid',
  },
  {
    what: 'nesting without end',
    path: DEVICES,
    init: json('POST', { name: 'x', description: deep(MAX_BODY_DEPTH + 1) }),
    status: 400,
    code: 'body-invalid',
  },
  {
    what: 'a body that is too large',
    path: DEVICES,
    init: json('POST', { name: 'x'.repeat(JSON_BODY_MAX_BYTES) }),
    status: 413,
    code: 'body-too-large',
  },
  { what: 'a page size out of bounds', path: `${DEVICES}?limit=0`, status: 400, code: 'query-invalid' },
  { what: 'a parameter twice', path: `${DEVICES}?limit=1&limit=2`, status: 400, code: 'query-invalid' },
  { what: 'a filter that is none', path: `${DEVICES}?filter=name%3D`, status: 400, code: 'filter-invalid' },
  { what: 'an order that there is none of', path: `${DEVICES}?sort=type`, status: 400, code: 'sort-invalid' },
  { what: 'a cursor of somebody else', path: `${DEVICES}?cursor=abc`, status: 400, code: 'cursor-invalid' },
  { what: 'an id that is none', path: '/api/v1/device-types/7', status: 404, code: 'not-found' },
  {
    what: 'a malformed If-Match',
    path: `${DEVICES}/x`,
    init: json('PATCH', {}, { 'if-match': '3' }),
    status: 400,
    code: 'header-invalid',
  },
  {
    what: 'a weak If-Match',
    path: `${DEVICES}/x`,
    init: json('PATCH', {}, { 'if-match': 'W/"1"' }),
    status: 412,
    code: 'precondition-failed',
  },
  {
    what: 'an Idempotency-Key of two words',
    path: DEVICES,
    init: json('POST', { name: 'x' }, { 'idempotency-key': 'a b' }),
    status: 400,
    code: 'header-invalid',
  },
];

const { api, fetch } = await aServer({ after });

for (const { what, path, init, status, code } of cases) {
  test(`${what} is answered ${status} with ${code}`, async () => {
    const answer = await fetch(path, init);
    assert.equal(answer.status, status);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
    const problem = (await answer.json()) as Record<string, unknown>;
    assert.equal(problem['code'], code);
    assert.equal(problem['status'], status);
    assert.equal(typeof problem['detail'], 'string');
  });
}

test('405 tells what is allowed, also to those without a credential', async () => {
  const answer = await fetch(`${DEVICES}/gw-1`, { method: 'POST', as: null });
  assert.equal(answer.status, 405);
  assert.equal(answer.headers.get('allow'), 'GET, HEAD, PATCH, DELETE');
});

test('every wrong field is listed', async () => {
  const body = { name: 'has space', description: 7, token: '' };
  const problem = (await (await fetch(DEVICES, json('POST', body))).json()) as { errors: { path: string }[] };
  assert.deepEqual(
    problem.errors.map(({ path }) => path),
    ['name', 'description', 'token'],
  );
});

test('a doubled slash is one', async () => {
  assert.equal((await fetch('//api//v1/whoami')).status, 200);
});

test('no site is allowed to read answers in a browser', async () => {
  const answer = await fetch('/api/v1/whoami', { headers: { origin: 'https://evil.example' } });
  assert.equal(answer.headers.get('access-control-allow-origin'), null);
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
});

test('an empty body with a content type is none', async () => {
  await api.call('devices.create', { body: { name: 'gw-1' } });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${DEVICES}/gw-1/request-attributes`, { method: 'POST', headers });
  assert.equal(answer.status, 204);
});

test('a surprise is answered with an id and nothing of the inside', async (t) => {
  const { server, fetch } = await aServer(t);
  await server.store.close();
  const answer = await fetch('/api/v1/whoami');
  const text = await answer.text();
  assert.equal(answer.status, 500);
  assert.equal(JSON.parse(text).code, 'internal-error');
  assert.ok(!/sqlite|database|at .*\.ts/i.test(text));
});
