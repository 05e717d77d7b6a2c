import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type DdiAnswer, ddiClient, type DdiClient, SWUPDATE_HEADERS } from '../a-fleet.ts';
import type { TimedFleet } from '../contract/fleet-maker.ts';
import { assign, stateOf } from './ddi-kit.ts';
import { row, type Row } from './row.ts';

const BYTES = randomBytes(20_000);
const DEBIAN = SWUPDATE_HEADERS;
/** 2026.05.1 has lost the odd header. */
const NEW = { 'user-agent': 'libcurl-agent/1.0', 'content-type': 'application/json', accept: 'application/json' };
const BINARY = { 'user-agent': 'libcurl-agent/1.0', accept: 'application/octet-stream' };

/** One device as SWUpdate talks: paths of its own making, bodies put together by hand. */
class Suricatta {
  readonly #headers: Readonly<Record<string, string>>;
  readonly device: DdiClient;
  readonly number: number;

  constructor(device: DdiClient, number: number, headers: Readonly<Record<string, string>>) {
    this.device = device;
    this.number = number;
    this.#headers = headers;
  }

  /** The root, and what it links to as far as SWUpdate follows it. */
  async poll(): Promise<Readonly<Record<string, string>>> {
    const answer = await this.device.ask(this.device.base, { headers: this.#headers });
    assert.equal(answer.status, 200, answer.text);
    const { _links = {}, config } = JSON.parse(answer.text) as Root;
    assert.match(config.polling.sleep, /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/);
    return Object.fromEntries(Object.entries(_links).map(([name, { href }]) => [name, href]));
  }

  async deployment(): Promise<Deployment> {
    const { deploymentBase = '' } = await this.poll();
    const answer = await this.device.ask(deploymentBase, { headers: this.#headers });
    assert.equal(answer.status, 200, answer.text);
    return JSON.parse(answer.text) as Deployment;
  }

  async identify(more = ''): Promise<void> {
    const body = `{ "id": "", "time": "20261121T014404", "status": { "result": { "finished": "success" }, "execution": "closed", "details" : [ "" ] }${more}, "data" : {  "serialNo": "SN-0001","hwRevision": "1.0" } }`;
    exactly200(await this.#send('PUT', `${this.device.base}/configData`, body));
  }

  /** `said`: progress, finished, execution and words as it writes them. */
  async report(said: Said): Promise<DdiAnswer> {
    const [progress, finished, execution, ...details] = said;
    const body = `{ "id": ${this.number}, "time": "20261121T014406", "status": { "result": { "progress": { "cnt" : ${progress[0]}, "of" : ${progress[1]} }, "finished": "${finished}" }, "execution": "${execution}", "details" : [ ${details.map((line) => JSON.stringify(line)).join(',')} ] } }`;
    return this.#send('POST', `${this.device.base}/deploymentBase/${this.number}/feedback`, body);
  }

  async acknowledge(href: string): Promise<DdiAnswer> {
    const body = `{ "id": ${this.number}, "time": "20261121T014406", "status": { "result": { "finished": "success" }, "execution": "closed", "details" : [ "cancellation acknowledged." ] } }`;
    return this.#send('POST', `${href}/feedback`, body);
  }

  /** HEAD, then GET. */
  async fetch(href: string): Promise<Buffer> {
    const head = await this.device.ask(href, { method: 'HEAD', headers: BINARY });
    const got = await this.device.ask(href, { headers: BINARY });
    assert.deepEqual([head.status, got.status], [200, 200]);
    assert.equal(head.headers['content-length'], String(got.bytes.length));
    return got.bytes;
  }

  async #send(method: string, path: string, body: string): Promise<DdiAnswer> {
    return this.device.ask(path, { method, headers: this.#headers, body });
  }
}

type Root = {
  readonly config: { readonly polling: { readonly sleep: string } };
  readonly _links?: Readonly<Record<string, { readonly href: string }>>;
};
type Artifact = {
  readonly filename: string;
  readonly size: number;
  readonly hashes: { readonly sha1: string };
  readonly _links: { readonly 'download-http': { readonly href: string } };
};
type Deployment = {
  readonly id: string;
  readonly deployment: {
    readonly update: string;
    readonly chunks: readonly {
      readonly part: string;
      readonly name: string;
      readonly version: string;
      readonly artifacts: readonly Artifact[];
    }[];
  };
};
type Said = readonly [
  progress: readonly [number, number],
  finished: 'none' | 'success' | 'failure',
  execution: 'proceeding' | 'closed',
  ...details: string[],
];

const START: Said = [[0, 1], 'none', 'proceeding', 'Installing Update Chunk Artifacts.'];
const LOG: Said = [
  [1, 0],
  'none',
  'proceeding',
  'SWUPDATE running :  [extract_files] : Found file',
  'Valid image found',
];
const CHUNK: Said = [[1, 1], 'none', 'proceeding', 'Installed Chunk.'];
const ALL: Said = [[1, 1], 'none', 'proceeding', 'All Chunks Installed.'];
const PENDING: Said = [[0, 0], 'none', 'proceeding', 'Update Installed, Testing Pending.'];
const SUCCESS: Said = [[0, 0], 'success', 'closed', 'Update Installed.'];
const FAILURE: Said = [
  [0, 1],
  'failure',
  'closed',
  'ERROR : Signature verification failed',
  'ERROR : Compatible SW not found',
  'No suitable .swu image found',
];

function exactly200(answer: DdiAnswer): void {
  assert.deepEqual([answer.status, answer.text], [200, ''], answer.text);
}

type Files = readonly { readonly filename: string; readonly bytes: Buffer }[];
const ONE_FILE: Files = [{ filename: 'update.swu', bytes: BYTES }];

async function suricatta(fleet: TimedFleet, files = ONE_FILE, headers: typeof NEW = DEBIAN): Promise<Suricatta> {
  const made = await fleet.device();
  const { token } = await fleet.api.call('devices.renew-token', { params: { device: made.name } });
  const device = ddiClient(fleet.url, { name: made.name, authorization: `TargetToken ${token}` });
  const number = await assign(fleet, { device, release: await fleet.release('1.0', { files }) });
  return new Suricatta(device, number, headers);
}

function hrefOf({ deployment }: Deployment, at = 0): string {
  return deployment.chunks[0]?.artifacts[at]?._links['download-http'].href ?? '';
}

/** Polls until it installs, as it does after its start: the first poll identifies, the second is the one that counts. */
async function installed(one: Suricatta): Promise<void> {
  assert.ok((await one.poll())['configData']);
  await one.identify();
  assert.equal((await one.poll())['configData'], undefined);
  const told = await one.deployment();
  assert.deepEqual([told.id, told.deployment.update], [String(one.number), 'forced']);
  exactly200(await one.report(START));
  assert.ok((await one.fetch(hrefOf(told))).equals(BYTES));
  for (const said of [LOG, CHUNK, ALL]) exactly200(await one.report(said));
}

/** Whole conversations, as they were recorded of Debian’s 2022.12 and of 2026.05.1 (SWUpdate’s reference, §3–§7). */
export const swupdateRows: readonly Row[] = [
  row('swupdate.talk.debian', 'Debian’s SWUpdate installs, restarts and tells its success', async (fleet) => {
    const one = await suricatta(fleet);
    await installed(one);
    assert.equal(await stateOf(fleet, one.number), 'verifying');
    assert.ok((await one.poll())['deploymentBase'], 'the offer stays until its end is told');
    await one.deployment();
    exactly200(await one.report(SUCCESS));
    const { state, attempts } = await fleet.assignment(one.number);
    assert.deepEqual([state, attempts[0]?.evidence], ['succeeded', ['confirmed']]);
    assert.equal((await one.poll())['deploymentBase'], undefined);
  }),
  row('swupdate.talk.new', 'the newest SWUpdate replaces its attributes, and tells its success', async (fleet) => {
    const one = await suricatta(fleet, ONE_FILE, NEW);
    await one.device.attributes({ former: 'gone' });
    await one.identify(', "mode" : "replace"');
    const { attributes } = await fleet.api.call('devices.show', { params: { device: one.device.name } });
    assert.deepEqual(attributes, { serialNo: 'SN-0001', hwRevision: '1.0' });
    exactly200(await one.report(START));
    assert.ok((await one.fetch(hrefOf(await one.deployment()))).equals(BYTES));
    for (const said of [LOG, CHUNK, ALL, SUCCESS]) exactly200(await one.report(said));
    assert.deepEqual((await fleet.assignment(one.number)).attempts[0]?.evidence, ['confirmed']);
  }),
  row('swupdate.talk.failure', 'a bundle that it refuses closes the action with its reasons', async (fleet) => {
    const one = await suricatta(fleet);
    await one.identify();
    exactly200(await one.report(START));
    await one.fetch(hrefOf(await one.deployment()));
    exactly200(await one.report(FAILURE));
    const { state, message } = await fleet.assignment(one.number);
    assert.equal(state, 'failed');
    assert.match(message ?? '', /Signature verification failed/);
    assert.equal((await one.poll())['deploymentBase'], undefined);
  }),
  row('swupdate.talk.cancel', 'a cancel is looked for first, and acknowledged under its own link', async (fleet) => {
    const one = await suricatta(fleet);
    await one.identify();
    exactly200(await one.report(START));
    await fleet.api.call('assignments.cancel', { params: { number: one.number } });
    const { cancelAction = '', deploymentBase } = await one.poll();
    assert.equal(deploymentBase, undefined);
    const answer = await one.device.ask(cancelAction, { headers: DEBIAN });
    assert.deepEqual(JSON.parse(answer.text), { id: `${one.number}`, cancelAction: { stopId: `${one.number}` } });
    exactly200(await one.acknowledge(cancelAction));
    assert.equal(await stateOf(fleet, one.number), 'canceled');
  }),
  row('swupdate.talk.cancel-installed', 'what is installed and not yet booted can be called off', async (fleet) => {
    const one = await suricatta(fleet);
    await installed(one);
    await fleet.api.call('assignments.cancel', { params: { number: one.number } });
    exactly200(await one.acknowledge((await one.poll())['cancelAction'] ?? ''));
    assert.equal(await stateOf(fleet, one.number), 'canceled');
    assert.deepEqual(Object.keys(await one.poll()), []);
  }),
  row('swupdate.talk.cancel-ignored', 'one that goes on all the same tells its true end', async (fleet) => {
    const one = await suricatta(fleet);
    await installed(one);
    await fleet.api.call('assignments.cancel', { params: { number: one.number } });
    exactly200(await one.report(SUCCESS));
    assert.equal(await stateOf(fleet, one.number), 'succeeded');
  }),
  row('swupdate.talk.again', 'without a boot script it installs the same action once more', async (fleet) => {
    const one = await suricatta(fleet);
    await installed(one);
    exactly200(await one.report(PENDING));
    const told = await one.deployment();
    exactly200(await one.report(START));
    assert.ok((await one.fetch(hrefOf(told))).equals(BYTES));
    for (const said of [LOG, CHUNK, ALL, SUCCESS]) exactly200(await one.report(said));
    assert.equal((await fleet.assignment(one.number)).attempts.length, 1);
  }),
  row('swupdate.talk.nothing-offered', 'with a result and no action it polls, and tells nothing', async (fleet) => {
    const one = await suricatta(fleet);
    await installed(one);
    exactly200(await one.report(SUCCESS));
    for (let polls = 0; polls < 3; polls += 1) assert.equal((await one.poll())['deploymentBase'], undefined);
    const again = await one.report(SUCCESS);
    assert.equal(again.status, 410, 'what is closed stays closed');
  }),
  row(
    'swupdate.talk.waits',
    'one that waits for a word polls ten times as often, and ends with words of others',
    async (fleet) => {
      const one = await suricatta(fleet);
      await installed(one);
      for (let polls = 0; polls < 20; polls += 1) assert.ok((await one.poll())['deploymentBase']);
      exactly200(await one.report([[0, 0], 'success', 'closed', 'the watchdog is content', 'all services run']));
      assert.equal(await stateOf(fleet, one.number), 'succeeded');
    },
  ),
  row(
    'swupdate.talk.resume',
    'a download that is cut goes on from its byte, whatever was sent before',
    async (fleet) => {
      const one = await suricatta(fleet);
      await one.identify();
      exactly200(await one.report(START));
      const href = hrefOf(await one.deployment());
      const pieces: Buffer[] = [];
      for (const from of [0, 7000, 7001, 19_999]) {
        const answer = await one.device.ask(href, { headers: { ...BINARY, range: `bytes=${from}-` } });
        assert.deepEqual([answer.status, answer.headers['content-range']], [206, `bytes ${from}-19999/20000`]);
        pieces.push(answer.bytes);
      }
      assert.ok(pieces.every((piece) => piece.equals(BYTES.subarray(BYTES.length - piece.length))));
      assert.equal((await one.device.ask(href, { headers: { ...BINARY, range: 'bytes=20000-' } })).status, 416);
    },
  ),
  row(
    'swupdate.talk.several',
    'several bundles are installed in their order, and the first failure is the end',
    async (fleet) => {
      const files = ['a.swu', 'b.swu'].map((filename) => ({ filename, bytes: randomBytes(100) }));
      const one = await suricatta(fleet, files);
      await one.identify();
      const told = await one.deployment();
      const [chunk] = told.deployment.chunks;
      assert.ok(chunk !== undefined);
      assert.deepEqual(
        chunk.artifacts.map(({ filename, size }) => [filename, size]),
        [
          ['a.swu', 100],
          ['b.swu', 100],
        ],
      );
      assert.deepEqual([typeof chunk.part, typeof chunk.name, typeof chunk.version], ['string', 'string', 'string']);
      exactly200(await one.report(START));
      for (const at of [0, 1]) assert.ok((await one.fetch(hrefOf(told, at))).equals(files[at]?.bytes ?? Buffer.of()));
      exactly200(await one.report([[0, 1], 'failure', 'closed', 'Failed to install b.swu']));
      assert.equal(await stateOf(fleet, one.number), 'failed');
    },
  ),
  row(
    'swupdate.talk.no-bundle',
    'a module without a bundle is told as what the device cannot install',
    async (fleet) => {
      const one = await suricatta(fleet, [{ filename: 'rootfs.tar', bytes: BYTES }]);
      await one.identify();
      assert.deepEqual(
        (await one.deployment()).deployment.chunks[0]?.artifacts.map(({ filename }) => filename),
        ['rootfs.tar'],
      );
      exactly200(await one.report(START));
      exactly200(await one.report([[0, 1], 'failure', 'closed', 'No suitable .swu image found']));
      assert.equal((await fleet.assignment(one.number)).message, 'No suitable .swu image found');
    },
  ),
  row(
    'swupdate.talk.download-only',
    'what it may only download it refuses, and is asked again later',
    async (fleet) => {
      const made = await fleet.device();
      const number = await assign(fleet, {
        device: made,
        release: await fleet.release('1.0', { files: ONE_FILE }),
        policy: { action: { kind: 'download-only' } },
      });
      const one = new Suricatta(made, number, DEBIAN);
      await one.identify();
      assert.equal((await one.deployment()).deployment.update, 'skip');
      exactly200(await one.report([[0, 1], 'success', 'closed', 'Skipped Update.']));
      assert.equal((await one.poll())['deploymentBase'], undefined);
      assert.notEqual(await stateOf(fleet, number), 'succeeded');
    },
  ),
  row(
    'swupdate.delta.dynamic',
    'a delta beside its bundle is fetched in pieces, each where it is named',
    async (fleet) => {
      const zck = randomBytes(50_000);
      const files = [...ONE_FILE, { filename: 'v2.zck', bytes: zck }];
      const one = await suricatta(fleet, files, NEW);
      await one.identify();
      const told = await one.deployment();
      const at = told.deployment.chunks[0]?.artifacts.findIndex(({ filename }) => filename === 'v2.zck') ?? -1;
      const ranges = [
        [13_821, 33_039],
        [244, 312],
        [49_999, 49_999],
      ] as const;
      const range = `bytes=${ranges.map(([from, to]) => `${from}-${to}`).join(',')}`;
      const answer = await one.device.ask(hrefOf(told, at), { headers: { ...BINARY, range } });
      assert.equal(answer.status, 206);
      const boundary = /^multipart\/byteranges; boundary=([0-9a-z]+)$/.exec(answer.headers['content-type'] ?? '')?.[1];
      assert.ok(boundary !== undefined, answer.headers['content-type'] ?? '');
      let from = 0;
      for (const [first, last] of ranges) {
        const place = answer.bytes.indexOf(`Content-Range: bytes ${first}-${last}/50000\r\n\r\n`, from);
        const begins = answer.bytes.indexOf('\r\n\r\n', place) + 4;
        const length = last - first + 1;
        assert.ok(
          place >= from && answer.bytes.subarray(begins, begins + length).equals(zck.subarray(first, last + 1)),
        );
        from = begins + length;
      }
      assert.equal(answer.bytes.subarray(from).toString(), `\r\n--${boundary}--`);
      const single = await one.device.ask(hrefOf(told, at), { headers: { ...BINARY, range: 'bytes=5-9' } });
      assert.deepEqual([single.status, single.headers['content-range']], [206, 'bytes 5-9/50000']);
    },
  ),
];
