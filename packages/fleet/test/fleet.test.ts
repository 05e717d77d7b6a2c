import assert from 'node:assert/strict';
import test from 'node:test';
import { BEHAVIOURS, realClock, startFleet, type Activity, type Behaviour, type Fleet } from '../src/index.ts';
import { ScriptedServer } from './scripted-server.ts';

/** Simulated seconds in a real one. */
const PACE = 100;

const POLL = ['GET base', 'GET deploymentBase/7?c=-1'];
const REPORT = 'POST deploymentBase/7/feedback';
/** Start and attributes; the second poll asks twice and installs; the restart. */
// prettier-ignore
const CONVERSATION = [
  ...POLL, 'PUT configData',
  ...POLL, ...POLL, REPORT, 'HEAD gateway.swu', 'GET gateway.swu', REPORT, REPORT, REPORT,
  ...POLL, REPORT,
];

/** While bytes come it asks at each interval whether it is to stop: how often, the machine's speed says. */
function withoutWatch(conversation: readonly string[]): readonly string[] {
  const from = conversation.lastIndexOf('GET gateway.swu') + 1;
  const to = conversation.indexOf(REPORT, from);
  assert.ok(conversation.slice(from, to).every((said) => POLL.includes(said)));
  return conversation.toSpliced(from, to - from);
}

test('a good device speaks as SWUpdate does, and closes only after its restart', async () => {
  await using server = await ScriptedServer.listen();
  await using one = oneDevice(server, BEHAVIOURS.good);
  await one.reaches('idle', 3);
  assert.deepEqual(withoutWatch(server.conversation).slice(0, CONVERSATION.length), CONVERSATION);
  assert.deepEqual(
    server.feedback.map(({ id, status }) => [id, status.execution, status.result.finished, status.details.at(-1)]),
    [
      [7, 'proceeding', 'none', 'Installing Update Chunk Artifacts.'],
      [7, 'proceeding', 'none', 'Installed 1 artifact(s).'],
      [7, 'proceeding', 'none', 'Installed Chunk.'],
      [7, 'proceeding', 'none', 'All Chunks Installed.'],
      [7, 'closed', 'success', 'Update Installed.'],
    ],
  );
});

test('after a good update the version attribute shows the new version', async () => {
  await using server = await ScriptedServer.listen();
  await using one = oneDevice(server, BEHAVIOURS.good);
  await one.reaches('idle', 4);
  assert.deepEqual(server.attributes, [
    { hwRevision: '1.0', version: '1.0' },
    { hwRevision: '1.0', version: '2.0' },
  ]);
  assert.deepEqual(one.fleet.summary().endings, { 'booted-new': 1 });
});

test('a device that boots its old version says success, and its version attribute stays', async () => {
  await using server = await ScriptedServer.listen();
  await using one = oneDevice(server, BEHAVIOURS['old-version']);
  await one.reaches('idle', 4);
  assert.equal(server.feedback.at(-1)?.status.result.finished, 'success');
  assert.deepEqual(
    server.attributes.map(({ version }) => version),
    ['1.0', '1.0'],
  );
});

test('a device whose new slot does not boot says so from the old one', async () => {
  await using server = await ScriptedServer.listen();
  await using one = oneDevice(server, BEHAVIOURS['rolling-back']);
  await one.reaches('idle', 4);
  assert.deepEqual(server.feedback.at(-1)?.status.details, ['Update Failed.']);
  assert.equal(server.feedback.at(-1)?.status.result.finished, 'failure');
  assert.equal(server.attributes.at(-1)?.version, '1.0');
});

test('a failing device closes with failure and does not reboot', async () => {
  await using server = await ScriptedServer.listen();
  await using one = oneDevice(server, BEHAVIOURS.failing);
  await one.reaches('idle', 4);
  const last = server.feedback.at(-1)?.status;
  assert.deepEqual([last?.execution, last?.result], ['closed', { finished: 'failure', progress: { cnt: 0, of: 1 } }]);
  assert.equal(one.seen.includes('rebooting'), false);
  assert.deepEqual(one.fleet.summary().endings, { 'install-failed': 1 });
});

test('a device that falls silent in the middle of its download is never heard again', async () => {
  await using server = await ScriptedServer.listen();
  await using one = oneDevice(server, BEHAVIOURS.silent);
  await one.fleet.finished;
  assert.equal(one.fleet.activities().get('gw-1'), 'silent');
  assert.equal(server.conversation.at(-1), 'GET gateway.swu');
  assert.ok(one.fleet.summary().artifactBytes < 300_000);
});

test('a cut download is resumed with the range that is missing, and its hash is that of the whole', async () => {
  await using server = await ScriptedServer.listen();
  await using one = oneDevice(server, BEHAVIOURS.interrupted);
  await one.reaches('rebooting');
  const ranges = server.heard.filter(({ method, path }) => method === 'GET' && path.endsWith('.swu'));
  assert.equal(ranges.length, 2);
  assert.equal(ranges[0]?.range, null);
  assert.match(ranges[1]?.range ?? '', /^bytes=[1-9]\d+-$/);
  assert.equal(one.fleet.summary().artifactBytes, 300_000);
});

test('a slow device takes as long as its rate asks', async () => {
  await using server = await ScriptedServer.listen();
  await using one = oneDevice(server, { ...BEHAVIOURS.slow, bytesPerSecond: 10_000 });
  await one.reaches('downloading');
  const startedAt = performance.now();
  await one.reaches('installing');
  assert.ok(((performance.now() - startedAt) * PACE) / 1000 > 20);
});

test('a refused artifact ends the action: the refusal would have gone into the installer', async () => {
  await using server = await ScriptedServer.listen();
  server.script.statuses.set('GET /DEFAULT/controller/v1/gw-1/gateway.swu', [503]);
  await using one = oneDevice(server, BEHAVIOURS.good);
  await one.reaches('idle', 3);
  assert.deepEqual(server.feedback.at(-1)?.status.details, ['ERROR : CPIO Format not recognized']);
});

test('an artifact whose content is not that of its sha1 ends the action', async () => {
  await using server = await ScriptedServer.listen();
  server.script.sha1 = '0'.repeat(40);
  await using one = oneDevice(server, BEHAVIOURS.good);
  await one.reaches('idle', 3);
  assert.equal(server.feedback.at(-1)?.status.result.finished, 'failure');
});

test('an artifact that is no bundle ends the action', async () => {
  await using server = await ScriptedServer.listen();
  server.script.filename = 'gateway.img';
  await using one = oneDevice(server, BEHAVIOURS.good);
  await one.reaches('idle', 3);
  assert.deepEqual(server.feedback.at(-1)?.status.details, ['No suitable .swu image found']);
});

test('an update that the server wants skipped is closed with success, untouched', async () => {
  await using server = await ScriptedServer.listen();
  server.script.update = 'skip';
  await using one = oneDevice(server, BEHAVIOURS.good);
  await one.reaches('idle', 3);
  assert.deepEqual(
    server.feedback.map(({ status }) => status.details),
    [['Skipped Update.']],
  );
});

test('a device whose attributes are not taken tells them at every poll and installs nothing', async () => {
  await using server = await ScriptedServer.listen();
  server.script.statuses.set('configData', [204, 400, 500]);
  await using one = oneDevice(server, BEHAVIOURS.good);
  await one.reaches('downloading');
  assert.equal(server.attributes.length, 4);
});

test('a first report that is not taken leaves the update for the next poll', async () => {
  await using server = await ScriptedServer.listen();
  server.script.statuses.set('/feedback', [500]);
  await using one = oneDevice(server, BEHAVIOURS.good);
  await one.reaches('downloading');
  assert.equal(server.feedback.length, 2);
});

test('a report after the restart is repeated until it is taken', async () => {
  await using server = await ScriptedServer.listen();
  await using one = oneDevice(server, BEHAVIOURS.good);
  await one.reaches('rebooting');
  server.script.statuses.set('/feedback', [503, 503]);
  await one.reaches('idle', 3);
  assert.equal(server.feedback.filter(({ status }) => status.execution === 'closed').length, 3);
});

test('a cancellation during the download stops it and is acknowledged', async () => {
  await using server = await ScriptedServer.listen();
  await using one = oneDevice(server, { ...BEHAVIOURS.slow, bytesPerSecond: 1000 });
  await one.reaches('downloading');
  server.script.offered = 'cancel';
  await one.reaches('idle', 3);
  assert.deepEqual(server.feedback.at(-1)?.status.details, ['cancellation acknowledged.']);
  assert.equal(one.seen.includes('installing'), false);
  assert.deepEqual(one.fleet.summary().endings, { canceled: 1 });
});

test('a server that is away is asked again, and a refused poll changes nothing', async () => {
  await using server = await ScriptedServer.listen();
  server.script.statuses.set('GET', [401, 503, 200]);
  await using one = oneDevice(server, BEHAVIOURS.good);
  await one.reaches('rebooting');
  assert.equal(one.fleet.summary().statuses['401'], 1);
});

test('a stopped fleet lets go of everything at once, in the middle of downloads too', async () => {
  await using server = await ScriptedServer.listen(Buffer.alloc(20_000_000));
  const one = oneDevice(server, { ...BEHAVIOURS.slow, bytesPerSecond: 1000 });
  await one.reaches('downloading');
  await one.fleet[Symbol.asyncDispose]();
  assert.equal(one.fleet.activities().get('gw-1'), 'stopped');
});

test('a hundred devices with mixed behaviours come to the ends that their behaviours say', async () => {
  await using server = await ScriptedServer.listen();
  server.script.offered = 'deployment';
  const behaviours = [BEHAVIOURS.failing, BEHAVIOURS.silent];
  await using fleet = startFleet({
    serverUrl: server.url,
    devices: Array.from({ length: 100 }, (_, index) => setup(`gw-${index}`, behaviours[index % 2] as Behaviour)),
    settings: { pollDelaySeconds: 10 },
    clock: realClock(PACE),
  });
  while (Object.values(fleet.summary().endings).reduce((sum, count) => sum + count, 0) < 100)
    await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(fleet.summary().endings, { 'install-failed': 50, 'went-silent': 50 });
});

type OneDevice = AsyncDisposable & {
  readonly fleet: Fleet;
  readonly seen: readonly Activity[];
  /** Resolves when the device has turned to `activity` `times` times since it was born. */
  reaches(activity: Activity, times?: number): Promise<void>;
};

function oneDevice(server: ScriptedServer, behaviour: Behaviour): OneDevice {
  const seen: Activity[] = [];
  const waiting: (() => void)[] = [];
  const fleet = startFleet({
    serverUrl: server.url,
    devices: [setup('gw-1', behaviour)],
    settings: { pollDelaySeconds: 10 },
    clock: realClock(PACE),
    onActivity: (_, activity) => {
      seen.push(activity);
      for (const look of waiting) look();
    },
  });
  const reaches = (activity: Activity, times = 1): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (seen.filter((one) => one === activity).length >= times) resolve();
      };
      waiting.push(look);
      look();
    });
  return { fleet, seen, reaches, [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose]() };
}

function setup(name: string, behaviour: Behaviour) {
  const credential = { scheme: 'TargetToken', token: 'secret' } as const;
  return { name, index: 0, credential, behaviour, version: '1.0', attributes: { hwRevision: '1.0' } };
}
