import assert from 'node:assert/strict';
import test from 'node:test';
import { readBase, readDeployment, readStopId } from './ddi-answers.ts';

const base = (sleep: unknown, links: unknown = {}): string =>
  JSON.stringify({ config: { polling: { sleep } }, _links: links });

test('a base resource tells its interval and its links', () => {
  const links = { deploymentBase: { href: 'http://h/d/7?c=-1' }, configData: { href: 'http://h/c' } };
  assert.deepEqual(readBase(base('00:05:01', links)), {
    sleepSeconds: 301,
    deployment: 'http://h/d/7?c=-1',
    cancel: null,
    wantsAttributes: true,
  });
});

test('an interval that SWUpdate cannot read spoils the whole answer', () => {
  for (const sleep of ['24:00:00', '00:05', '5', 3, undefined]) assert.equal(readBase(base(sleep)), null, `${sleep}`);
  assert.equal(readBase('{"config":'), null);
});

test('an interval of zero means 45 seconds', () => {
  assert.equal(readBase(base('00:00:00'))?.sleepSeconds, 45);
});

const deployment = (artifact: object, id: unknown = '7'): string =>
  JSON.stringify({ id, deployment: { update: 'forced', chunks: [{ version: '2', artifacts: [artifact] }] } });
const artifact = {
  filename: 'a.swu',
  size: 1,
  hashes: { sha1: 'ab' },
  _links: { 'download-http': { href: 'http://h/a.swu' } },
};

test('an artifact needs its sha1, its size and a link, and `download` goes before `download-http`', () => {
  assert.equal(readDeployment(deployment(artifact))?.chunks[0]?.artifacts[0]?.href, 'http://h/a.swu');
  const both = { ...artifact, _links: { ...artifact._links, download: { href: 'https://h/a.swu' } } };
  assert.equal(readDeployment(deployment(both))?.chunks[0]?.artifacts[0]?.href, 'https://h/a.swu');
  for (const missing of [{ hashes: {} }, { size: undefined }, { _links: {} }])
    assert.equal(readDeployment(deployment({ ...artifact, ...missing })), null);
});

test('an action id is held as a 32-bit number', () => {
  assert.equal(readDeployment(deployment(artifact, '99999999999'))?.action, 2147483647);
  assert.equal(readDeployment(deployment(artifact, '0196-uuid'))?.action, 196);
  assert.equal(readDeployment(deployment(artifact, 7)), null);
});

test('a cancellation names what is to be stopped', () => {
  assert.equal(readStopId(JSON.stringify({ id: '8', cancelAction: { stopId: '7' } })), 7);
  assert.equal(readStopId('{}'), null);
});
