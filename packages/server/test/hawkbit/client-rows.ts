import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { ddiClient, type DdiAnswer, type DdiClient } from '../a-fleet.ts';
import type { TimedFleet } from '../contract/fleet-maker.ts';
import { assign, stateOf, type Policy } from './ddi-kit.ts';
import { row, type Row } from './row.ts';

const BYTES = randomBytes(5000);
const sumOf = (algorithm: string) => createHash(algorithm).update(BYTES).digest('hex');

type Artifact = {
  readonly size: number;
  readonly hashes: Readonly<Record<'sha1' | 'md5' | 'sha256', string>>;
  readonly _links: Readonly<Record<string, { readonly href: string }>>;
};
type Document = {
  readonly id: string;
  readonly deployment: {
    readonly download: string;
    readonly update: string;
    readonly maintenanceWindow?: string;
    readonly chunks: readonly { readonly part: string; readonly artifacts: readonly Artifact[] }[];
  };
};

/** A device of one client: its headers, and one file that is assigned to it. */
async function withClient(
  fleet: TimedFleet,
  wish: { readonly tenant?: string; readonly kind?: string; readonly policy?: Policy },
) {
  const made = await fleet.device();
  const { token } = await fleet.api.call('devices.renew-token', { params: { device: made.name } });
  const tenant = wish.tenant ?? 'DEFAULT';
  const device = ddiClient(fleet.url, { name: made.name, authorization: `TargetToken ${token}`, tenant });
  const files = [{ filename: 'update.raucb', bytes: BYTES }];
  const release = await fleet.release('1', { files, kind: wish.kind ?? 'os' });
  const policy = wish.policy === undefined ? {} : { policy: wish.policy };
  const number = await assign(fleet, { device: made, release, ...policy });
  return { device, number };
}

function ask(device: DdiClient, headers: Readonly<Record<string, string>>) {
  const call = async (path: string, more: { method?: string; body?: string; headers?: Record<string, string> } = {}) =>
    device.ask(path, { ...more, headers: { ...headers, ...more.headers } });
  return {
    call,
    links: async () => linksIn(await call(device.base)),
    document: async (href: string) => read<Document>(await call(href)),
  };
}

function read<T>(answer: DdiAnswer): T {
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers['content-length'], String(answer.bytes.length), 'never chunked');
  return JSON.parse(answer.text) as T;
}

function linksIn(answer: DdiAnswer): Readonly<Record<string, string>> {
  const { _links = {} } = read<{ _links?: Record<string, { href: string }> }>(answer);
  return Object.fromEntries(Object.entries(_links).map(([name, { href }]) => [name, href]));
}

function exactly200(answer: DdiAnswer): void {
  assert.deepEqual([answer.status, answer.text], [200, '']);
}

const RHU = { 'user-agent': 'rauc-hawkbit-c-agent/1.0', accept: 'application/json;charset=UTF-8' };
const RHU_BODY = { 'content-type': 'application/json;charset=UTF-8' };
const rhuReport = (id: number, execution: string, finished: string, details: string) =>
  JSON.stringify({
    id: String(id),
    time: '20261121T013955',
    status: { result: { finished }, execution, details: [details] },
  });

async function rhu(fleet: TimedFleet, policy?: Policy) {
  const { device, number } = await withClient(fleet, policy === undefined ? {} : { policy });
  const client = ask(device, RHU);
  const post = (path: string, body: string) => client.call(path, { method: 'POST', headers: RHU_BODY, body });
  const file = async (headers: Record<string, string> = {}) => {
    const { deploymentBase = '' } = await client.links();
    const { deployment } = await client.document(deploymentBase);
    const href = deployment.chunks[0]?.artifacts[0]?._links['download-http']?.href ?? '';
    return device.ask(href, { headers: { ...headers, accept: 'application/octet-stream' } });
  };
  return { ...client, device, number, post, file };
}

const rhuRows: readonly Row[] = [
  row('client.rhu.update', 'rauc-hawkbit-updater identifies, downloads, reports each step and ends', async (fleet) => {
    const { number, links, call, document, post, file } = await rhu(fleet);
    const { configData = '', deploymentBase = '' } = await links();
    const said =
      '{"time":"20261121T013955","status":{"result":{"finished":"success"},"execution":"closed"},"data":{"serial":"1"}}';
    exactly200(await call(configData, { method: 'PUT', headers: RHU_BODY, body: said }));
    const { id, deployment } = await document(deploymentBase);
    assert.deepEqual([id, deployment.download, deployment.update], [String(number), 'forced', 'forced']);
    assert.deepEqual([deployment.chunks.length, deployment.chunks[0]?.artifacts.length], [1, 1]);
    assert.equal(deployment.chunks[0]?.artifacts[0]?.hashes.sha1, sumOf('sha1'));
    assert.ok((await file()).bytes.equals(BYTES));
    for (let step = 0; step < 25; step += 1)
      exactly200(
        await post(`deploymentBase/${number}/feedback`, rhuReport(number, 'proceeding', 'none', `step ${step}`)),
      );
    exactly200(
      await post(
        `deploymentBase/${number}/feedback`,
        rhuReport(number, 'closed', 'success', 'Software bundle installed successfully.'),
      ),
    );
    assert.equal(await stateOf(fleet, number), 'succeeded');
  }),
  row('client.rhu.resume', 'it resumes what broke off, and takes 416 for a file that is complete', async (fleet) => {
    const { file } = await rhu(fleet);
    const rest = await file({ range: 'bytes=1234-' });
    assert.deepEqual([rest.status, rest.headers['content-range']], [206, 'bytes 1234-4999/5000']);
    assert.equal((await file({ range: 'bytes=5000-' })).status, 416);
  }),
  row('client.rhu.cancel', 'it acknowledges a cancel, and refuses one while it installs', async (fleet) => {
    const one = await rhu(fleet);
    await one.links();
    await fleet.api.call('assignments.cancel', { params: { number: one.number } });
    const { cancelAction = '' } = await one.links();
    const { cancelAction: cancel } = read<{ cancelAction: { stopId: string } }>(await one.call(cancelAction));
    exactly200(
      await one.post(
        `cancelAction/${cancel.stopId}/feedback`,
        rhuReport(one.number, 'closed', 'success', 'Action canceled.'),
      ),
    );
    assert.equal(await stateOf(fleet, one.number), 'canceled');
    const other = await rhu(fleet);
    await other.links();
    await other.post(
      `deploymentBase/${other.number}/feedback`,
      rhuReport(other.number, 'proceeding', 'none', 'Installing'),
    );
    await fleet.api.call('assignments.cancel', { params: { number: other.number } });
    const refusal = rhuReport(
      other.number,
      'rejected',
      'success',
      'Cancelation impossible, installation started already.',
    );
    exactly200(await other.post(`cancelAction/${other.number}/feedback`, refusal));
    assert.ok((await other.links())['deploymentBase']);
  }),
  row('client.rhu.window', 'it downloads before its window, and installs in it what it has already', async (fleet) => {
    const opens = new Date((await fleet.server.store.now()) + 3_600_000);
    const cron = `${opens.getUTCSeconds()} ${opens.getUTCMinutes()} ${opens.getUTCHours()} * * ?`;
    const windows = { windows: [{ cron, durationSeconds: 3600 }], zone: 'UTC', downloadAhead: true };
    const { number, links, document, post, file } = await rhu(fleet, { windows });
    const early = await document((await links())['deploymentBase'] ?? '');
    assert.deepEqual([early.deployment.update, early.deployment.maintenanceWindow], ['skip', 'unavailable']);
    assert.equal((await file()).status, 200);
    exactly200(
      await post(`deploymentBase/${number}/feedback`, rhuReport(number, 'downloaded', 'success', 'Download complete.')),
    );
    fleet.pass(3700);
    const open = await document((await links())['deploymentBase'] ?? '');
    assert.deepEqual([open.deployment.update, open.deployment.maintenanceWindow], ['forced', 'available']);
    assert.equal((await file({ range: 'bytes=5000-' })).status, 416);
    exactly200(await post(`deploymentBase/${number}/feedback`, rhuReport(number, 'closed', 'success', 'done')));
    assert.equal(await stateOf(fleet, number), 'succeeded');
  }),
  row(
    'client.rhu.stream',
    'RAUC streams: its first bytes, its last, and hundreds of ranges, none of which is a report',
    async (fleet) => {
      const { number, device, links, document } = await rhu(fleet);
      const { deployment } = await document((await links())['deploymentBase'] ?? '');
      const href = deployment.chunks[0]?.artifacts[0]?._links['download-http']?.href ?? '';
      const range = async (text: string) =>
        device.ask(href, { headers: { 'user-agent': 'rauc/v1.15.2', range: text } });
      assert.equal((await range('bytes=0-3')).headers['content-range'], 'bytes 0-3/5000');
      assert.equal((await range('bytes=4992-4999')).headers['content-range'], 'bytes 4992-4999/5000');
      for (let at = 0; at < 100; at += 1) assert.equal((await range(`bytes=${at * 50}-${at * 50 + 49}`)).status, 206);
      const { items } = await fleet.api.call('assignments.reports', { params: { number } });
      assert.deepEqual(
        items.map(({ kind }) => kind),
        ['retrieved'],
      );
    },
  ),
];

/** It names itself in no way. */
const ZEPHYR_BODY = { 'content-type': 'application/json;charset=UTF-8' };

const zephyrRows: readonly Row[] = [
  row(
    'client.zephyr.update',
    'Zephyr finds its image in small buffers, and tells the end after its reboot',
    async (fleet) => {
      const { device, number } = await withClient(fleet, { tenant: 'default', kind: 'application' });
      const { call, links, document } = ask(device, {});
      assert.ok((await call(device.base)).bytes.length < 1100);
      const { configData = '', deploymentBase = '' } = await links();
      const said =
        '{"mode":"merge","data":{"VIN":"JH4TB2H26CC000000","hwRevision":"3"},"id":"","time":"","status":{"execution":"closed","result":{"finished":"success"}}}';
      exactly200(await call(configData, { method: 'PUT', headers: ZEPHYR_BODY, body: said }));
      const found = deploymentBase.slice(deploymentBase.indexOf('deploymentBase/'));
      assert.ok(found.length <= 49, found);
      const { id, deployment } = await document(`${device.base}/${found}`);
      assert.equal(id, String(number));
      const [chunk] = deployment.chunks;
      assert.equal(chunk?.part, 'bApp');
      const [artifact] = chunk?.artifacts ?? [];
      assert.equal(artifact?.hashes.sha256, sumOf('sha256'));
      const href = artifact?._links['download-http']?.href ?? '';
      const path = href.slice(href.indexOf('/DEFAULT/controller/v1'));
      assert.ok(path.startsWith('/DEFAULT/controller/v1/') && path.length < 200, path);
      const image = await call(path);
      assert.deepEqual([image.status, image.headers['content-length']], [200, '5000']);
      const end = `{"id":"${number}","time":"","status":{"execution":"closed","result":{"finished":"success"}}}`;
      exactly200(await call(`deploymentBase/${number}/feedback`, { method: 'POST', headers: ZEPHYR_BODY, body: end }));
      assert.equal(await stateOf(fleet, number), 'succeeded');
    },
  ),
  row('client.zephyr.bare-report', 'its reports may say nothing but their status', async (fleet) => {
    const { device, number } = await withClient(fleet, { tenant: 'default', kind: 'application' });
    const { call, links } = ask(device, {});
    await links();
    const body = '{"status":{"execution":"closed","result":{"finished":"failure"}}}';
    exactly200(await call(`deploymentBase/${number}/feedback`, { method: 'POST', headers: ZEPHYR_BODY, body }));
    assert.equal(await stateOf(fleet, number), 'failed');
  }),
  row(
    'client.zephyr.cancel',
    'it cancels without having asked, and one version names an id that is not its own',
    async (fleet) => {
      const { device, number } = await withClient(fleet, { tenant: 'default', kind: 'application' });
      const { call, links } = ask(device, {});
      await links();
      await fleet.api.call('assignments.cancel', { params: { number } });
      const { cancelAction = '' } = await links();
      assert.ok(cancelAction.slice(cancelAction.indexOf('cancelAction/')).length <= 49);
      const body = `{"id":"${number}","time":"","status":{"execution":"closed","result":{"finished":"success"}}}`;
      const post = (id: number) => call(`cancelAction/${id}/feedback`, { method: 'POST', headers: ZEPHYR_BODY, body });
      assert.equal((await post(999_999_999)).status, 404);
      assert.equal(await stateOf(fleet, number), 'canceling');
      exactly200(await post(number));
      assert.equal(await stateOf(fleet, number), 'canceled');
    },
  ),
  row(
    'client.zephyr.skip',
    'it installs what is only to be downloaded ahead: it is told of that when it may install',
    async (fleet) => {
      const opens = new Date((await fleet.server.store.now()) + 3_600_000);
      const cron = `${opens.getUTCSeconds()} ${opens.getUTCMinutes()} ${opens.getUTCHours()} * * ?`;
      const windows = { windows: [{ cron, durationSeconds: 3600 }], zone: 'UTC', downloadAhead: true };
      const { device } = await withClient(fleet, { tenant: 'default', kind: 'application', policy: { windows } });
      const { links } = ask(device, {});
      assert.equal((await links())['deploymentBase'], undefined);
      fleet.pass(3700);
      assert.ok((await links())['deploymentBase']);
    },
  ),
];

const HARA = { accept: 'application/hal+json', 'user-agent': 'okhttp/4.12.0' };
const HARA_BODY = { 'content-type': 'application/json; charset=UTF-8' };

const haraRows: readonly Row[] = [
  row(
    'client.hara.etags',
    'hara asks whether anything has changed, for the poll and for the deployment',
    async (fleet) => {
      const { device, number } = await withClient(fleet, {});
      const { call, links } = ask(device, HARA);
      const base = await call(device.base);
      assert.match(base.headers['content-type'] ?? '', /^application\/hal\+json/);
      const [hours, minutes, seconds] = (
        JSON.parse(base.text) as { config: { polling: { sleep: string } } }
      ).config.polling.sleep
        .split(':')
        .map(Number);
      assert.deepEqual([hours, minutes, seconds], [0, 5, 0]);
      const { deploymentBase = '' } = await links();
      const action = /deploymentBase\/([a-zA-Z0-9_]+)/.exec(deploymentBase)?.[1];
      assert.equal(action, String(number));
      for (const path of [device.base, `deploymentBase/${action}?actionHistory=-1`]) {
        const { etag = '' } = (await call(path)).headers;
        const again = await call(path, { headers: { 'if-none-match': etag } });
        assert.deepEqual([again.status, again.text], [304, '']);
      }
    },
  ),
  row('client.hara.update', 'it checks by md5, reports progress, and closes', async (fleet) => {
    const { device, number } = await withClient(fleet, {});
    const { call, links, document } = ask(device, HARA);
    const put = { method: 'PUT', headers: HARA_BODY, body: '{"data":{"os":"android"},"mode":"merge"}' };
    exactly200(await call('configData', put));
    const { deployment } = await document((await links())['deploymentBase'] ?? '');
    const [artifact] = deployment.chunks[0]?.artifacts ?? [];
    assert.deepEqual([artifact?.hashes.md5, artifact?.hashes.sha1], [sumOf('md5'), sumOf('sha1')]);
    assert.equal((await call(artifact?._links['download-http']?.href ?? '')).status, 200);
    const report = (execution: string, finished: string) => {
      const status = { execution, result: { progress: { of: 3, cnt: 1 }, finished }, details: ['a', 'b'] };
      return call(`deploymentBase/${number}/feedback`, {
        method: 'POST',
        headers: HARA_BODY,
        body: JSON.stringify({ id: String(number), time: '2026-11-21T01:39:55Z', status }),
      });
    };
    for (const execution of ['proceeding', 'download', 'downloaded', 'proceeding'])
      exactly200(await report(execution, 'none'));
    exactly200(await report('closed', 'success'));
    assert.equal(await stateOf(fleet, number), 'succeeded');
  }),
  row('client.hara.soft', 'a soft action is an attempt, whose user it asks itself', async (fleet) => {
    const { device } = await withClient(fleet, { policy: { action: { kind: 'soft' } } });
    const { links, document } = ask(device, HARA);
    const { deployment } = await document((await links())['deploymentBase'] ?? '');
    assert.deepEqual([deployment.download, deployment.update], ['attempt', 'attempt']);
  }),
];

const ESP = { accept: 'application/hal+json', 'user-agent': 'ESP32HTTPClient', connection: 'close' };

const espRows: readonly Row[] = [
  row(
    'client.esp.update',
    'an ESP reads small documents, sets attributes in each mode, and flashes one file',
    async (fleet) => {
      const { device, number } = await withClient(fleet, { kind: 'application' });
      const { call, links } = ask(device, ESP);
      for (const mode of ['merge', 'replace', 'remove']) {
        const body = JSON.stringify({ mode, data: { mac: '24:6F:28', chip: 'esp32' } });
        exactly200(await call('configData', { method: 'PUT', headers: { 'content-type': 'application/json' }, body }));
      }
      const { deploymentBase = '' } = await links();
      const answer = await call(deploymentBase);
      assert.ok(answer.bytes.length < 1024, String(answer.bytes.length));
      const { deployment } = JSON.parse(answer.text) as Document;
      const href = deployment.chunks[0]?.artifacts[0]?._links['download-http']?.href ?? '';
      assert.equal((await call(href)).headers['content-length'], '5000');
      const part = await call(href, { headers: { range: 'bytes=0-1023' } });
      assert.deepEqual([part.status, part.bytes.length], [206, 1024]);
      const status = { execution: 'closed', result: { finished: 'success' }, details: [] };
      const body = JSON.stringify({ id: String(number), status });
      exactly200(
        await call(`deploymentBase/${number}/feedback`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        }),
      );
      assert.equal(await stateOf(fleet, number), 'succeeded');
    },
  ),
  row('client.esp.idf', 'an ESP-IDF client that fetches in pieces, after a HEAD, gets them', async (fleet) => {
    const { device } = await withClient(fleet, { kind: 'application' });
    const { call, links, document } = ask(device, { 'user-agent': 'ESP32 HTTP Client/1.0' });
    const { deployment } = await document((await links())['deploymentBase'] ?? '');
    const href = deployment.chunks[0]?.artifacts[0]?._links['download-http']?.href ?? '';
    assert.equal((await call(href, { method: 'HEAD' })).headers['content-length'], '5000');
    const pieces: Buffer[] = [];
    for (let from = 0; from < 5000; from += 1500)
      pieces.push((await call(href, { headers: { range: `bytes=${from}-${Math.min(from + 1499, 4999)}` } })).bytes);
    assert.ok(Buffer.concat(pieces).equals(BYTES));
  }),
];

/** What each client was read, or seen, to do. */
export const clientRows: readonly Row[] = [...rhuRows, ...zephyrRows, ...haraRows, ...espRows];
