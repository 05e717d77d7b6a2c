import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test, type TestContext } from 'node:test';
import { clusterOrSkip, type PostgresCluster } from '../../store/test/postgres-cluster.ts';
import { ddiClient, publishRelease } from './a-fleet.ts';
import { aServer, json, type TestServer } from './a-server.ts';
import { eventually } from './contract/fleet-maker.ts';

const INSTANCE_KEY = randomBytes(32).toString('hex');
/** What one server tells the other is mostly sooner there than a poll. */
const PAUSES = 20;
const clusters: PostgresCluster[] = [];
after(async () => {
  for (const cluster of clusters) await cluster[Symbol.asyncDispose]();
});

/** Two servers on one new database. */
async function twoServers(t: TestContext): Promise<readonly [TestServer, TestServer] | undefined> {
  const cluster = clusters[0] ?? (await clusterOrSkip(t));
  if (cluster === undefined) return undefined;
  if (clusters.length === 0) clusters.push(cluster);
  const environment = {
    UPDRAFT_DATABASE_URL: await cluster.createDatabase(),
    UPDRAFT_INSTANCE_KEY: INSTANCE_KEY,
  };
  return [await aServer(t, { environment }), await aServer(t, { environment })];
}

const create = ({ fetch }: TestServer, name: string, key: string) =>
  fetch('/api/v1/devices', json('POST', { name }, { 'idempotency-key': key }));

test('one key at two servers at the same time creates one device, and both tell the same secret', async (t) => {
  const servers = await twoServers(t);
  if (servers === undefined) return;
  const answers = await Promise.all(servers.map((server) => create(server, 'gw-1', 'key-1')));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 201],
  );
  const [one, other] = await Promise.all(answers.map((answer) => answer.json()));
  assert.deepEqual(one, other);
  assert.equal((await servers[0].api.call('devices.list')).total, 1);
});

test('of two changes of one revision at two servers one is refused', async (t) => {
  const servers = await twoServers(t);
  if (servers === undefined) return;
  await servers[0].api.call('devices.create', { body: { name: 'gw-1' } });
  const change = json('PATCH', { description: 'x' }, { 'if-match': '"1"' });
  const answers = await Promise.all(servers.map(({ fetch }) => fetch('/api/v1/devices/gw-1', change)));
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 412],
  );
});

test('of two users who remove each other at two servers one stays', async (t) => {
  const servers = await twoServers(t);
  if (servers === undefined) return;
  await servers[0].api.call('users.create', { body: { name: 'ben', password: 'a good password' } });
  const { items } = await servers[0].api.call('users.list');
  const removals = servers.map(({ fetch }, index) => fetch(`/api/v1/users/${items[index]?.id}`, { method: 'DELETE' }));
  const statuses = (await Promise.all(removals)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 204).length, 1);
});

test('a password that one server changes counts at the other at once', async (t) => {
  const servers = await twoServers(t);
  if (servers === undefined) return;
  const [one, other] = servers;
  assert.equal((await other.fetch('/api/v1/whoami')).status, 200);
  const [admin] = (await one.api.call('users.list')).items;
  await one.api.call('users.change', { params: { id: admin?.id ?? '' }, body: { password: 'a new good password' } });
  assert.equal((await other.fetch('/api/v1/whoami')).status, 401);
});

test('a stream at one server tells what another has written', async (t) => {
  const servers = await twoServers(t);
  if (servers === undefined) return;
  const [one, other] = servers;
  const leaving = new AbortController();
  const headers = { 'last-event-id': '0' };
  const stream = await one.fetch('/api/v1/events/stream', { headers, signal: leaving.signal });
  await other.api.call('devices.create', { body: { name: 'gw-1' } });
  let text = '';
  for await (const chunk of (stream.body ?? assert.fail()).pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes('event: device.created\n')) break;
  }
  leaving.abort();
  assert.equal(text.match(/event: device\.created\n/g)?.length, 1);
});

test('what one server answers to a device from memory, another has not changed before', async (t) => {
  const servers = await twoServers(t);
  if (servers === undefined) return;
  const [one, other] = servers;
  const { api } = one;
  const { token } = await api.call('devices.create', { body: { name: 'gw-1' } });
  const device = ddiClient(other.url, { name: 'gw-1', authorization: `TargetToken ${token}` });
  const release = await publishRelease(one, { name: 'os', version: '1.0' });
  const pollTwice = async () => [await device.poll(), await device.poll()];
  await pollTwice();
  const { id } = await api.call('rollouts.create', { body: { name: 'all', release: release.id, start: true } });
  assert.ok((await device.poll()).deploymentBase, 'made');
  for (let round = 0; round < PAUSES; round += 1) {
    await pollTwice();
    await api.call('rollouts.pause', { params: { id } });
    assert.equal((await device.poll()).deploymentBase, undefined, `pause ${round}`);
    await pollTwice();
    await api.call('rollouts.resume', { params: { id } });
    assert.ok((await device.poll()).deploymentBase, `resumption ${round}`);
  }
  await pollTwice();
  await api.call('devices.renew-token', { params: { device: 'gw-1' } });
  assert.equal((await device.ask(device.base)).status, 401);
});

test('a gateway token that one server has removed lets nobody in at another', async (t) => {
  const servers = await twoServers(t);
  if (servers === undefined) return;
  const [one, other] = servers;
  await one.api.call('settings.change', { body: { gatewayTokens: true } });
  const { id, secret } = await one.api.call('gateway-tokens.create', { body: { name: 'hall' } });
  const device = ddiClient(other.url, { name: 'gw-1', authorization: `GatewayToken ${secret}` });
  for (let poll = 0; poll < 3; poll += 1) assert.equal((await device.ask(device.base)).status, 200);
  await one.api.call('gateway-tokens.delete', { params: { id } });
  assert.equal((await device.ask(device.base)).status, 401);
});

test('what two servers hand out of one rollout is added up, also over a restart of one', async (t) => {
  const servers = await twoServers(t);
  if (servers === undefined) return;
  const [one, other] = servers;
  const { token } = await one.api.call('devices.create', { body: { name: 'gw-1' } });
  const authorization = `TargetToken ${token}`;
  const bytes = randomBytes(5000);
  const files = [{ filename: 'update.swu', bytes }];
  const release = await publishRelease(one, { name: 'os', version: '1.0' }, { files });
  // Each server has a disk of its own here: the object is put on the other's, too.
  await publishRelease(other, { name: 'os', version: '1.0-copy' }, { files });
  const { id } = await one.api.call('rollouts.create', { body: { name: 'all', release: release.id, start: true } });
  const device = ddiClient(one.url, { name: 'gw-1', authorization });
  const link = await eventually(async () => {
    const { deploymentBase } = await device.poll();
    if (deploymentBase === undefined) return null;
    const { deployment } = JSON.parse((await device.ask(deploymentBase)).text);
    const { href } = deployment.chunks[0].artifacts[0]._links['download-http'];
    return new URL(href).pathname;
  });
  assert.equal((await device.ask(link)).bytes.length, bytes.length);
  assert.equal((await ddiClient(other.url, { name: 'gw-1', authorization }).ask(link)).bytes.length, bytes.length);
  await one.server.stop();
  const served = await eventually(async () => {
    const { atStart } = await other.api.call('rollouts.forecast', { params: { id } });
    return atStart?.served?.bytes === 2 * bytes.length ? atStart.served : null;
  });
  assert.ok(served.peakMbit > 0);
});
