import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { test, type TestContext } from 'node:test';
import { aFleet, SWUPDATE_HEADERS, SWUPDATE_SAYS, type DdiClient, type TestFleet } from './a-fleet.ts';

/** What SWUpdate 2022.12 and later were measured to need of a DDI server; one test each, on one server. */
test('what SWUpdate needs of the DDI door', async (t) => {
  const fleet = await aFleet(t);
  for (const [name, check] of Object.entries(REQUIREMENTS)) await t.test(name, (inner) => check(fleet, inner));
});

type Check = (fleet: TestFleet, t: TestContext) => Promise<void>;

/** A device with a release of its own that is assigned to it and has been offered. */
async function offered(fleet: TestFleet, files?: readonly { filename: string; bytes: Buffer }[]) {
  const device = await fleet.device();
  const release = await fleet.release('1.0', files === undefined ? {} : { files });
  const { number } = await fleet.assign(release, device);
  const links = await device.poll();
  return { device, release, number, deployment: links.deploymentBase ?? '' };
}

async function hrefOf(device: DdiClient, deployment: string, at = 0): Promise<string> {
  const { text } = await device.ask(deployment);
  const hrefs = [...text.matchAll(/"download-http":\{"href":"([^"]+)"/g)].map(([, href]) => href ?? '');
  return hrefs[at] ?? '';
}

const REQUIREMENTS: Readonly<Record<string, Check>> = {
  '1: configData, feedback and cancel feedback are answered exactly 200, without a body': async (fleet) => {
    const { device, number } = await offered(fleet);
    const answers = [await device.attributes({ serial: '1' }), await device.report(number, SWUPDATE_SAYS.start)];
    await fleet.api.call('assignments.cancel', { params: { number } });
    answers.push(await device.report(number, { about: 'cancelAction', details: ['cancellation acknowledged.'] }));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
    assert.deepEqual(
      answers.map(({ headers }) => headers['content-length']),
      ['0', '0', '0'],
    );
  },
  '2: the configData link goes with the first accepted PUT, and comes again after a success and on request': async (
    fleet,
  ) => {
    const { device, number } = await offered(fleet);
    assert.ok((await device.poll()).configData);
    assert.equal(
      (await device.ask('configData', { method: 'PUT', headers: JSON_TYPE, body: '{"data":{}}' })).status,
      400,
    );
    assert.ok((await device.poll()).configData, 'a refused PUT withdraws nothing');
    assert.equal((await device.attributes({ serial: '1' })).status, 200);
    assert.equal((await device.poll()).configData, undefined);
    await device.report(number, SWUPDATE_SAYS.start);
    await device.report(number, { details: ['done'] });
    assert.ok((await device.poll()).configData);
    await device.attributes({ serial: '1' });
    assert.equal((await device.poll()).configData, undefined);
    await fleet.api.call('devices.request-attributes', { params: { device: device.name } });
    assert.ok((await device.poll()).configData);
  },
  '3: update is never skip: what may not be installed is not offered at all': async (fleet) => {
    const { device, deployment, number } = await offered(fleet);
    assert.doesNotMatch((await device.ask(deployment)).text, /skip|attempt/);
    assert.equal((await device.report(number, { ...SWUPDATE_SAYS.success, details: ['Skipped Update.'] })).status, 200);
    assert.notEqual((await fleet.assignment(number)).state, 'succeeded');
  },
  '4: an artifact is served until its attempt is closed, also while it is being cancelled': async (fleet) => {
    const { device, deployment, number } = await offered(fleet);
    const href = await hrefOf(device, deployment);
    await device.report(number, SWUPDATE_SAYS.start);
    await fleet.api.call('assignments.cancel', { params: { number } });
    assert.equal((await device.ask(href)).status, 200);
    assert.equal((await fleet.assignment(number)).state, 'canceling');
    await device.report(number, { about: 'cancelAction' });
    assert.equal((await device.ask(href)).status, 404);
  },
  '4: an artifact is served after its offer was withdrawn, and its first byte begins the attempt again': async (
    fleet,
  ) => {
    const device = await fleet.device();
    const release = await fleet.release();
    const body = { name: device.name, release: release.id, filter: `name==${device.name}`, start: true };
    const rollout = await fleet.api.call('rollouts.create', { body });
    const { deploymentBase = '' } = await device.poll();
    const href = await hrefOf(device, deploymentBase);
    await fleet.api.call('rollouts.pause', { params: { id: rollout.id } });
    assert.equal((await device.poll()).deploymentBase, undefined);
    assert.equal((await device.ask(href)).status, 200);
    assert.ok((await device.poll()).deploymentBase, 'what has begun keeps its offer');
  },
  '5: a download resumes by Range without If-Range, and ends complete': async (fleet) => {
    const bytes = randomBytes(500_000);
    const { device, deployment, number } = await offered(fleet, [{ filename: 'update.swu', bytes }]);
    const href = await hrefOf(device, deployment);
    const head = await device.ask(href, { headers: { range: 'bytes=0-299999' } });
    const rest = await device.ask(href, { headers: { range: 'bytes=300000-' } });
    assert.deepEqual([head.status, rest.status], [206, 206]);
    assert.equal(rest.headers['content-range'], 'bytes 300000-499999/500000');
    assert.ok(Buffer.concat([head.bytes, rest.bytes]).equals(bytes));
    await settledState(fleet, number, 'downloaded');
  },
  '5: If-Range with the artifact’s ETag is honoured, another gives the whole': async (fleet) => {
    const { device, deployment } = await offered(fleet);
    const href = await hrefOf(device, deployment);
    const { etag = '' } = (await device.ask(href, { method: 'HEAD' })).headers;
    assert.match(etag, /^"[0-9a-f]{40}"$/);
    const range = 'bytes=10-';
    assert.equal((await device.ask(href, { headers: { range, 'if-range': etag } })).status, 206);
    assert.equal((await device.ask(href, { headers: { range, 'if-range': '"other"' } })).status, 200);
  },
  '6: action ids are decimals that fit in an int32': async (fleet) => {
    const { device, number, deployment } = await offered(fleet);
    assert.ok(Number.isInteger(number) && number >= 1 && number <= 2 ** 31 - 1);
    assert.equal((JSON.parse((await device.ask(deployment)).text) as { id: unknown }).id, String(number));
    for (const action of ['2147483648', '0', '-1', '1e3', 'a', '99999999999'])
      assert.equal((await device.ask(`deploymentBase/${action}`)).status, 404, action);
  },
  '7: links are absolute, under the host that the device asked': async (fleet) => {
    const { device } = await offered(fleet);
    const { text } = await device.ask(device.base, { headers: { host: 'updates.example:8443' } });
    const hrefs = [...text.matchAll(/"href":"([^"]+)"/g)].map(([, href]) => href);
    assert.equal(hrefs.length, 2);
    for (const href of hrefs) assert.match(href ?? '', /^http:\/\/updates\.example:8443\/default\/controller\/v1\//);
  },
  '7: X-Forwarded-Host of a proxy that nobody named is not believed': async (fleet) => {
    const { device } = await offered(fleet);
    const { text } = await device.ask(device.base, { headers: { 'x-forwarded-host': 'evil.example' } });
    assert.doesNotMatch(text, /evil/);
  },
  '8: sleep is HH:MM:SS below 24 hours': async (fleet) => {
    const { device } = await offered(fleet);
    for (const pollInterval of ['23:59:59', '00:00:01', '00:05:00']) {
      await fleet.api.call('settings.change', { body: { pollInterval } });
      const { config } = JSON.parse((await device.ask(device.base)).text) as { config: { polling: { sleep: string } } };
      assert.equal(config.polling.sleep, pollInterval);
    }
  },
  '9: a file beside the .swu is kept from SWUpdate, and shown to others': async (fleet) => {
    const files = ['update.swu', 'README', 'base.zck'].map((filename) => ({ filename, bytes: randomBytes(10) }));
    const { device, deployment } = await offered(fleet, files);
    const namesFor = async (headers: Readonly<Record<string, string>>) =>
      [...(await device.ask(deployment, { headers })).text.matchAll(/"filename":"([^"]+)"/g)].map(([, name]) => name);
    assert.deepEqual(await namesFor(SWUPDATE_HEADERS), ['update.swu', 'base.zck']);
    assert.deepEqual(await namesFor({ 'user-agent': 'rauc-hawkbit-c-agent/1.0' }), [
      'update.swu',
      'README',
      'base.zck',
    ]);
  },
  '10: a raw line end inside a string is repaired, what is still broken is hawkBit’s 400': async (fleet) => {
    const { device, number } = await offered(fleet);
    const post = (body: string) =>
      device.ask(`deploymentBase/${number}/feedback`, { method: 'POST', headers: SWUPDATE_HEADERS, body });
    const broken = `{ "id": ${number}, "time": "20261121T014406", "status": { "result": { "finished": "none" }, "execution": "proceeding", "details" : [ "Got malformed JSON: ... in JSON.\n" ] } }`;
    assert.equal((await post(broken)).status, 200);
    const [report] = (await reportsOf(fleet, number)).slice(-1);
    assert.deepEqual(report?.details, ['Got malformed JSON: ... in JSON. ']);
    const refused = await post('{ "status": { "execution": "proceeding" ');
    assert.equal(refused.status, 400);
    const { errorCode } = JSON.parse(refused.text) as { errorCode: unknown };
    assert.equal(errorCode, 'hawkbit.server.error.rest.body.notReadable');
    const attributes = '{ "data": { "serial": "a\tb" } }';
    assert.equal((await device.ask('configData', { method: 'PUT', headers: JSON_TYPE, body: attributes })).status, 200);
  },
  '11: odd progress and time are taken, and 98 KiB of details': async (fleet) => {
    const { device, number } = await offered(fleet);
    for (const progress of [
      { cnt: 1, of: 0 },
      { cnt: 0, of: 0 },
      { cnt: 7, of: -1 },
    ])
      assert.equal((await device.report(number, { ...SWUPDATE_SAYS.log, progress })).status, 200);
    const details = Array.from({ length: 48 }, () => 'x'.repeat(2047));
    assert.equal((await device.report(number, { ...SWUPDATE_SAYS.log, details })).status, 200);
    const [report] = (await reportsOf(fleet, number)).slice(-1);
    assert.equal(report?.details.length, 48);
    assert.equal(report.details[0]?.length, 2047);
    assert.equal(report.deviceAt, '20261121T014406');
    const id =
      '{ "id": "", "time": 5, "status": { "result": { "finished": "none", "progress": null }, "execution": "proceeding", "details": "one" } }';
    const odd = await device.ask(`deploymentBase/${number}/feedback`, {
      method: 'POST',
      headers: SWUPDATE_HEADERS,
      body: id,
    });
    assert.equal(odd.status, 200);
  },
  '12: the body’s id need not be that of the path when a cancel is acknowledged': async (fleet) => {
    const { device, number } = await offered(fleet);
    await fleet.api.call('assignments.cancel', { params: { number } });
    const { cancelAction = '' } = await device.poll();
    assert.match(cancelAction, new RegExp(`/cancelAction/${number}$`), 'without a query: clients append to it');
    const stop = JSON.parse((await device.ask(cancelAction)).text) as unknown;
    assert.deepEqual(stop, { id: String(number), cancelAction: { stopId: String(number) } });
    const body =
      '{ "id": 4711, "status": { "result": { "finished": "success" }, "execution": "closed", "details": ["cancellation acknowledged."] } }';
    const answer = await device.ask(`${cancelAction}/feedback`, { method: 'POST', headers: SWUPDATE_HEADERS, body });
    assert.equal(answer.status, 200);
    assert.equal((await fleet.assignment(number)).state, 'canceled');
    assert.equal((await device.poll()).cancelAction, undefined);
  },
  '13: a stale success is answered 200, kept, and credited to nothing': async (fleet) => {
    const { device, number, deployment } = await offered(fleet);
    await device.ask(deployment, { headers: SWUPDATE_HEADERS });
    assert.equal((await device.report(number, SWUPDATE_SAYS.success)).status, 200);
    assert.equal((await fleet.assignment(number)).state, 'offered');
    assert.deepEqual(
      (await reportsOf(fleet, number)).map(({ kind }) => kind),
      ['retrieved', 'stale'],
    );
    assert.ok((await device.poll()).deploymentBase, 'the update is still to be installed');
  },
  '13: a stale failure is credited to nothing, and the attempt takes its true way afterwards': async (fleet) => {
    const { device, number } = await offered(fleet);
    assert.equal((await device.report(number, SWUPDATE_SAYS.bootFailed)).status, 200);
    assert.equal((await fleet.assignment(number)).state, 'offered');
    for (const said of [SWUPDATE_SAYS.start, SWUPDATE_SAYS.installed, SWUPDATE_SAYS.success])
      await device.report(number, said);
    assert.equal((await fleet.assignment(number)).state, 'succeeded');
  },
  '13: an ordinary script that fetches deploymentBase and posts closed/success succeeds': async (fleet) => {
    const { device, number, deployment } = await offered(fleet);
    await device.ask(deployment);
    assert.equal((await device.report(number, { details: ['done'] })).status, 200);
    const { state, attempts } = await fleet.assignment(number);
    assert.equal(state, 'succeeded');
    assert.deepEqual(attempts[0]?.evidence, ['reported'], 'its early word is never shown as confirmed');
  },
  '13: an artifact’s byte makes a result count': async (fleet) => {
    const { device, number, deployment } = await offered(fleet);
    await device.ask(await hrefOf(device, deployment), { headers: { range: 'bytes=0-0' } });
    await device.report(number, SWUPDATE_SAYS.bootFailed);
    assert.equal((await fleet.assignment(number)).state, 'failed');
  },
  '14: a restart without a new slot installs the same action again': async (fleet) => {
    const { device, number, deployment } = await offered(fleet);
    const href = await hrefOf(device, deployment);
    for (const said of [SWUPDATE_SAYS.start, SWUPDATE_SAYS.installed, SWUPDATE_SAYS.pending, SWUPDATE_SAYS.start])
      assert.equal((await device.report(number, said)).status, 200);
    assert.equal((await device.ask(href)).status, 200);
    assert.equal((await fleet.assignment(number)).state, 'verifying');
    assert.ok((await device.poll()).deploymentBase);
  },
  '14: a restart’s "testing pending" is no sign of an install that never began': async (fleet) => {
    const { device, number } = await offered(fleet);
    assert.equal((await device.report(number, SWUPDATE_SAYS.pending)).status, 200);
    assert.equal((await fleet.assignment(number)).state, 'offered');
  },
  '15: sha1 is there in lower case, beside md5, sha256 and a whole size': async (fleet) => {
    const { device, deployment } = await offered(fleet);
    const { text } = await device.ask(deployment);
    assert.match(text, /"hashes":\{"sha1":"[0-9a-f]{40}","md5":"[0-9a-f]{32}","sha256":"[0-9a-f]{64}"\},"size":1000,/);
  },
  '16: Expect: 100-continue is answered before the body is sent': async (fleet) => {
    const { device } = await offered(fleet);
    const { token } = await fleet.api.call('devices.renew-token', { params: { device: device.name } });
    const status = await putWithExpect(`${fleet.url}${device.base}/configData`, `TargetToken ${token}`);
    assert.equal(status, 200);
  },
  '17: a doubled slash is one': async (fleet) => {
    const { device, number } = await offered(fleet);
    assert.equal((await device.ask(`/${device.base}`)).status, 200);
    const answer = await device.ask(`/${device.base}//deploymentBase/${number}`);
    assert.equal(answer.status, 200);
  },
  '18: a GET with a JSON content type and no body is a GET': async (fleet) => {
    const { device, deployment } = await offered(fleet);
    const answer = await device.ask(device.base, { headers: SWUPDATE_HEADERS });
    assert.equal(answer.status, 200);
    assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
    assert.equal(answer.headers['content-encoding'], undefined);
    const href = await hrefOf(device, deployment);
    const headers = { ...SWUPDATE_HEADERS, accept: 'application/octet-stream' };
    assert.equal((await device.ask(href, { headers })).headers['content-type'], 'application/octet-stream');
  },
  '19: HEAD of an artifact tells its length, and begins nothing': async (fleet) => {
    const { device, deployment, number } = await offered(fleet);
    const answer = await device.ask(await hrefOf(device, deployment), { method: 'HEAD' });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-length'], '1000');
    assert.equal((await fleet.assignment(number)).state, 'offered');
  },
  '20: no answer asks to come back later': async (fleet) => {
    const { device, deployment } = await offered(fleet);
    for (const path of [device.base, deployment])
      assert.equal((await device.ask(path)).headers['retry-after'], undefined);
  },
};

const JSON_TYPE = { 'content-type': 'application/json' };

async function reportsOf(fleet: TestFleet, number: number) {
  return (await fleet.api.call('assignments.reports', { params: { number } })).items;
}

/** The last byte's note is written when the network has taken it, which may be after the client has it. */
async function settledState(fleet: TestFleet, number: number, state: string) {
  for (let look = 0; look < 100 && (await fleet.assignment(number)).state !== state; look += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal((await fleet.assignment(number)).state, state);
}

/** Sends the body only when the server has said "continue"; tells the status. */
function putWithExpect(url: string, authorization: string): Promise<number> {
  const body = '{ "id": "", "data" : {  "serialNo": "SN-0001","hwRevision": "1.0" } }';
  const headers = { ...SWUPDATE_HEADERS, authorization, expect: '100-continue', 'content-length': body.length };
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = http.request(url, { method: 'PUT', headers });
  request.on('continue', () => request.end(body));
  request.on('response', (response) => resolve(response.resume().statusCode ?? 0));
  request.on('error', reject);
  request.flushHeaders();
  return promise;
}
