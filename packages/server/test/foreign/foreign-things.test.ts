import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wireRequestOf } from '../fuzz/course.ts';
import { type Operation, operationsOf } from '../fuzz/operations.ts';
import type { Place } from '../fuzz/known-things.ts';
import { type FuzzRequest, requestsTo } from '../fuzz/requests.ts';
import type { WireAnswer } from '../wire.ts';
import type { Credential } from './credentials.ts';
import { aForeignWorld, FOREIGN_MARK, type ForeignWorld } from './foreign-world.ts';
import { type MountedRoute, watchMountedRoutes } from './mounted-routes.ts';
import { rowsOf } from './rows-of.ts';

const SEED = 1;
/** Of the addresses that are read, so many show the mark to whom they may. */
const LEAST_MARKED = 25;

/** They ask no credential, and show nothing of any tenant. */
const OPEN = [
  'GET /api/docs',
  'GET /api/docs/style.css',
  'GET /api/v1',
  'GET /api/v1/openapi.json',
  'GET /healthz',
  'GET /readyz',
  'GET /metrics',
  'GET /v3/api-docs',
];

/** What these parameters name is no row's: a tenant that has no such word answers as for a new one. */
const WORDS = ['tag', 'group', 'key', 'tenant'];

test('no credential reads or writes what is another tenant’s or another device’s', async (t) => {
  using watch = watchMountedRoutes();
  const world = await aForeignWorld(t);
  const operations = operationsOf(world.foreign);

  await t.test('every route that asks a credential is tried', () => {
    const tried = new Set(operations.map(shapeOf));
    const missing = watch
      .routes()
      .map(shapeOf)
      .filter((route) => !tried.has(route) && !OPEN.includes(route));
    assert.deepEqual(missing, []);
  });

  await t.test('its own people see what the others must not', async () => {
    const marked: string[] = [];
    for (const operation of operations.filter(({ method, surface }) => method === 'GET' && surface !== 'ddi')) {
      const requests = fc.sample(requestsTo(operation, world.foreign), { seed: SEED, numRuns: 3 });
      const answers = await Promise.all(requests.map((request) => world.wire.send(wireRequestOf(request))));
      if (answers.some(({ text }) => text.includes(FOREIGN_MARK))) marked.push(operation.path);
    }
    assert.ok(marked.length >= LEAST_MARKED, `only ${marked.length}: ${marked.join(', ')}`);
  });

  for (const credential of world.credentials)
    await t.test(`${credential.kind} opens nothing of another tenant`, async () => {
      await assertGoodAtHome(world, credential);
      const before = rowsOf(world.server.dataDir, { tenant: world.foreignTenant });
      const wrong: string[] = [];
      for (const operation of operations) wrong.push(...(await tryForeign(world, credential, operation)));
      assert.deepEqual(wrong, []);
      assert.deepEqual(rowsOf(world.server.dataDir, { tenant: world.foreignTenant }), before);
      await world.openHome();
      await assertGoodAtHome(world, credential);
    });

  for (const credential of world.credentials.filter(({ opens }) => opens === 'devices'))
    await t.test(`${credential.kind} opens nothing of another device`, () => assertNothingOfAnother(world, credential));
});

/** Another device of the same tenant: its address, and its actions and files at one's own address. */
async function assertNothingOfAnother(world: ForeignWorld, credential: Credential): Promise<void> {
  const { home, server } = world;
  const own = deviceOf(world, credential);
  const another = home.places('ddi', 'devices').find(({ controller }) => controller !== own);
  assert.ok(another !== undefined);
  const { id } = await server.server.store.reader
    .selectFrom('device')
    .select('id')
    .where('name', '=', another['controller'] ?? '')
    .executeTakeFirstOrThrow();
  await server.server.writeContacts();
  const before = rowsOf(server.dataDir, { device: id });
  const wrong: string[] = [];
  for (const operation of operationsOf(home).filter(({ surface }) => surface === 'ddi')) {
    const there = await sendTo(world, credential, { operation, place: another });
    // A gateway's token without a type vouches for any device of its tenant.
    if (credential.kind !== ANY_GATEWAY && there.status !== 401) wrong.push(`${operation.path}: ${there.status}`);
    if (!/\{(action|module)\}/.test(operation.path)) continue;
    const here = await sendTo(world, credential, { operation, place: { ...another, controller: own } });
    if (here.status !== 404) wrong.push(`at its own address ${operation.path}: ${here.status}`);
  }
  assert.deepEqual(wrong, []);
  if (credential.kind !== ANY_GATEWAY) assert.deepEqual(rowsOf(server.dataDir, { device: id }), before);
}

const ANY_GATEWAY = 'a gateway’s token';

function deviceOf({ device, narrowDevice }: ForeignWorld, { kind }: Credential): string {
  return kind.endsWith('one type') ? narrowDevice : device;
}

/** What a named proxy says is of the device that is its own, whatever the address. */
async function sendTo(
  world: ForeignWorld,
  credential: Credential,
  { operation, place }: { readonly operation: Operation; readonly place: Place },
): Promise<WireAnswer> {
  const [request] = fc.sample(requestsTo(operation, { ...world.home, places: () => [place] }), {
    seed: SEED,
    numRuns: 1,
  });
  assert.ok(request !== undefined);
  return world.wire.send(wireRequestOf(as(credential, request, deviceOf(world, credential))));
}

function shapeOf({ method, path }: MountedRoute | Operation): string {
  return `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`;
}

/** What is refused abroad must be good for something. */
async function assertGoodAtHome(world: ForeignWorld, credential: Credential): Promise<void> {
  const { wire } = world;
  const { kind, headers, opens } = credential;
  const controller = deviceOf(world, credential);
  const word = wordFor(credential, controller);
  const ask = (path: string) => wire.send({ method: 'GET', path, headers: { ...headers, ...word }, body: null });
  const [management, devices] = [await ask('/rest/v1/userinfo'), await ask(`/DEFAULT/controller/v1/${controller}`)];
  assert.deepEqual(
    [management.status, devices.status],
    [opens === 'management' ? 200 : 401, opens === 'devices' ? 200 : 401],
    kind,
  );
}

async function tryForeign(
  world: ForeignWorld,
  credential: Credential,
  operation: Operation,
): Promise<readonly string[]> {
  const requests = fc.sample(requestsTo(operation, world.foreign), { seed: SEED, numRuns: credential.samples });
  const wrong: string[] = [];
  for (const request of requests) {
    const answer = await world.wire.send(wireRequestOf(as(credential, request, request.segments[3] ?? '')));
    const what = wrongWith(credential, operation, answer);
    if (what !== null)
      wrong.push(`${operation.method} ${operation.path}: ${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
  }
  return wrong;
}

/** A proxy vouches for exactly one device. */
function as(credential: Credential, request: FuzzRequest, vouched: string): FuzzRequest {
  const { authorization: _own, ...others } = request.headers;
  const word = wordFor(credential, vouched);
  return { ...request, headers: { ...others, ...credential.headers, ...word } };
}

function wordFor({ headers }: Credential, device: string): Readonly<Record<string, string>> {
  return headers['x-authority'] === undefined ? {} : { 'x-controller-id': device };
}

function wrongWith({ opens }: Credential, { surface, path }: Operation, { status, text }: WireAnswer): string | null {
  if (text.includes(FOREIGN_MARK)) return 'it shows what is another tenant’s';
  if (status >= 500) return 'an error of the server';
  if (surface === 'ddi' || opens !== 'management') return status === 401 ? null : 'not 401';
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const isForeign = names.some((name) => !WORDS.includes(name));
  return isForeign && ![400, 403, 404].includes(status) ? 'no refusal' : null;
}
