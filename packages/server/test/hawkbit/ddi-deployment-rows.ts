import assert from 'node:assert/strict';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SWUPDATE_HEADERS, type DdiClient } from '../a-fleet.ts';
import type { TimedFleet } from '../contract/fleet-maker.ts';
import { linksOf } from './ddi-base-rows.ts';
import { assign, bodyOf, errorCodeOf, feedback, JSON_TYPE, offered, send, updated, type Policy } from './ddi-kit.ts';
import { expect } from './management-kit.ts';
import { differs, gap, row, type Row } from './row.ts';

type Deployment = {
  readonly download: string;
  readonly update: string;
  readonly maintenanceWindow?: string;
  readonly chunks: readonly {
    readonly part: string;
    readonly name: string;
    readonly version: string;
    readonly artifacts: readonly { readonly filename: string; readonly _links: Record<string, { href: string }> }[];
  }[];
};

const NAMELESS: Readonly<Record<string, string>> = {};
const LIKE_HAWKBIT = { 'user-agent': 'okhttp/4.12.0' };

async function deploymentOf(device: DdiClient, href: string): Promise<Deployment> {
  return bodyOf(await device.ask(href, { headers: LIKE_HAWKBIT }))['deployment'] as Deployment;
}

/** How the action is said: download, update, window. */
async function saidOf(device: DdiClient, href: string): Promise<readonly (string | undefined)[]> {
  const { download, update, maintenanceWindow } = await deploymentOf(device, href);
  return [download, update, maintenanceWindow];
}

/** Opens in an hour, for an hour, and again each day; downloads go ahead, as in hawkBit. */
async function nextHour(fleet: TimedFleet): Promise<Policy> {
  const opens = new Date((await fleet.server.store.now()) + 3_600_000);
  const cron = `${opens.getUTCSeconds()} ${opens.getUTCMinutes()} ${opens.getUTCHours()} * * ?`;
  return { windows: { windows: [{ cron, durationSeconds: 3600 }], zone: 'UTC', downloadAhead: true } };
}

/** A device whose client reads windows, with an assignment that waits for one; and its link. */
async function windowed(fleet: TimedFleet, policy: Policy = {}) {
  const device = await fleet.device();
  await device.attributes({ serial: '1' });
  const release = await fleet.release();
  const number = await assign(fleet, { device, release, policy: { ...policy, ...(await nextHour(fleet)) } });
  const link = async () => {
    const body = bodyOf(await device.ask(device.base, { headers: LIKE_HAWKBIT })) as {
      _links?: Record<string, { href: string }>;
    };
    return body._links?.['deploymentBase']?.href ?? '';
  };
  return { device, number, link };
}

/** hawkBit's combined matrix, §5.1: action, whether it has a window, whether that is open; and what is said. */
const MATRIX: readonly (readonly [string, Policy, 'none' | 'closed' | 'open', readonly (string | undefined)[]])[] = [
  ['soft', { action: { kind: 'soft' } }, 'none', ['attempt', 'attempt', undefined]],
  ['forced', { action: { kind: 'forced' } }, 'none', ['forced', 'forced', undefined]],
  ['downloadonly', { action: { kind: 'download-only' } }, 'none', ['forced', 'skip', undefined]],
  ['soft', { action: { kind: 'soft' } }, 'closed', ['attempt', 'skip', 'unavailable']],
  ['soft', { action: { kind: 'soft' } }, 'open', ['attempt', 'attempt', 'available']],
  ['forced', { action: { kind: 'forced' } }, 'closed', ['forced', 'skip', 'unavailable']],
  ['forced', { action: { kind: 'forced' } }, 'open', ['forced', 'forced', 'available']],
  ['downloadonly', { action: { kind: 'download-only' } }, 'closed', ['forced', 'skip', 'unavailable']],
  ['downloadonly', { action: { kind: 'download-only' } }, 'open', ['forced', 'skip', 'available']],
];

/** Until the doors for software do: marks the components of a release as encrypted. */
async function encrypt(fleet: TimedFleet, release: string): Promise<void> {
  const database = new DatabaseSync(path.join(fleet.dataDir, 'updraft.db'), { timeout: 60_000 });
  const owned = `(select x.component from release_component x join release l on l.id = x.release where l.uid = '${release}')`;
  database.exec(`update component set encrypted = 1 where id in ${owned}`);
  database.close();
}

const matrixRows = MATRIX.map(([type, policy, window, said]) =>
  row(
    `ddi.deployment.matrix-${type}-${window}`,
    `a ${type} action, window ${window}, is said as hawkBit says it`,
    async (fleet) => {
      if (window === 'none') {
        const { device, href } = await offered(fleet, policy);
        assert.deepEqual(await saidOf(device, href), said);
        return;
      }
      const { device, link } = await windowed(fleet, policy);
      if (window === 'open') fleet.pass(3700);
      assert.deepEqual(await saidOf(device, await link()), said);
    },
  ),
);

/** What is offered: §5 of the reference. */
export const deploymentRows: readonly Row[] = [
  row('ddi.deployment.shape', 'an action is described with its chunks and their artifacts', async (fleet) => {
    const { device, number, href, release } = await offered(fleet);
    const body = bodyOf(await device.ask(href));
    assert.deepEqual(Object.keys(body), ['id', 'deployment']);
    assert.equal(body['id'], String(number));
    const { chunks } = body['deployment'] as Deployment;
    const [chunk] = chunks;
    assert.deepEqual(Object.keys(chunk ?? {}), ['part', 'name', 'version', 'artifacts']);
    assert.deepEqual([chunk?.part, chunk?.name, chunk?.version], ['os', release.name, release.version]);
    const [artifact] = chunk?.artifacts ?? [];
    assert.deepEqual(Object.keys(artifact ?? {}), ['filename', 'hashes', 'size', '_links']);
  }),
  row('ddi.deployment.c-ignored', 'whatever the query says, the action is the same', async (fleet) => {
    const { device, number } = await offered(fleet);
    const [first, second] = [
      await device.ask(`deploymentBase/${number}?c=-1`),
      await device.ask(`deploymentBase/${number}`),
    ];
    assert.deepEqual([first.status, second.status, first.text === second.text], [200, 200, true]);
  }),
  row('ddi.deployment.part', 'hawkBit’s own kinds of modules have other names here', async (fleet) => {
    for (const [kind, part] of [
      ['application', 'bApp'],
      ['runtime', 'jvm'],
      ['os', 'os'],
      ['firmware', 'firmware'],
    ] as const) {
      const device = await fleet.device();
      await assign(fleet, { device, release: await fleet.release('1', { kind }) });
      const { deploymentBase = '' } = await device.poll();
      assert.equal((await deploymentOf(device, deploymentBase)).chunks[0]?.part, part);
    }
  }),
  gap('ddi.deployment.no-artifacts', 'a chunk without artifacts has an empty list', 'made by the management door only'),
  row('ddi.deployment.time-forced', 'a time-forced action is soft before its time, and forced after', async (fleet) => {
    const forcedAt = new Date((await fleet.server.store.now()) + 60_000).toISOString();
    const { device, href } = await offered(fleet, { action: { kind: 'time-forced', forcedAt } });
    assert.deepEqual(await saidOf(device, href), ['attempt', 'attempt', undefined]);
    fleet.pass(61);
    assert.deepEqual(await saidOf(device, href), ['forced', 'forced', undefined]);
  }),
  ...matrixRows,
  row(
    'ddi.deployment.window-opens',
    'when the window opens, the link is another, and nothing is skipped any more',
    async (fleet) => {
      const { device, link, number } = await windowed(fleet);
      const closed = await link();
      await send(device, `deploymentBase/${number}/feedback`, feedback('downloaded', 'success'));
      fleet.pass(3700);
      const open = await link();
      assert.notEqual(open, closed);
      assert.deepEqual(await saidOf(device, open), ['forced', 'forced', 'available']);
    },
  ),
  row(
    'ddi.deployment.window-misread',
    'who would install at once is offered nothing until it may install',
    async (fleet) => {
      const { device } = await windowed(fleet);
      for (const headers of [SWUPDATE_HEADERS, NAMELESS, { 'user-agent': 'ESP32HTTPClient' }]) {
        const { text } = await device.ask(device.base, { headers });
        assert.doesNotMatch(text, /deploymentBase/);
      }
      fleet.pass(3700);
      for (const headers of [SWUPDATE_HEADERS, NAMELESS]) {
        const { text } = await device.ask(device.base, { headers });
        assert.match(text, /deploymentBase/);
      }
    },
  ),
  row(
    'ddi.deployment.window-two-clients',
    'what one client has begun to download, another that would install at once is not told of',
    async (fleet) => {
      const { device, link, number } = await windowed(fleet);
      await link();
      await send(device, `deploymentBase/${number}/feedback`, feedback('download', 'none'));
      assert.doesNotMatch((await device.ask(device.base, { headers: SWUPDATE_HEADERS })).text, /deploymentBase/);
      assert.equal((await device.ask(`deploymentBase/${number}`, { headers: SWUPDATE_HEADERS })).status, 404);
      assert.match(await link(), /deploymentBase/);
    },
  ),
  row('ddi.base.sleep-before-window', 'a device is asked back three times before its window opens', async (fleet) => {
    const { device } = await windowed(fleet);
    const sleep = async () => {
      const body = bodyOf(await device.ask(device.base, { headers: LIKE_HAWKBIT }));
      return (body['config'] as { polling: { sleep: string } }).polling.sleep;
    };
    const seconds = async () => {
      const [, minutes = '', rest = ''] = (await sleep()).split(':');
      return Number(minutes) * 60 + Number(rest);
    };
    assert.equal(await sleep(), '00:05:00');
    fleet.pass(3600 - 300);
    const early = await seconds();
    assert.ok(early > 90 && early <= 100, String(early));
    await fleet.api.call('settings.change', { body: { pollsBeforeWindow: 6 } });
    const often = await seconds();
    assert.ok(often > 40 && often <= 50, 'or as often as the tenant wants it');
    await fleet.api.call('settings.change', { body: { pollsBeforeWindow: 3 } });
    fleet.pass(270);
    assert.equal(await sleep(), '00:00:30');
    fleet.pass(60);
    assert.equal(await sleep(), '00:05:00');
  }),
  row('ddi.deployment.links-http', 'a server without TLS gives the links of HTTP', async (fleet) => {
    const { device, href, release } = await offered(fleet);
    const [artifact] = (await deploymentOf(device, href)).chunks[0]?.artifacts ?? [];
    assert.deepEqual(Object.keys(artifact?._links ?? {}), ['download-http', 'md5sum-http']);
    const to = artifact?._links['download-http']?.href ?? '';
    assert.match(
      to,
      new RegExp(`^${fleet.url}/DEFAULT/controller/v1/${device.name}/softwaremodules/\\d+/artifacts/update.swu$`),
    );
    assert.equal(artifact?._links['md5sum-http']?.href, `${to}.MD5SUM`);
    assert.ok(release.id !== '');
  }),
  row('ddi.deployment.links-port', 'links name the port that the device named, or none', async (fleet) => {
    const { device, number } = await offered(fleet);
    for (const host of ['updates.example', 'updates.example:8443', '[::1]:80']) {
      const { text } = await device.ask(`deploymentBase/${number}`, { headers: { host } });
      assert.ok(text.includes(`"href":"http://${host}/DEFAULT/`), text);
    }
  }),
  row('ddi.deployment.filename-encoded', 'names of files are encoded in links', async (fleet) => {
    const device = await fleet.device();
    const files = [{ filename: 'rootfs v1+ü%.swu', bytes: Buffer.from('x') }];
    await assign(fleet, { device, release: await fleet.release('1', { files }) });
    const { deploymentBase = '' } = await device.poll();
    const [artifact] = (await deploymentOf(device, deploymentBase)).chunks[0]?.artifacts ?? [];
    const href = artifact?._links['download-http']?.href ?? '';
    assert.ok(href.endsWith(`/${encodeURIComponent('rootfs v1+ü%.swu')}`));
    assert.equal((await device.ask(href)).text, 'x');
  }),
  row('ddi.deployment.history-none', 'without the wish for it there is no history', async (fleet) => {
    const { device, number } = await offered(fleet);
    await send(device, `deploymentBase/${number}/feedback`, feedback('proceeding', 'none', { details: ['a'] }));
    for (const query of ['', '?actionHistory=0', '?c=5'])
      assert.equal(bodyOf(await device.ask(`deploymentBase/${number}${query}`))['actionHistory'], undefined);
  }),
  row('ddi.deployment.history', 'the latest messages of the device are shown, the newest first', async (fleet) => {
    const { device, number } = await offered(fleet);
    const path = `deploymentBase/${number}`;
    for (const details of [['one'], ['two', 'three'], []])
      await send(device, `${path}/feedback`, feedback('proceeding', 'none', { details }));
    const shown = async (n: number) => bodyOf(await device.ask(`${path}?actionHistory=${n}`))['actionHistory'];
    assert.deepEqual(await shown(1), { status: 'RETRIEVED', messages: ['two'] });
    const all = { status: 'RETRIEVED', messages: ['two', 'three', 'one'] };
    for (const n of [10, 100, 500, -1]) assert.deepEqual(await shown(n), all);
  }),
  row('ddi.deployment.history-empty', 'where nothing was said, there is no history', async (fleet) => {
    const { device, number } = await offered(fleet);
    assert.equal(bodyOf(await device.ask(`deploymentBase/${number}?actionHistory=10`))['actionHistory'], undefined);
  }),
  row('ddi.deployment.history-code', 'a status code is among the messages', async (fleet) => {
    const { device, number } = await offered(fleet);
    await send(device, `deploymentBase/${number}/feedback`, feedback('proceeding', 'none', { code: 200 }));
    const { actionHistory } = bodyOf(await device.ask(`deploymentBase/${number}?actionHistory=1`));
    assert.deepEqual(actionHistory, { status: 'RETRIEVED', messages: ['Device reported status code: 200'] });
  }),
  row('ddi.deployment.retrieved', 'that it was fetched is noted once', async (fleet) => {
    const { device, number } = await offered(fleet);
    for (let time = 0; time < 2; time += 1) await device.ask(`deploymentBase/${number}`);
    const { items } = await fleet.api.call('assignments.reports', { params: { number } });
    assert.deepEqual(
      items.map(({ kind }) => kind),
      ['retrieved'],
    );
  }),
  row('ddi.deployment.unknown', 'another’s action, and one that is none, do not exist', async (fleet) => {
    const { device, number } = await offered(fleet);
    const other = await fleet.device();
    for (const answer of [await other.ask(`deploymentBase/${number}`), await device.ask('deploymentBase/999999999')])
      assert.deepEqual([answer.status, errorCodeOf(answer)], [404, 'hawkbit.server.error.repo.entityNotFound']);
  }),
  row('ddi.deployment.canceling', 'what is to be cancelled is not described', async (fleet) => {
    const { device, number } = await offered(fleet);
    await fleet.api.call('assignments.cancel', { params: { number } });
    const asked = await device.ask(`deploymentBase/${number}`);
    assert.deepEqual([asked.status, asked.text], [404, '']);
    await device.report(number, { about: 'cancelAction' });
    const canceled = await device.ask(`deploymentBase/${number}`);
    assert.deepEqual([canceled.status, canceled.text], [404, '']);
  }),
  row('ddi.deployment.over', 'what is over is still described', async (fleet) => {
    const { device, number } = await updated(fleet);
    const body = bodyOf(await device.ask(`deploymentBase/${number}?actionHistory=-1`));
    assert.equal(body['id'], String(number));
    assert.equal((body['deployment'] as Deployment).update, 'forced');
  }),
  row('ddi.deployment.encrypted', 'an encrypted module says so, another says nothing', async (fleet) => {
    const { device, href } = await offered(fleet);
    const chunkOf = async () => (await deploymentOf(device, href)).chunks[0];
    assert.equal('encrypted' in ((await chunkOf()) ?? {}), false);
    const other = await fleet.device();
    const release = await fleet.release();
    await encrypt(fleet, release.id);
    await assign(fleet, { device: other, release });
    const { deploymentBase = '' } = await other.poll();
    const [chunk] = (await deploymentOf(other, deploymentBase)).chunks as readonly Record<string, unknown>[];
    assert.equal(chunk?.['encrypted'], true);
  }),
  row(
    'ddi.deployment.metadata',
    'metadata marked for the target is shown, also when it changes later',
    async (fleet) => {
      const { device, href } = await offered(fleet);
      const shown = async () => (await deploymentOf(device, href)).chunks[0];
      const metadata = async () => ((await shown()) as { readonly metadata?: unknown }).metadata;
      assert.deepEqual([await metadata(), await metadata()], [undefined, undefined]);
      const file = (await shown())?.artifacts[0]?._links['download-http']?.href ?? '';
      const keys = `/softwaremodules/${/softwaremodules\/(\d+)/.exec(file)?.[1] ?? ''}/metadata`;
      const body = [
        { key: 'board', value: 'rev-a', targetVisible: true },
        { key: 'secret', value: 'rev-a' },
      ];
      await expect(fleet, 201, `POST ${keys}`, { body });
      assert.deepEqual(await metadata(), [{ key: 'board', value: 'rev-a' }]);
      await expect(fleet, 204, `PUT ${keys}/board`, { body: { value: 'rev-b' } });
      assert.deepEqual(await metadata(), [{ key: 'board', value: 'rev-b' }]);
    },
  ),
  row('ddi.installed-action.body', 'what is installed is described as it was offered', async (fleet) => {
    const { device, number } = await updated(fleet);
    const { installedBase = '' } = await linksOf(device);
    const body = bodyOf(await device.ask(`${installedBase}?actionHistory=-1`));
    assert.deepEqual(Object.keys(body), ['id', 'deployment']);
    assert.equal(body['id'], String(number));
    assert.equal((body['deployment'] as Deployment).chunks[0]?.artifacts.length, 1);
  }),
  row('ddi.installed-action.history', 'the history of what is installed says that it is finished', async (fleet) => {
    const { device, number } = await offered(fleet);
    await send(device, `deploymentBase/${number}/feedback`, feedback('closed', 'success', { details: ['done'] }));
    const { actionHistory } = bodyOf(await device.ask(`installedBase/${number}?actionHistory=5`));
    assert.deepEqual(actionHistory, { status: 'FINISHED', messages: ['done'] });
  }),
  row(
    'ddi.installed-action.absent',
    'what is open, cancelled or another’s is not described as installed',
    async (fleet) => {
      const { device, number } = await offered(fleet);
      assert.equal((await device.ask(`installedBase/${number}`)).status, 404);
      await fleet.api.call('assignments.force-quit', { params: { number } });
      assert.equal((await device.ask(`installedBase/${number}`)).status, 404);
      const other = await updated(fleet);
      assert.equal((await device.ask(`installedBase/${other.number}`)).status, 404);
    },
  ),
  row('ddi.installed-put.new', 'a device that says what it runs has it as assigned and installed', async (fleet) => {
    const device = await fleet.device();
    const release = await fleet.release('7.1');
    const said = { name: release.name.toUpperCase(), version: '7.1' };
    const answer = await send(device, 'installedBase', said, 'PUT');
    assert.deepEqual([answer.status, answer.text], [201, '']);
    const shown = await fleet.api.call('devices.show', { params: { device: device.name } });
    assert.equal(shown.runningRelease?.id, release.id);
    const { installedBase = '' } = await linksOf(device);
    assert.match(installedBase, /installedBase\/\d+$/);
    assert.equal((await device.ask(installedBase)).status, 200);
  }),
  row('ddi.installed-put.known', 'a device that says so again is told that it is known', async (fleet) => {
    const { device, release } = await updated(fleet);
    const said = { name: release.name, version: release.version };
    assert.equal((await send(device, 'installedBase', said, 'PUT')).status, 200);
  }),
  row('ddi.installed-put.open', 'what was open of that release is fulfilled', async (fleet) => {
    const { device, release, number } = await offered(fleet);
    const said = { name: release.name, version: release.version };
    assert.equal((await send(device, 'installedBase', said, 'PUT')).status, 201);
    const { state, reason } = await fleet.assignment(number);
    assert.deepEqual([state, reason], ['succeeded', 'already-installed']);
    assert.equal((await linksOf(device))['deploymentBase'], undefined);
  }),
  row('ddi.installed-put.unknown', 'what no release is called is not found', async (fleet) => {
    const device = await fleet.device();
    const answer = await send(device, 'installedBase', { name: 'nothing', version: '1' }, 'PUT');
    assert.deepEqual([answer.status, errorCodeOf(answer)], [404, 'hawkbit.server.error.repo.entityNotFound']);
  }),
  row('ddi.installed-put.unreadable', 'a body without a name or a version is refused', async (fleet) => {
    const device = await fleet.device();
    for (const body of ['{', {}, { name: 'a' }, { version: '1' }, { name: '', version: '1' }]) {
      const answer = await send(device, 'installedBase', body, 'PUT');
      assert.deepEqual([answer.status, errorCodeOf(answer)], [400, 'hawkbit.server.error.rest.body.notReadable']);
    }
    const put = { method: 'PUT', headers: { ...JSON_TYPE, 'content-type': 'text/plain' }, body: '{}' };
    assert.equal((await device.ask('installedBase', put)).status, 415);
  }),
  differs('ddi.deployment.window-granted', 'what was granted once is not taken back when the window closes', {
    why: 'each permission is granted once (design: two lifecycles); hawkBit says skip again',
    check: async (fleet) => {
      const { device, link, number } = await windowed(fleet);
      fleet.pass(3700);
      const open = await link();
      await send(device, `deploymentBase/${number}/feedback`, feedback('proceeding', 'none'));
      fleet.pass(3600);
      assert.deepEqual(await saidOf(device, open), ['forced', 'forced', 'available']);
    },
  }),
];
