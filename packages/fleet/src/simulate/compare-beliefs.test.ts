import assert from 'node:assert/strict';
import test from 'node:test';
import type { ApiClient } from '@updraft/protocols';
import { newBelief, type AttemptBelief } from '../beliefs.ts';
import { compareBeliefs, type Disagreement } from './compare-beliefs.ts';

type Attempt = { readonly state: string; readonly reason?: string; readonly evidence?: readonly string[] };

/** One device that believes so of attempt 7, and a server that says so. */
async function compared(
  belief: AttemptBelief | null,
  attempt: Attempt | null,
  { runs = '1', shows = '1' }: { readonly runs?: string; readonly shows?: string } = {},
): Promise<readonly Disagreement[]> {
  const device = newBelief('1');
  device.shownVersion = '1';
  if (belief !== null) device.attempts.set(7, belief);
  const made =
    attempt === null ? [] : [{ number: 7, reason: null, evidence: ['confirmed'], endedAt: '2026', ...attempt }];
  const api = serverThatSays({
    'assignments.list': [{ device: 'gw', attempts: made }],
    'devices.list': [{ name: 'gw', attributes: { version: shows }, runningRelease: { version: runs } }],
  });
  return compareBeliefs(new Map([['gw', { belief: device, versionAttribute: 'version' }]]), api);
}

function serverThatSays(lists: Readonly<Record<string, readonly unknown[]>>): ApiClient {
  const call = (name: string): Promise<unknown> => Promise.resolve({ items: lists[name] ?? [], next: null });
  return { baseUrl: '', call, open: () => Promise.reject(new Error('not here')) } as unknown as ApiClient;
}

for (const [belief, attempt] of [
  ['finished', { state: 'succeeded' }],
  ['finished', { state: 'failed', reason: 'booted-old-version' }],
  ['failed', { state: 'rolled-back' }],
  ['begun', { state: 'timed-out', reason: 'silence-limit' }],
  ['told', { state: 'succeeded' }],
  ['told', { state: 'verifying' }],
  ['gone', null],
  ['seen', { state: 'canceled' }],
  [null, { state: 'offered' }],
] as const)
  test(`${belief ?? 'nothing'} admits ${attempt === null ? 'no attempt' : attempt.state}`, async () => {
    assert.deepEqual(await compared(belief, attempt), []);
  });

for (const [belief, attempt] of [
  ['finished', { state: 'failed', reason: 'silence-limit' }],
  ['finished', { state: 'timed-out' }],
  ['finished', null],
  ['failed', { state: 'succeeded' }],
  ['begun', { state: 'succeeded' }],
  ['begun', { state: 'offered' }],
  ['seen', { state: 'failed', reason: 'no space' }],
  ['canceled', { state: 'succeeded' }],
  [null, { state: 'downloading' }],
] as const)
  test(`${belief ?? 'nothing'} and ${attempt === null ? 'no attempt' : attempt.state} disagree`, async () => {
    const [disagreement, ...more] = await compared(belief, attempt);
    assert.deepEqual([disagreement?.device, disagreement?.about, more], ['gw', 'attempt 7', []]);
  });

test('a release that runs by proof must run on the device', async () => {
  const [disagreement] = await compared('finished', { state: 'succeeded' }, { runs: '2' });
  assert.equal(disagreement?.about, 'running release');
});

test('a release that runs by a device’s early word only need not', async () => {
  assert.deepEqual(await compared('finished', { state: 'succeeded', evidence: ['reported'] }, { runs: '2' }), []);
});

test('the version that a device showed last must be kept', async () => {
  const [disagreement] = await compared(null, null, { shows: '0' });
  assert.equal(disagreement?.about, 'version');
});
