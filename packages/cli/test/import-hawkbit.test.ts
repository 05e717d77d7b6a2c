import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { aServerForThisFile, type ADesk } from './a-command.ts';
import { aHawkbit, type AHawkbit, type Json, lasting } from './a-hawkbit.ts';

const at = aServerForThisFile();

/** A desk that is logged in to a tenant of its own, and another tenant, which is the hawkBit that it imports from. */
async function aDeskAndItsSource(t: TestContext) {
  const { desk, server } = await at.aDesk(t);
  const [source, here] = [await aHawkbit(server), await aHawkbit(server)];
  const { secret } = await here.api.call('tokens.create', { body: { name: 'import' } });
  Object.assign(desk.env, { UPDRAFT_TOKEN: secret, UPDRAFT_HAWKBIT_PASSWORD: source.password });
  return { desk, server, source, here };
}

function importing(source: AHawkbit, ...more: readonly string[]): string[] {
  return ['import', 'hawkbit', '--url', source.url, '--user', source.user, ...more];
}

/** The report of an import that must end with this status. */
async function imported(desk: ADesk, source: AHawkbit, status = 0, ...more: readonly string[]): Promise<Json> {
  const ended = await desk.updraft([...importing(source, ...more), '--json']);
  assert.equal(ended.status, status, ended.err + ended.out);
  return JSON.parse(ended.out === '' ? ended.err : ended.out);
}

/** One of everything: what a plant has after some years. */
async function fill(source: AHawkbit) {
  const { ask, upload } = source;
  const [firmware] = await ask('POST /softwaremoduletypes', [
    { key: 'fw', name: 'Firmware', maxAssignments: 2, minArtifacts: 1, description: 'D', colour: '#aabbcc' },
  ]);
  const { content: types } = await ask('GET /softwaremoduletypes');
  const os = types.find(({ key }: Json) => key === 'os');
  const [setType] = await ask('POST /distributionsettypes', [
    { key: 'plant', name: 'Plant', mandatorymodules: [{ id: firmware.id }], optionalmodules: [{ id: os.id }] },
  ]);
  const [targetType] = await ask('POST /targettypes', [
    { key: 'board', name: 'Board', colour: 'red', compatibledistributionsettypes: [{ id: setType.id }] },
  ]);
  const [module] = await ask('POST /softwaremodules', [
    { name: 'loader', version: '1.0', type: 'fw', vendor: 'ACME', description: 'boots', encrypted: true },
  ]);
  const image = randomBytes(300_000);
  await upload(module.id, 'loader.bin', image);
  await ask(`POST /softwaremodules/${module.id}/metadata`, [{ key: 'slot', value: 'a', targetVisible: true }]);
  const [set] = await ask('POST /distributionsets', [
    {
      name: 'plant',
      version: '1.0',
      type: 'plant',
      description: 'S',
      requiredMigrationStep: true,
      modules: [{ id: module.id }],
    },
  ]);
  await ask(`POST /distributionsets/${set.id}/metadata`, [{ key: 'ticket', value: 'P-7' }]);
  await ask('POST /targets', [
    {
      controllerId: 'gw-1',
      name: 'Gateway 1',
      description: 'Rack 7',
      address: 'http://10.0.0.7:80/x',
      group: 'eu/de',
      targetType: targetType.id,
      securityToken: 'token-of-gw-1',
    },
    { controllerId: 'gw 2'.replace(' ', '/') },
  ]);
  await ask('POST /targets/gw-1/metadata', [{ key: 'site', value: 'Köln' }]);
  return { image, set, module };
}

async function configure(source: AHawkbit, controllerId: string, data: Readonly<Record<string, string>>) {
  const { securityToken } = await source.ask(`GET /targets/${controllerId}`);
  const path = `/${source.tenant}/controller/v1/${controllerId}/configData`;
  const answer = await fetch(source.url + path, {
    method: 'PUT',
    headers: { authorization: `TargetToken ${securityToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ mode: 'merge', data }),
  });
  assert.equal(answer.status, 200);
}

/** A target without what its device has done: asked for its attributes at the new server, it will say them anew. */
function asMade(target: Json): Json {
  const { updateStatus: _status, requestAttributes: _wish, lastControllerRequestAt: _last, ...made } = lasting(target);
  return { ...made, pollStatus: undefined };
}

test('what a hawkBit holds is here after an import, and an import after that carries nothing more', async (t) => {
  const { desk, source, here } = await aDeskAndItsSource(t);
  const { image } = await fill(source);
  await configure(source, 'gw-1', { hw: 'rev-b' });
  const report = await imported(desk, source);
  assert.deepEqual(report.notCarried, []);
  for (const path of [
    '/softwaremoduletypes',
    '/distributionsettypes',
    '/targettypes',
    '/softwaremodules',
    '/distributionsets',
  ])
    assert.deepEqual(lasting(await here.rows(path)), lasting(await source.rows(path)), path);
  assert.deepEqual((await here.rows('/targets')).map(asMade), (await source.rows('/targets')).map(asMade));
  assert.deepEqual(await here.ask('GET /targets/gw-1/attributes'), { hw: 'rev-b' });
  assert.deepEqual(await here.rows('/targets/gw-1/metadata'), [{ key: 'site', value: 'Köln' }]);
  const [module] = (await here.rows('/softwaremodules')) as readonly [Json];
  assert.deepEqual(await here.rows(`/softwaremodules/${module.id}/metadata`), [
    { key: 'slot', value: 'a', targetVisible: true },
  ]);
  const [artifact] = (await here.rows(`/softwaremodules/${module.id}/artifacts`)) as readonly [Json];
  const bytes = await here.bytes(`/softwaremodules/${module.id}/artifacts/${artifact.id}/download`);
  assert.ok(bytes.equals(image));
  const again = await imported(desk, source);
  for (const [kind, counts] of Object.entries<Json>(again.kinds)) assert.equal(counts.carried, 0, kind);
});

test('a device goes on with the token that hawkBit knew', async (t) => {
  const { desk, source, here } = await aDeskAndItsSource(t);
  await source.ask('POST /targets', [{ controllerId: 'gw-1', securityToken: 'token-of-gw-1' }]);
  await imported(desk, source);
  const poll = await fetch(`${here.url}/${here.tenant}/controller/v1/gw-1`, {
    headers: { authorization: 'TargetToken token-of-gw-1' },
  });
  assert.equal(poll.status, 200);
});
