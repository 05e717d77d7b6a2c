import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aFleet, SWUPDATE_HEADERS, SWUPDATE_SAYS } from './a-fleet.ts';

type Deployment = {
  readonly id: string;
  readonly deployment: {
    readonly download: string;
    readonly update: string;
    readonly chunks: readonly {
      readonly part: string;
      readonly artifacts: readonly {
        readonly filename: string;
        readonly size: number;
        readonly _links: Readonly<Record<string, { readonly href: string }>>;
      }[];
    }[];
  };
};

test('SWUpdate’s whole way: offered, downloaded, installed, restarted, and only then succeeded', async (t) => {
  const fleet = await aFleet(t);
  const device = await fleet.device('gw-1');
  const release = await fleet.release('2.0');
  const { number } = await fleet.assign(release, device);

  const links = await device.poll();
  assert.match(
    links.deploymentBase ?? '',
    new RegExp(`/default/controller/v1/gw-1/deploymentBase/${number}\\?c=-?\\d+$`),
  );
  assert.equal((await fleet.assignment(number)).state, 'offered');

  const described = await device.ask(links.deploymentBase ?? '', { headers: SWUPDATE_HEADERS });
  const { id, deployment } = JSON.parse(described.text) as Deployment;
  assert.equal(id, String(number));
  assert.deepEqual([deployment.download, deployment.update], ['forced', 'forced']);
  const artifact = deployment.chunks[0]?.artifacts[0];
  const href = artifact?._links['download-http']?.href ?? '';
  assert.match(href, /\/DEFAULT\/controller\/v1\/gw-1\/softwaremodules\/\d+\/artifacts\/update\.swu$/);

  assert.equal((await device.report(number, SWUPDATE_SAYS.start)).status, 200);
  assert.equal((await device.ask(href, { method: 'HEAD' })).headers['content-length'], '1000');
  assert.equal((await device.ask(href)).bytes.length, 1000);
  assert.equal((await fleet.assignment(number)).state, 'downloaded');
  assert.equal((await device.report(number, SWUPDATE_SAYS.chunk)).status, 200);
  assert.equal((await device.report(number, SWUPDATE_SAYS.installed)).status, 200);
  assert.equal((await fleet.assignment(number)).state, 'verifying');
  assert.notEqual((await device.poll()).deploymentBase, undefined);

  assert.equal((await device.report(number, SWUPDATE_SAYS.success)).status, 200);
  const ended = await fleet.assignment(number);
  assert.equal(ended.state, 'succeeded');
  assert.deepEqual(ended.attempts[0]?.evidence, ['confirmed']);
  assert.equal((await device.poll()).deploymentBase, undefined);
  assert.equal((await fleet.api.call('devices.show', { params: { device: 'gw-1' } })).runningRelease?.id, release.id);
});
