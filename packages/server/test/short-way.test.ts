import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aFleet, type DdiAnswer, type DdiClient, type DdiRequest, SWUPDATE_HEADERS } from './a-fleet.ts';

/** A doubled slash is one, and leaves the short way. */
const longWayOf = (path: string) => `/${path}`;

function shown({ status, headers, text }: DdiAnswer) {
  const { date: _, ...others } = headers;
  return { status, headers: others, text };
}

async function answersAlike(device: DdiClient, path: string, request: DdiRequest): Promise<DdiAnswer> {
  const short = await device.ask(path, request);
  assert.deepEqual(shown(short), shown(await device.ask(longWayOf(path), request)), path);
  return short;
}

test('what is answered past the framework is answered as on the framework’s way', async (t) => {
  const fleet = await aFleet(t);
  const device = await fleet.device();
  await device.attributes({ serial: '1' });
  const { number } = await fleet.assign(await fleet.release(), device);
  await device.poll();
  const [description, headers] = [`${device.base}/deploymentBase/${number}`, SWUPDATE_HEADERS];
  const alike = async (path: string, request: DdiRequest, status: number) => {
    const answer = await answersAlike(device, path, request);
    assert.equal(answer.status, status, path);
    return answer;
  };

  for (const path of [device.base, description, `${description}?c=-1`]) {
    const { etag = '' } = (await alike(path, { headers }, 200)).headers;
    await alike(path, {}, 200);
    await alike(path, { headers: { accept: 'application/cbor' } }, 200);
    assert.equal((await alike(path, { headers: { ...headers, 'if-none-match': etag } }, 304)).text, '');
    await alike(path, { headers: { accept: 'text/html' } }, 406);
    await alike(path, { headers: { ...headers, authorization: 'TargetToken wrong' } }, 401);
    await alike(path, { method: 'DELETE', headers }, 405);
  }
  await alike(`${device.base}/deploymentBase/4711`, { headers }, 404);
  await alike(`${device.base}/deploymentBase/0`, { headers }, 404);
  await alike(`${device.base}-unknown`, { headers }, 401);

  const status = { execution: 'proceeding', result: { finished: 'none' }, details: ['x'] };
  const post = (body: string, more: object = {}) => ({ method: 'POST', headers: { ...headers, ...more }, body });
  await alike(`${description}/feedback`, post(JSON.stringify({ status })), 200);
  const inPieces = { ...status, details: ['x'.repeat(200_000)] };
  await alike(`${description}/feedback`, post(JSON.stringify({ status: inPieces })), 200);
  await alike(
    `${description}/feedback`,
    post(JSON.stringify({ status: { ...status, details: Array(51).fill('x') } })),
    429,
  );
  await alike(`${description}/feedback`, post('{"status":'), 400);
  await alike(`${description}/feedback`, post(''), 400);
  await alike(`${description}/feedback`, post('{}', { 'content-type': 'text/plain' }), 415);
  await alike(`${description}/feedback`, post('x'.repeat(300_000)), 413);
  await alike(`${description}/feedback`, post('{}', { authorization: 'TargetToken wrong' }), 401);
  await alike(`${device.base}/deploymentBase/4711/feedback`, post(JSON.stringify({ status })), 404);
  const failed = { ...status, execution: 'closed', result: { finished: 'failure' } };
  await device.ask(`${description}/feedback`, post(JSON.stringify({ status: failed })));
  await alike(`${description}/feedback`, post(JSON.stringify({ status })), 410);
});
