import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiFailure, ApiProblem } from './client-error.ts';
import { apiClient } from './client.ts';
import { apiRoutes } from './routes.ts';

const TYPE = {
  id: '01890a5d-ac96-774b-bcce-b302099a8057',
  name: 'gateway-a',
  description: '',
  versionAttribute: null,
  slotAttribute: null,
  bootIdAttribute: null,
  verifyingSeconds: null,
  downgrade: 'refused' as const,
  createdAt: '2026-01-02T03:04:05Z',
  revision: 3,
};

test('a call goes to the address of its route, with parameters escaped and the credential', async () => {
  const wire = aWire(() => Response.json(TYPE));
  await wire.client.call('device-types.show', { params: { id: 'a b/ü' } });
  assert.deepEqual(wire.requests, [
    { method: 'GET', url: 'https://u.test/x/api/v1/device-types/a%20b%2F%C3%BC', body: '' },
  ]);
  assert.equal(wire.headers[0]?.get('authorization'), 'Bearer s3cret');
  assert.equal(wire.headers[0]?.has('content-type'), false);
});

test('a list names only the parts of the query that were given', async () => {
  const wire = aWire(() => Response.json({ items: [TYPE], total: 1, totalIsExact: true, next: null }));
  const page = await wire.client.call('device-types.list', { query: { limit: 2, filter: 'name=="a b"' } });
  assert.equal(wire.requests[0]?.url, 'https://u.test/x/api/v1/device-types?limit=2&filter=name%3D%3D%22a+b%22');
  assert.deepEqual(page.items, [TYPE]);
});

test('a creation carries its idempotency key and its body as JSON', async () => {
  const wire = aWire(() => Response.json(TYPE, { status: 201 }));
  await wire.client.call('device-types.create', { body: { name: 'gateway-a' }, idempotencyKey: 'k1' });
  assert.deepEqual(wire.requests[0]?.body, '{"name":"gateway-a"}');
  assert.equal(wire.headers[0]?.get('idempotency-key'), 'k1');
  assert.equal(wire.headers[0]?.get('content-type'), 'application/json');
});

test('a change names the revision that it saw as an entity tag', async () => {
  const wire = aWire(() => Response.json(TYPE));
  await wire.client.call('device-types.change', { params: { id: TYPE.id }, body: { description: 'x' }, ifMatch: 3 });
  assert.equal(wire.headers[0]?.get('if-match'), '"3"');
});

test('an answer without content is undefined', async () => {
  const wire = aWire(() => new Response(null, { status: 204 }));
  assert.equal(await wire.client.call('device-types.delete', { params: { id: TYPE.id } }), undefined);
});

test('a refusal keeps its code, status, reason and wrong fields', async () => {
  const problem = {
    type: 'about:blank',
    title: 'x',
    status: 422,
    code: 'bundle-unsigned',
    detail: 'Sign it.',
    reason: 'signature-missing',
  };
  const wire = aWire(() => Response.json({ ...problem, errors: [{ path: 'a', message: 'b' }] }, { status: 422 }));
  const error = await rejection(wire.client.call('whoami.show'));
  assert.ok(error instanceof ApiProblem);
  assert.deepEqual(
    [error.code, error.status, error.reason, error.detail, error.errors],
    ['bundle-unsigned', 422, 'signature-missing', 'Sign it.', [{ path: 'a', message: 'b' }]],
  );
});

test('a code that only a newer server knows is kept as it is', async () => {
  const wire = aWire(() =>
    Response.json({ type: 'about:blank', title: 'x', status: 409, code: 'made-later', detail: 'y' }, { status: 409 }),
  );
  const error = await rejection(wire.client.call('whoami.show'));
  assert.ok(error instanceof ApiProblem);
  assert.equal(error.code, 'made-later');
});

for (const [what, answer] of Object.entries({
  'a page of a proxy': () => new Response('<html>Bad Gateway</html>', { status: 502 }),
  'a redirect': () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.test/' } }),
  'a success that is no JSON': () => new Response('<html>hello</html>'),
  'a success of another shape': () => Response.json({ tenant: 7 }),
})) {
  test(`${what} is not taken for an answer of the API`, async () => {
    assert.equal(codeOf(await rejection(aWire(answer).client.call('whoami.show'))), 'answer-unexpected');
  });
}

for (const [systemCode, code] of [
  ['ECONNREFUSED', 'server-unreachable'],
  ['ENOTFOUND', 'server-unreachable'],
  ['ECONNRESET', 'connection-lost'],
  ['UND_ERR_SOCKET', 'connection-lost'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate-not-trusted'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate-not-trusted'],
] as const) {
  test(`${systemCode} is ${code}`, async () => {
    const wire = aWire(() => {
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: systemCode }) });
    });
    assert.equal(codeOf(await rejection(wire.client.call('whoami.show'))), code);
  });
}

test('a host whose every address refuses is unreachable', async () => {
  const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
  const wire = aWire(() => {
    throw new TypeError('fetch failed', { cause: new AggregateError([refused, refused]) });
  });
  assert.equal(codeOf(await rejection(wire.client.call('whoami.show'))), 'server-unreachable');
});

test('an abort by the caller stays an abort', async () => {
  const wire = aWire(() => Response.json(TYPE));
  const error = await rejection(wire.client.call('whoami.show', { signal: AbortSignal.abort() }));
  assert.equal((error as Error).name, 'AbortError');
});

for (const name of ['.', '..', '']) {
  test(`the name "${name}", which no address can carry, is never sent`, async () => {
    const wire = aWire(() => Response.json(TYPE));
    assert.equal(
      codeOf(await rejection(wire.client.call('devices.show', { params: { device: name } }))),
      'name-not-addressable',
    );
    assert.deepEqual(wire.requests, []);
  });
}

test('a call without the parameters of its route does not type-check', async () => {
  const wire = aWire(() => Response.json(TYPE));
  // @ts-expect-error params are missing
  await rejection(wire.client.call('device-types.show'));
  // @ts-expect-error a reading route takes no idempotency key
  await wire.client.call('device-types.show', { params: { id: TYPE.id }, idempotencyKey: 'k' });
  assert.equal(wire.requests.length, 1);
});

test('every parameter in a path of the route table is one that the route declares', () => {
  for (const [name, route] of Object.entries(apiRoutes)) {
    const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const declared = 'params' in route ? Object.keys(route.params.shape) : [];
    assert.deepEqual(inPath, declared, name);
  }
});

/** A client whose other end is `answer`; what was sent is recorded. */
function aWire(answer: () => Response) {
  const requests: { method: string; url: string; body: string }[] = [];
  const headers: Headers[] = [];
  const client = apiClient({
    baseUrl: 'https://u.test/x/',
    authorization: 'Bearer s3cret',
    fetch: async (input, init) => {
      const request = new Request(input, init);
      request.signal.throwIfAborted();
      requests.push({ method: request.method, url: request.url, body: await request.text() });
      headers.push(request.headers);
      return answer();
    },
  });
  return { client, requests, headers };
}

async function rejection(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => assert.fail('expected a rejection'),
    (error: unknown) => error,
  );
}

function codeOf(error: unknown): string {
  assert.ok(error instanceof ApiFailure, String(error));
  return error.code;
}
