import assert from 'node:assert/strict';
import { ddiClient } from '../a-fleet.ts';
import type { TimedFleet } from '../contract/fleet-maker.ts';
import { offered, stateOf } from './ddi-kit.ts';
import { row, type Row } from './row.ts';

export const SIGNED_ENVIRONMENT = { UPDRAFT_DOWNLOAD_LINK_SECONDS: '600', UPDRAFT_DOWNLOAD_URL: 'https://cdn.example' };

/** What a cache asks the server for, of the link that a device was given. */
async function link(fleet: TimedFleet, rel = 'download-http') {
  const { device, href, number } = await offered(fleet);
  const { text } = await device.ask(href);
  const given = new RegExp(`"${rel}":\\{"href":"([^"]+)"`).exec(text)?.[1] ?? '';
  const cache = ddiClient(fleet.url, { name: '-' });
  return { device, number, given, cache, path: given.replace('https://cdn.example', '') };
}

/** Signed links to files: the answer to tenants that are let off the check of access. */
export const signedRows: readonly Row[] = [
  row('ddi.signed.link', 'signed links begin with the address of the cache, and name no device', async (fleet) => {
    const { given } = await link(fleet);
    const pattern =
      /^https:\/\/cdn\.example\/DEFAULT\/controller\/v1\/-\/softwaremodules\/\d+\/artifacts\/update\.swu\?until=\d+&signature=[0-9a-f]{64}$/;
    assert.match(given, pattern);
    assert.match((await link(fleet, 'md5sum-http')).given, /update\.swu\.MD5SUM\?until=\d+&signature=/);
  }),
  row('ddi.signed.download', 'who has the link gets the file, whole or in part, without a token', async (fleet) => {
    const { cache, path, number } = await link(fleet);
    const whole = await cache.ask(path);
    assert.deepEqual([whole.status, whole.bytes.length], [200, 1000]);
    assert.equal((await cache.ask(path, { headers: { range: 'bytes=10-19' } })).status, 206);
    assert.equal((await cache.ask(path, { method: 'HEAD' })).status, 200);
    assert.equal(await stateOf(fleet, number), 'offered', 'a cache begins nobody’s update');
    const sum = await link(fleet, 'md5sum-http');
    assert.match((await cache.ask(sum.path)).text, /^[0-9a-f]{32} {2}update\.swu$/);
  }),
  row('ddi.signed.changed', 'a link that was changed in any part opens nothing', async (fleet) => {
    const [{ cache, path }, other] = [await link(fleet), await link(fleet)];
    const module = /softwaremodules\/\d+/.exec(other.path)?.[0] ?? '';
    const changed = [
      path.replace(/softwaremodules\/\d+/, module),
      path.replace('update.swu', 'other.swu'),
      path.replace('update.swu', 'update.swu.MD5SUM'),
      path.replace(/until=(\d+)/, (_, until: string) => `until=${Number(until) + 1}`),
      path.replace(/signature=./, (start) => (start.endsWith('0') ? 'signature=1' : 'signature=0')),
      path.replace(/&signature=.*$/, ''),
      path.replace(/until=\d+&/, ''),
      path.replace('/DEFAULT/', '/nowhere/'),
    ];
    for (const to of changed) assert.equal((await cache.ask(to)).status, 401, to);
  }),
  row('ddi.signed.expired', 'a link holds for its time, and no longer than twice that', async (fleet) => {
    const { cache, path } = await link(fleet);
    fleet.pass(590);
    assert.equal((await cache.ask(path)).status, 200);
    fleet.pass(611);
    assert.equal((await cache.ask(path)).status, 401);
  }),
  row('ddi.signed.same', 'devices are given the same link, so that a cache holds one file', async (fleet) => {
    const [one, other] = [await fleet.device(), await fleet.device()];
    const release = await fleet.release();
    const hrefs: string[] = [];
    for (const device of [one, other]) {
      await fleet.assign(release, device);
      const { deploymentBase = '' } = await device.poll();
      hrefs.push(/"download-http":\{"href":"([^"]+)"/.exec((await device.ask(deploymentBase)).text)?.[1] ?? '');
    }
    assert.equal(hrefs[0], hrefs[1]);
  }),
  row('ddi.signed.token', 'a device that shows its token still gets its files without a signature', async (fleet) => {
    const { device, path } = await link(fleet);
    const own = path.replace('/-/', `/${device.name}/`).replace(/\?.*$/, '');
    assert.equal((await device.ask(own)).status, 200);
  }),
];
