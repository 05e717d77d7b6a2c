import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { aServerForThisFile, type ADesk } from './a-command.ts';
import { aGate } from './a-gate.ts';
import { aHawkbit, type AHawkbit, type Json, lasting } from './a-hawkbit.ts';
import { aSmallHawkbit, listOf, refusal, type WrittenAnswers } from './a-small-hawkbit.ts';

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
  return { ...made, pollStatus: undefined, autoConfirmActive: undefined };
}

test('what a hawkBit holds is here after an import, and an import after that carries nothing more', async (t) => {
  const { desk, source, here } = await aDeskAndItsSource(t);
  const { image, set } = await fill(source);
  await configure(source, 'gw-1', { hw: 'rev-b' });
  await source.ask(`PUT /distributionsets/${set.id}`, { locked: true });
  const [older] = await source.ask('POST /distributionsets', [
    { name: 'plant', version: '0.9', type: 'plant', modules: set.modules.map(({ id }: Json) => ({ id })) },
  ]);
  await source.ask(`POST /distributionsets/${older.id}/invalidate`, { actionCancelationType: 'none' });
  await source.ask('PUT /system/configs/user.confirmation.flow.enabled', { value: true });
  await source.ask('POST /targets/gw-1/autoConfirm/activate', { initiator: 'ops', remark: 'lab' });
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
  const { active, initiator, remark } = await here.ask('GET /targets/gw-1/autoConfirm');
  assert.deepEqual([active, initiator, remark], [true, 'ops', 'lab']);
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
  desk.env['UPDRAFT_HAWKBIT_PASSWORD'] = '';
  const { status, err } = await desk.updraft(importing(source, '--password-stdin'), `${source.password}\n`);
  assert.equal(status, 0, err);
  const poll = await fetch(`${here.url}/${here.tenant}/controller/v1/gw-1`, {
    headers: { authorization: 'TargetToken token-of-gw-1' },
  });
  assert.equal(poll.status, 200);
});

test('tags, groups, filters and what targets run are carried, and nothing begins to update', async (t) => {
  const { desk, source, here } = await aDeskAndItsSource(t);
  const { set } = await fill(source);
  const { ask } = source;
  const [tag] = await ask('POST /targettags', [{ name: 'canary', colour: 'red', description: 'first' }]);
  await ask(`POST /targettags/${tag.id}/assigned`, ['gw-1']);
  const [setTag] = await ask('POST /distributionsettags', [{ name: 'stable' }]);
  await ask(`POST /distributionsettags/${setTag.id}/assigned`, [set.id]);
  const [newer] = await ask('POST /distributionsets', [
    { name: 'plant', version: '2.0', type: 'plant', modules: set.modules.map(({ id }: Json) => ({ id })) },
  ]);
  await ask(`POST /distributionsets/${set.id}/assignedTargets?offline=true`, [{ id: 'gw-1' }]);
  await ask(`POST /distributionsets/${newer.id}/assignedTargets`, [{ id: 'gw-1' }]);
  const filter = await ask('POST /targetfilters', { name: 'europe', query: 'group==eu/*;tag==canary' });
  await ask(`POST /targetfilters/${filter.id}/autoAssignDS`, { id: newer.id, type: 'soft', weight: 300 });
  const first = await imported(desk, source);
  assert.deepEqual(
    first.notCarried.map(({ kind, name, code }: Json) => [kind, name, code]),
    [
      ['assigned', 'plant:2.0', 'update-open'],
      ['auto-assignments', 'europe', 'assigning-off'],
      ['actions', '1 of them', 'still-running'],
    ],
  );
  assert.deepEqual(lasting(await here.rows('/targettags')), lasting(await source.rows('/targettags')));
  assert.deepEqual(
    lasting(await here.rows('/distributionsettags')),
    lasting(await source.rows('/distributionsettags')),
  );
  assert.deepEqual(
    (await here.ask('GET /targets/gw-1/tags')).map(({ name }: Json) => name),
    ['canary'],
  );
  for (const which of ['installedDS', 'assignedDS'])
    assert.equal((await here.ask(`GET /targets/gw-1/${which}`)).version, '1.0', which);
  const [carried] = (await here.rows('/targetfilters')) as readonly [Json];
  assert.deepEqual([carried.query, carried.autoAssignDistributionSet], ['group==eu/*;tag==canary', null]);
  await imported(desk, source, 0, '--begin-updates');
  assert.equal((await here.ask('GET /targets/gw-1/assignedDS')).version, '2.0');
  const [assigning] = (await here.rows('/targetfilters')) as readonly [Json];
  assert.deepEqual([assigning.autoAssignActionType, assigning.autoAssignWeight], ['soft', 300]);
});

test('what was done in the past is kept as records, once', async (t) => {
  const { desk, source, here } = await aDeskAndItsSource(t);
  const { set } = await fill(source);
  await source.ask(`POST /distributionsets/${set.id}/assignedTargets?offline=true`, [{ id: 'gw-1' }, { id: 'gw/2' }]);
  const rollout = await source.ask('POST /rollouts', {
    name: 'spring',
    distributionSetId: set.id,
    targetFilterQuery: 'id==gw-1',
  });
  await source.ask(`POST /rollouts/${rollout.id}/stop`);
  await imported(desk, source);
  await imported(desk, source);
  const { items } = await here.api.call('imports.history', { query: { sort: 'device' } });
  assert.deepEqual(
    items.map(({ kind, device, rollout, release, state }) => [kind, device, rollout, release, state]),
    [
      ['rollout', null, 'spring', 'plant:1.0', 'stopped'],
      ['assignment', 'gw-1', null, 'plant:1.0', 'finished'],
      ['assignment', 'gw/2', null, 'plant:1.0', 'finished'],
    ],
  );
  const { status, out } = await desk.updraft(['import', 'history', '--filter', 'device==gw-1']);
  assert.equal(status, 0);
  assert.match(out, /gw-1 .* plant:1\.0 +finished/);
});

test('a dry run writes nothing, and says what there is', async (t) => {
  const { desk, source, here } = await aDeskAndItsSource(t);
  await fill(source);
  const { kinds, dryRun } = await imported(desk, source, 0, '--dry-run');
  assert.equal(dryRun, true);
  assert.deepEqual(kinds, {
    'module-types': { carried: 1, there: 2, left: 0 },
    'set-types': { carried: 1, there: 3, left: 0 },
    'target-types': { carried: 1, there: 0, left: 0 },
    modules: { carried: 1, there: 0, left: 0 },
    artifacts: { carried: 1, there: 0, left: 0 },
    metadata: { carried: 3, there: 0, left: 0 },
    sets: { carried: 1, there: 0, left: 0 },
    targets: { carried: 2, there: 0, left: 0 },
  });
  for (const path of ['/targets', '/softwaremodules', '/distributionsets', '/targettypes'])
    assert.deepEqual(await here.rows(path), [], path);
});

test('an import that is killed goes on where it was, and nothing is there twice', async (t) => {
  const { desk, source, here } = await aDeskAndItsSource(t);
  const { image } = await fill(source);
  const gate = await aGate(t, source.url);
  const through = { ...source, url: gate.url };
  for (const [path, afterBytes] of [
    [/download$/, 100_000],
    [/gw-1\/attributes$/, 0],
  ] as const) {
    const hangs = gate.hold(path, afterBytes);
    const child = desk.start(importing(through));
    await hangs;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }
  assert.equal((await here.rows('/targets')).length, 2);
  const { kinds, notCarried } = await imported(desk, through);
  assert.deepEqual(notCarried, []);
  assert.deepEqual(kinds.targets, { carried: 0, there: 2, left: 0 });
  assert.equal(gate.asked.filter((what) => what.endsWith('download')).length, 2);
  const modules = await here.rows('/softwaremodules');
  assert.equal(modules.length, 1);
  const artifacts = await here.rows(`/softwaremodules/${modules[0].id}/artifacts`);
  assert.deepEqual(
    artifacts.map(({ size }: Json) => size),
    [image.length],
  );
  assert.deepEqual(await here.rows('/targets/gw-1/metadata'), [{ key: 'site', value: 'Köln' }]);
});

/** An import from a server whose answers are written by hand, without the waiting. */
async function fromWritten(t: TestContext, answers: WrittenAnswers) {
  const { desk, here } = await aDeskAndItsSource(t);
  Object.assign(desk.own, { sleep: async () => {} });
  const url = await aSmallHawkbit(t, { ...NOTHING, ...answers });
  const run = (status: number) => imported(desk, { ...here, url }, status);
  return { run, here };
}

const NOTHING: WrittenAnswers = Object.fromEntries(
  [
    'softwaremoduletypes',
    'distributionsettypes',
    'targettypes',
    'softwaremodules',
    'distributionsets',
    'distributionsettags',
  ]
    .concat('targets', 'targettags', 'targetfilters', 'autoassignments', 'rollouts', 'actions')
    .map((name) => [`/${name}`, listOf()]),
);

test('a server of another version lacks routes and fields: that is told, and ends nothing', async (t) => {
  const { run, here } = await fromWritten(t, {
    '/autoassignments': { status: 404 },
    '/distributionsettags': { status: 405 },
    '/targets': listOf({ controllerId: 'old-1', somethingNew: { deep: true }, targetType: 9 }, { name: 'nobody' }),
    '/targets/old-1/attributes': { status: 204 },
    '/targets/old-1/metadata': refusal(404, 'repo.entityNotFound'),
    '/targettypes': listOf({ id: 1, name: 'Old board' }),
    '/targettypes/1/compatibledistributionsettypes': { body: [] },
  });
  const { notCarried } = await run(1);
  assert.deepEqual(
    notCarried.map(({ kind, name, code }: Json) => [kind, name, code]),
    [
      ['set-tags', '/distributionsettags', 'route-missing'],
      ['targets', 'nobody', 'answer-unexpected'],
      ['targets', 'old-1', 'token-hidden'],
      ['targets', 'old-1', 'type-missing'],
      ['metadata', '/targets/old-1/metadata', 'deleted'],
      ['auto-assignments', '/autoassignments', 'route-missing'],
    ],
  );
  const [target] = (await here.rows('/targets')) as readonly [Json];
  assert.deepEqual([target.controllerId, target.name], ['old-1', 'old-1']);
  const [type] = (await here.rows('/targettypes')) as readonly [Json];
  assert.deepEqual([type.key, type.name], ['Old board', 'Old board']);
});

test('deleted modules come along where a set needs them', async (t) => {
  const module = { id: 7, name: 'old', version: '1', type: 'os', deleted: true };
  const { run, here } = await fromWritten(t, {
    '/softwaremodules': listOf({ ...module, id: 8, name: 'unused' }),
    '/softwaremodules/7/artifacts': { body: [] },
    '/softwaremodules/7/metadata': listOf(),
    '/distributionsets': listOf(
      { id: 3, name: 'set', version: '1', type: 'os', modules: [module] },
      { id: 4, name: 'gone', version: '1', type: 'os', modules: [module], deleted: true },
    ),
    '/distributionsets/3/metadata': listOf(),
    '/distributionsets/3/installedTargets': listOf(),
    '/distributionsets/3/assignedTargets': listOf(),
  });
  const { notCarriedByCode } = await run(0);
  assert.deepEqual(notCarriedByCode, { deleted: 2 });
  const [set] = (await here.rows('/distributionsets')) as readonly [Json];
  assert.deepEqual([set.name, set.modules.length], ['set', 1]);
});

test('an artifact is what its hashes say, or is not taken', async (t) => {
  const bytes = randomBytes(200_000);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const of = (id: number, hashes: object) => ({ id, providedFilename: `${id}.bin`, size: bytes.length, hashes });
  const { run, here } = await fromWritten(t, {
    '/softwaremodules': listOf({ id: 1, name: 'm', version: '1', type: 'os' }),
    '/softwaremodules/1/metadata': listOf(),
    '/softwaremodules/1/artifacts': { body: [of(1, { sha256 }), of(2, { sha256: '0'.repeat(64) }), of(3, {})] },
    '/softwaremodules/1/artifacts/1/download': [{ body: bytes, cutAfter: 70_000 }, { body: bytes }],
    '/softwaremodules/1/artifacts/2/download': { body: bytes },
    '/softwaremodules/1/artifacts/3/download': refusal(410, 'artifact.binaryDeleted'),
  });
  const { notCarried } = await run(1);
  assert.deepEqual(
    notCarried.map(({ name, code }: Json) => [name, code]),
    [
      ['m:1 2.bin', 'artifact-wrong'],
      ['m:1 3.bin', 'artifact-gone'],
    ],
  );
  const [module] = (await here.rows('/softwaremodules')) as readonly [Json];
  const artifacts = await here.rows(`/softwaremodules/${module.id}/artifacts`);
  assert.deepEqual(
    artifacts.map(({ hashes }: Json) => hashes.sha256),
    [sha256],
  );
});

test('what passes is waited for, and what does not has a code and an exit status', async (t) => {
  const busy = { status: 429, headers: { 'retry-after': '1' } };
  const patient = await fromWritten(t, {
    '/targettags': [busy, { status: 503 }, listOf({ id: 1, name: 'a' })],
    '/targettags/1/assigned': listOf(),
    '/rollouts': refusal(403, 'insufficientPermission'),
  });
  const report = await patient.run(1);
  assert.deepEqual([report.kinds['target-tags'].carried, report.notCarriedByCode], [1, { 'source-forbidden': 1 }]);
  for (const [written, status, code] of [
    [{ status: 401 }, 3, 'source-not-authenticated'],
    [{ status: 500 }, 5, 'server-in-trouble'],
    [{ body: Buffer.from('<html>') }, 5, 'answer-unexpected'],
    [{ status: 302, headers: { location: 'https://elsewhere.test/' } }, 5, 'answer-unexpected'],
  ] as const) {
    const { run } = await fromWritten(t, { '/softwaremoduletypes': written });
    assert.equal((await run(status)).code, code);
  }
});
