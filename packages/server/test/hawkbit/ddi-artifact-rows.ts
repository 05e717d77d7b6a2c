import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import type { TimedFleet } from '../contract/fleet-maker.ts';
import { assign, bodyOf, errorCodeOf, feedback, send, stateOf } from './ddi-kit.ts';
import { differs, gap, row, type Row } from './row.ts';

const BYTES = randomBytes(1000);

/** A device that is offered one file, and the addresses of that file and of its module. */
async function withFile(fleet: TimedFleet, filename = 'rootfs.swu') {
  const device = await fleet.device();
  const release = await fleet.release('1', { files: [{ filename, bytes: BYTES }] });
  const number = await assign(fleet, { device, release });
  const { deploymentBase = '' } = await device.poll();
  const { text } = await device.ask(deploymentBase);
  const href = /"download-http":\{"href":"([^"]+)"/.exec(text)?.[1] ?? '';
  return { device, release, number, href, module: href.slice(0, href.lastIndexOf('/')) };
}

/** Range header → status, Content-Range, bytes from and to. */
const RANGES: readonly (readonly [string, string, number, string | undefined, number, number])[] = [
  ['first', 'bytes=0-0', 206, 'bytes 0-0/1000', 0, 1],
  ['some', 'bytes=10-19', 206, 'bytes 10-19/1000', 10, 20],
  ['rest', 'bytes=990-', 206, 'bytes 990-999/1000', 990, 1000],
  ['suffix', 'bytes=-100', 206, 'bytes 900-999/1000', 900, 1000],
  ['clamped', 'bytes=990-5000', 206, 'bytes 990-999/1000', 990, 1000],
  ['whole', 'bytes=0-999', 206, 'bytes 0-999/1000', 0, 1000],
  ['behind', 'bytes=1000-', 416, 'bytes */1000', 0, 0],
  ['reversed', 'bytes=20-10', 416, 'bytes */1000', 0, 0],
  ['suffix-zero', 'bytes=-0', 416, 'bytes */1000', 0, 0],
  ['nothing', 'bytes=-', 416, 'bytes */1000', 0, 0],
  ['words', 'bytes=a-b', 416, 'bytes */1000', 0, 0],
  ['overlapping', 'bytes=0-10,5-20', 416, 'bytes */1000', 0, 0],
];

const ranges = RANGES.map(([name, range, status, contentRange, from, to]) =>
  row(`ddi.download.range-${name}`, `a Range of ${range} is answered ${status}`, async (fleet) => {
    const { device, href } = await withFile(fleet);
    const answer = await device.ask(href, { headers: { range } });
    assert.deepEqual([answer.status, answer.headers['content-range']], [status, contentRange]);
    assert.equal(answer.headers['content-length'], String(to - from));
    assert.ok(answer.bytes.equals(BYTES.subarray(from, to)));
  }),
);

/** Files: §5.3 and §6 of the reference. */
export const artifactRows: readonly Row[] = [
  row('ddi.artifacts.list', 'the files of a module are an array of the same objects as in a chunk', async (fleet) => {
    const { device, module, href } = await withFile(fleet);
    const list = JSON.parse((await device.ask(module)).text) as readonly Record<string, unknown>[];
    const [one] = list;
    assert.deepEqual(Object.keys(one ?? {}), ['filename', 'hashes', 'size', '_links']);
    assert.deepEqual([list.length, one?.['filename'], one?.['size']], [1, 'rootfs.swu', 1000]);
    assert.match(JSON.stringify(one), new RegExp(href.replaceAll('.', '\\.')));
  }),
  row(
    'ddi.artifacts.installed',
    'the files of what is installed are still listed, and not given out',
    async (fleet) => {
      const { device, module, href, number } = await withFile(fleet);
      await send(device, `deploymentBase/${number}/feedback`, feedback('closed', 'success'));
      assert.equal((await device.ask(module)).status, 200);
      const answer = await device.ask(href);
      assert.deepEqual([answer.status, errorCodeOf(answer)], [404, 'hawkbit.server.error.repo.entityNotFound']);
    },
  ),
  row('ddi.artifacts.absent', 'modules of others, of what failed and of none do not exist', async (fleet) => {
    const { device, module, href, number } = await withFile(fleet);
    const other = await fleet.device();
    const path = module.slice(module.indexOf('softwaremodules'));
    assert.equal((await other.ask(path)).status, 404);
    assert.equal((await device.ask('softwaremodules/999999/artifacts')).status, 404);
    assert.equal((await device.ask('softwaremodules/x/artifacts')).status, 404);
    await send(device, `deploymentBase/${number}/feedback`, feedback('closed', 'failure'));
    assert.equal((await device.ask(module)).status, 404);
    assert.equal((await device.ask(href)).status, 404);
  }),
  row(
    'ddi.download.headers',
    'a file comes with its sha1 as ETag, its time, its length, and as bytes',
    async (fleet) => {
      const { device, href } = await withFile(fleet);
      const { status, headers, bytes } = await device.ask(href, { headers: { accept: 'application/octet-stream' } });
      assert.equal(status, 200);
      assert.equal(headers.etag, `"${createHash('sha1').update(BYTES).digest('hex')}"`);
      assert.ok(!Number.isNaN(Date.parse(headers['last-modified'] ?? '')));
      assert.equal(headers['accept-ranges'], 'bytes');
      assert.equal(headers['content-type'], 'application/octet-stream');
      assert.equal(headers['content-length'], '1000');
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.ok(bytes.equals(BYTES));
    },
  ),
  differs('ddi.download.disposition', 'the name of a file is told in quotes', {
    why: 'RFC 6266; hawkBit quotes only where it must, and cuts at 78 characters',
    check: async (fleet) => {
      const { device, href } = await withFile(fleet, 'a (b).swu');
      assert.equal((await device.ask(href)).headers['content-disposition'], 'attachment; filename="a (b).swu"');
    },
  }),
  row('ddi.download.accept', 'whatever a client accepts, a file is bytes', async (fleet) => {
    const { device, href } = await withFile(fleet);
    for (const accept of ['application/json', 'text/plain', '*/*'])
      assert.equal((await device.ask(href, { headers: { accept } })).status, 200, accept);
  }),
  row('ddi.download.unknown', 'a file that a module has not does not exist', async (fleet) => {
    const { device, module } = await withFile(fleet);
    const answer = await device.ask(`${module}/other.swu`);
    assert.deepEqual([answer.status, errorCodeOf(answer)], [404, 'hawkbit.server.error.repo.entityNotFound']);
  }),
  row('ddi.download.if-match', 'a file is given only to who has its sha1, with quotes or without', async (fleet) => {
    const { device, href } = await withFile(fleet);
    const sha1 = createHash('sha1').update(BYTES).digest('hex');
    const status = async (ifMatch: string) => (await device.ask(href, { headers: { 'if-match': ifMatch } })).status;
    for (const right of [sha1, `"${sha1}"`, '*', `other, ${sha1}`]) assert.equal(await status(right), 200, right);
    const wrong = await device.ask(href, { headers: { 'if-match': 'other' } });
    assert.deepEqual([wrong.status, wrong.text], [412, '']);
  }),
  row('ddi.download.if-range-etag', 'a range is given of the same file only', async (fleet) => {
    const { device, href } = await withFile(fleet);
    const { etag = '' } = (await device.ask(href, { method: 'HEAD' })).headers;
    const status = async (ifRange: string) =>
      (await device.ask(href, { headers: { range: 'bytes=1-2', 'if-range': ifRange } })).status;
    assert.deepEqual([await status(etag), await status('"other"'), await status('nonsense')], [206, 200, 200]);
  }),
  row('ddi.download.if-range-date', 'a range is given of what has not changed since', async (fleet) => {
    const { device, href } = await withFile(fleet);
    const modified = (await device.ask(href, { method: 'HEAD' })).headers['last-modified'] ?? '';
    const status = async (at: number) => {
      const headers = { range: 'bytes=1-2', 'if-range': new Date(at).toUTCString() };
      return (await device.ask(href, { headers })).status;
    };
    const at = Date.parse(modified);
    assert.deepEqual([await status(at), await status(at + 60_000), await status(at - 60_000)], [206, 206, 200]);
  }),
  ...ranges,
  differs('ddi.download.range-suffix-long', 'a suffix longer than the file is all of it', {
    why: 'RFC 9110 §14.1.2; hawkBit answers 416',
    check: async (fleet) => {
      const { device, href } = await withFile(fleet);
      const answer = await device.ask(href, { headers: { range: 'bytes=-2000' } });
      assert.deepEqual([answer.status, answer.headers['content-range']], [206, 'bytes 0-999/1000']);
    },
  }),
  row('ddi.download.multipart', 'several ranges come in parts, each with its type and its place', async (fleet) => {
    const { device, href } = await withFile(fleet);
    const answer = await device.ask(href, { headers: { range: 'bytes=0-9,100-109,-5' } });
    assert.equal(answer.status, 206);
    const boundary =
      /^multipart\/byteranges; boundary=([0-9a-z]+)$/.exec(answer.headers['content-type'] ?? '')?.[1] ?? '';
    const part = (from: number, to: number) =>
      Buffer.concat([
        Buffer.from(
          `--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${from}-${to}/1000\r\n\r\n`,
        ),
        BYTES.subarray(from, to + 1),
      ]);
    const line = Buffer.from('\r\n');
    const parts = [part(0, 9), line, part(100, 109), line, part(995, 999), Buffer.from(`\r\n--${boundary}--`)];
    assert.ok(answer.bytes.equals(Buffer.concat(parts)));
  }),
  differs('ddi.download.multipart-boundary', 'the boundary of parts is in lower case, unquoted, after one blank', {
    why: 'hawkBit’s upper-case constant makes SWUpdate up to 2024.12 fail',
    check: async (fleet) => {
      const { device, href } = await withFile(fleet);
      const { headers } = await device.ask(href, { headers: { range: 'bytes=20-29,0-9' } });
      assert.match(headers['content-type'] ?? '', /^multipart\/byteranges; boundary=[0-9a-z]+$/);
    },
  }),
  differs('ddi.download.multipart-order', 'parts come in the order in which they were asked for', {
    why: 'SWUpdate’s delta reads them so; hawkBit sorts them',
    check: async (fleet) => {
      const { device, href } = await withFile(fleet);
      const { text } = await device.ask(href, { headers: { range: 'bytes=20-29,0-9' } });
      assert.ok(text.indexOf('bytes 20-29/1000') < text.indexOf('bytes 0-9/1000'));
    },
  }),
  row('ddi.download.many-ranges', 'a hundred and fifty ranges are given at once', async (fleet) => {
    const { device, href } = await withFile(fleet);
    const range = `bytes=${Array.from({ length: 150 }, (_, at) => `${6 * at}-${6 * at + 2}`).join(',')}`;
    const answer = await device.ask(href, { headers: { range } });
    assert.equal(answer.status, 206);
    assert.equal([...answer.text.matchAll(/Content-Range: /g)].length, 150);
  }),
  row('ddi.download.head', 'HEAD tells what GET would, and begins nothing', async (fleet) => {
    const { device, href, number } = await withFile(fleet);
    const answer = await device.ask(href, { method: 'HEAD' });
    assert.deepEqual([answer.status, answer.headers['content-length'], answer.text], [200, '1000', '']);
    assert.equal(await stateOf(fleet, number), 'offered');
  }),
  row('ddi.download.state', 'a download begins the action, and does not end it', async (fleet) => {
    const { device, href, number } = await withFile(fleet);
    await device.ask(href);
    assert.match(await stateOf(fleet, number), /^download(ing|ed)$/);
  }),
  differs('ddi.download.no-log', 'a download adds nothing to the reports', {
    why: 'hawkBit notes whole downloads; the attempt’s own times tell that here',
    check: async (fleet) => {
      const { device, href, number } = await withFile(fleet);
      await device.ask(href);
      for (let at = 0; at < 5; at += 1) await device.ask(href, { headers: { range: `bytes=${at}-${at}` } });
      const { items } = await fleet.api.call('assignments.reports', { params: { number } });
      assert.deepEqual(
        items.map(({ kind }) => kind),
        ['retrieved'],
      );
    },
  }),
  differs('ddi.download.canceling', 'a file is given while its action is being cancelled', {
    why: 'what was granted stays until the end: the body of a 404 would be installed by SWUpdate',
    check: async (fleet) => {
      const { device, href, number } = await withFile(fleet);
      await fleet.api.call('assignments.cancel', { params: { number } });
      assert.equal((await device.ask(href)).status, 200);
    },
  }),
  row('ddi.md5sum.body', 'the md5 of a file is a line of md5sum without its end', async (fleet) => {
    const { device, href } = await withFile(fleet);
    const { status, text, headers } = await device.ask(`${href}.MD5SUM`);
    assert.deepEqual([status, text], [200, `${createHash('md5').update(BYTES).digest('hex')}  rootfs.swu`]);
    assert.match(headers['content-type'] ?? '', /^text\/plain/);
    assert.match(headers['content-disposition'] ?? '', /^attachment;.*rootfs\.swu\.MD5SUM/);
    assert.equal(headers['content-length'], String(text.length));
  }),
  row('ddi.md5sum.absent', 'the md5 of a file that is not given out does not exist', async (fleet) => {
    const { device, href, module } = await withFile(fleet);
    assert.equal((await device.ask(`${module}/other.swu.MD5SUM`)).status, 404);
    const other = await fleet.device();
    assert.equal((await other.ask(`${href.slice(href.indexOf('softwaremodules'))}.MD5SUM`)).status, 404);
  }),
  row('ddi.artifacts.verb', 'files are read only', async (fleet) => {
    const { device, href } = await withFile(fleet);
    assert.equal((await device.ask(href, { method: 'DELETE' })).status, 405);
    assert.deepEqual(bodyOf(await device.ask(device.base))['config'], { polling: { sleep: '00:05:00' } });
  }),
  gap(
    'ddi.download.skip-access-check',
    'tenants may be let off the check of access',
    'on purpose: signed links are the way',
  ),
  gap(
    'ddi.download.gone',
    'bytes that are lost are answered 410',
    'on purpose: the connection is cut; a body would be installed',
  ),
];
