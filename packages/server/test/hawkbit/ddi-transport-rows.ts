import assert from 'node:assert/strict';
import net from 'node:net';
import { decodeCbor, encodeCbor } from '@updraft/protocols';
import type { DdiClient } from '../a-fleet.ts';
import { bodyOf, errorCodeOf, feedback, JSON_TYPE, offered, send } from './ddi-kit.ts';
import { differs, gap, row, type Row } from './row.ts';

/** Addresses of each JSON answer. */
const jsonPaths = (device: DdiClient, number: number) => [device.base, `deploymentBase/${number}`, 'confirmationBase'];

function accepting(device: DdiClient, path: string, accept: string) {
  return device.ask(path, { headers: { accept } });
}

/** Media types, verbs, caching, errors: §1 and §3 of the reference. */
export const transportRows: readonly Row[] = [
  row('ddi.accept.none', 'without an Accept, or with any, an answer is HAL', async (fleet) => {
    const { device, number } = await offered(fleet);
    for (const path of jsonPaths(device, number)) {
      assert.match((await device.ask(path)).headers['content-type'] ?? '', /^application\/hal\+json/);
      assert.match((await accepting(device, path, '*/*')).headers['content-type'] ?? '', /^application\/hal\+json/);
    }
  }),
  row('ddi.accept.json', 'an Accept of JSON, with or without a charset, is answered with JSON', async (fleet) => {
    const { device, number } = await offered(fleet);
    for (const path of jsonPaths(device, number))
      for (const accept of ['application/json', 'application/json;charset=UTF-8']) {
        const answer = await accepting(device, path, accept);
        assert.equal(answer.status, 200);
        assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
      }
  }),
  row('ddi.accept.unknown', 'an Accept of nothing that there is is answered 406', async (fleet) => {
    const { device, number } = await offered(fleet);
    for (const path of jsonPaths(device, number)) {
      const answer = await accepting(device, path, 'text/html');
      assert.deepEqual([answer.status, answer.text], [406, ''], path);
    }
  }),
  row('ddi.content.hal', 'a body of HAL, of a form or of no type is refused with 415', async (fleet) => {
    const { device, number } = await offered(fleet);
    for (const type of ['application/hal+json', 'application/x-www-form-urlencoded', 'text/plain']) {
      const put = { method: 'PUT', headers: { 'content-type': type }, body: '{"data":{"a":"b"}}' };
      assert.equal((await device.ask('configData', put)).status, 415, type);
      const post = { method: 'POST', headers: { 'content-type': type }, body: '{}' };
      assert.equal((await device.ask(`deploymentBase/${number}/feedback`, post)).status, 415, type);
    }
  }),
  row('ddi.content.charset', 'a body of JSON with a charset is read', async (fleet) => {
    const device = await fleet.device();
    const headers = { 'content-type': 'application/json;charset=UTF-8' };
    assert.equal((await device.ask('configData', { method: 'PUT', headers, body: '{"data":{"a":"b"}}' })).status, 200);
  }),
  row('ddi.verb.wrong', 'a wrong verb is answered 405, with those that are right', async (fleet) => {
    const { device, number } = await offered(fleet);
    const wrong = [
      ['POST', device.base, 'GET, HEAD'],
      ['GET', 'configData', 'PUT'],
      ['PUT', `deploymentBase/${number}`, 'GET, HEAD'],
      ['GET', `deploymentBase/${number}/feedback`, 'POST'],
      ['DELETE', `cancelAction/${number}`, 'GET, HEAD'],
      ['PUT', `cancelAction/${number}/feedback`, 'POST'],
      ['POST', 'softwaremodules/1/artifacts', 'GET, HEAD'],
      ['POST', `installedBase/${number}`, 'GET, HEAD'],
      ['GET', 'installedBase', 'PUT'],
      ['PUT', 'confirmationBase', 'GET, HEAD'],
      ['GET', 'confirmationBase/1/feedback', 'POST'],
      ['GET', 'confirmationBase/activateAutoConfirm/x', null],
    ] as const;
    for (const [method, path, allow] of wrong) {
      const answer = await device.ask(path, { method });
      if (allow === null) assert.equal(answer.status, 404, path);
      else assert.deepEqual([answer.status, answer.headers.allow], [405, allow], `${method} ${path}`);
    }
  }),
  row('ddi.etag.json', 'every JSON answer carries a strong ETag and its length', async (fleet) => {
    const { device, number } = await offered(fleet);
    for (const path of jsonPaths(device, number)) {
      const answer = await device.ask(path);
      assert.match(answer.headers.etag ?? '', /^"[0-9a-f]{32,}"$/, path);
      assert.equal(answer.headers['content-length'], String(answer.bytes.length), path);
      assert.equal(answer.headers['transfer-encoding'], undefined, path);
    }
  }),
  row('ddi.etag.match', 'who has an answer already is told so, without a body', async (fleet) => {
    const { device, number } = await offered(fleet);
    for (const path of jsonPaths(device, number)) {
      const { etag = '' } = (await device.ask(path)).headers;
      const again = await device.ask(path, { headers: { 'if-none-match': `"other", ${etag}` } });
      assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', etag], path);
    }
  }),
  row('ddi.etag.changed', 'who has an older answer gets the new one', async (fleet) => {
    const { device, number } = await offered(fleet);
    const { etag = '' } = (await device.ask(device.base)).headers;
    await fleet.api.call('assignments.cancel', { params: { number } });
    const again = await device.ask(device.base, { headers: { 'if-none-match': etag } });
    assert.equal(again.status, 200);
    assert.match(again.text, /cancelAction/);
  }),
  row('ddi.cache-control', 'no cache between keeps an answer', async (fleet) => {
    const { device, number } = await offered(fleet);
    for (const path of jsonPaths(device, number))
      assert.match((await device.ask(path)).headers['cache-control'] ?? '', /no-store/, path);
  }),
  differs('ddi.security-headers', 'answers carry no headers for browsers', {
    why: 'no page is ever behind these addresses; every byte of a poll is paid a million times',
    check: async (fleet) => {
      const device = await fleet.device();
      assert.equal((await device.ask(device.base)).headers['x-frame-options'], undefined);
    },
  }),
  row('ddi.error.body', 'an error tells hawkBit’s class, code and message', async (fleet) => {
    const device = await fleet.device();
    const answer = await device.ask('deploymentBase/123456789');
    assert.equal(answer.status, 404);
    assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
    const body = JSON.parse(answer.text) as Record<string, unknown>;
    assert.deepEqual(Object.keys(body), ['exceptionClass', 'errorCode', 'message']);
    assert.equal(body['errorCode'], 'hawkbit.server.error.repo.entityNotFound');
    assert.match(String(body['exceptionClass']), /\.EntityNotFoundException$/);
  }),
  row('ddi.error.unreadable', 'what cannot be read is refused with hawkBit’s code', async (fleet) => {
    const { device, number } = await offered(fleet);
    const path = `deploymentBase/${number}/feedback`;
    const bad = [
      '{',
      '[]',
      '{}',
      { status: {} },
      { status: { execution: 'closed' } },
      { status: { execution: 'closed', result: {} } },
      { status: { result: { finished: 'success' } } },
      feedback('CLOSED', 'success'),
      feedback('closed', 'done'),
    ];
    for (const body of bad) {
      const answer = await send(device, path, body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.equal(errorCodeOf(answer), 'hawkbit.server.error.rest.body.notReadable');
    }
  }),
  row('ddi.request.unknown-properties', 'properties that nobody knows are ignored everywhere', async (fleet) => {
    const { device, number } = await offered(fleet);
    const body = { id: 'x', time: 5, odd: [], ...feedback('proceeding', 'none', { more: { a: 1 } }) };
    assert.equal((await send(device, `deploymentBase/${number}/feedback`, body)).status, 200);
    assert.equal((await send(device, 'configData', { odd: 1, data: { a: 'b' } }, 'PUT')).status, 200);
  }),
  row('ddi.request.one-detail', 'one string where a list is expected is a list of one', async (fleet) => {
    const { device, number } = await offered(fleet);
    await send(device, `deploymentBase/${number}/feedback`, feedback('proceeding', 'none', { details: 'one' }));
    const { actionHistory } = bodyOf(await device.ask(`deploymentBase/${number}?actionHistory=1`));
    assert.deepEqual(actionHistory, { status: 'RETRIEVED', messages: ['one'] });
  }),
  row('ddi.success.empty', 'every accepted report is 200 with an empty body', async (fleet) => {
    const { device, number } = await offered(fleet);
    const answer = await send(device, `deploymentBase/${number}/feedback`, feedback('proceeding', 'none'));
    assert.deepEqual([answer.status, answer.text, answer.headers['content-length']], [200, '', '0']);
  }),
  row('ddi.request.get-body-type', 'a GET that names a body’s type is a GET', async (fleet) => {
    const device = await fleet.device();
    assert.equal((await device.ask(device.base, { headers: JSON_TYPE })).status, 200);
  }),
  row('ddi.http-1.0', 'a client of HTTP/1.0 that names no host gets links that lead here', async (fleet) => {
    const { name } = await fleet.device();
    const { token } = await fleet.api.call('devices.renew-token', { params: { device: name } });
    const asked = `GET /DEFAULT/controller/v1/${name} HTTP/1.0\r\nAuthorization: TargetToken ${token}\r\n\r\n`;
    const said = await saidTo(new URL(fleet.url), asked);
    assert.match(said, /^HTTP\/1\.1 200 /);
    assert.ok(said.includes(`{"href":"${fleet.url}/DEFAULT/controller/v1/${name}/configData"}`), said);
  }),
  row('ddi.trailing-slash', 'a slash at the end is as good as none', async (fleet) => {
    const device = await fleet.device();
    assert.equal((await device.ask(`${device.base}/`)).status, 200);
  }),
  gap('ddi.cors', 'CORS can be switched on', 'on purpose: no page of another site has business with devices'),
  row('ddi.content.cbor', 'a body of CBOR is read', async (fleet) => {
    const { device, number } = await offered(fleet);
    const ask = (method: string, path: string, value: object) =>
      device.ask(path, {
        method,
        headers: { 'content-type': 'application/cbor' },
        body: Buffer.from(encodeCbor(value)),
      });
    assert.equal((await ask('PUT', 'configData', { mode: 'replace', data: { a: 'b' } })).status, 200);
    const shown = await fleet.api.call('devices.show', { params: { device: device.name } });
    assert.deepEqual(shown.attributes, { a: 'b' });
    const report = feedback('proceeding', 'none', { details: ['by CBOR'] });
    assert.equal((await ask('POST', `deploymentBase/${number}/feedback`, report)).status, 200);
    assert.match((await device.ask(`deploymentBase/${number}?actionHistory=1`)).text, /by CBOR/);
    const put = { method: 'PUT', headers: { 'content-type': 'application/cbor' }, body: '{"data":{"a":"b"}}' };
    assert.equal((await device.ask('configData', put)).status, 400);
  }),
  row(
    'ddi.accept.cbor',
    'an Accept of CBOR is answered with the same in CBOR, under an ETag of its own',
    async (fleet) => {
      const { device, number } = await offered(fleet);
      for (const path of jsonPaths(device, number)) {
        const json = await device.ask(path);
        const cbor = await accepting(device, path, 'application/cbor');
        assert.equal(cbor.headers['content-type'], 'application/cbor');
        assert.deepEqual(decodeCbor(cbor.bytes), { value: JSON.parse(json.text) });
        assert.notEqual(cbor.headers.etag, json.headers.etag);
        const headers = { accept: 'application/cbor', 'if-none-match': cbor.headers.etag ?? '' };
        assert.equal((await device.ask(path, { headers })).status, 304);
      }
    },
  ),
];

/** All that is answered until the server ends the connection. */
async function saidTo({ hostname, port }: URL, text: string): Promise<string> {
  const socket = net.connect(Number(port), hostname);
  socket.write(text);
  return (await socket.setEncoding('utf8').toArray()).join('');
}
