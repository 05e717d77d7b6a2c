import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { apiClient, type ApiClient } from '@updraft/protocols';
import { startServerProcess, temporaryFolder } from '../src/index.ts';
import { parseScenario } from '../src/simulate/read-scenario.ts';
import { simulate, type SimulationResult } from '../src/simulate/simulate.ts';

const WITHIN_MS = 240_000;
const VERSION = '2.0';
/** Simulated seconds; in real ones a tenth of them. */
const SCENARIO = `
seed: 3
devices: 60
speed: 10
types: [{ name: board-a, share: 0.6, version: '1.0' }, { name: board-b, share: 0.4, version: '1.0', versionAttribute: null }]
zones: [{ zone: Europe/Rome, share: 0.5 }, { zone: Asia/Tokyo, share: 0.5 }]
links: [{ bytesPerSecond: 100000, share: 1 }]
polls: [{ seconds: 5, share: 1 }]
failures:
  - { kind: liar, share: 0.15 }
  - { kind: closes-unread, share: 0.1 }
  - { kind: restored, share: 0.1, afterSeconds: 20 }
  - { kind: boot-loop, share: 0.1 }
  - { kind: install-fails, share: 0.1 }
  - { kind: flaky-link, share: 0.1, cuts: 2 }
  - { kind: clock-wrong, share: 0.1, aheadSeconds: -1000000 }
installSeconds: [2, 5]
rebootSeconds: [2, 5]
`;

test('a fleet with all kinds of failures and its server believe the same when a rollout is over', async () => {
  const { result, said } = await play();
  assert.deepEqual(result.disagreements, []);
  const kinds = [...result.beliefs.values()].flatMap(({ belief }) => [...belief.attempts.values()]);
  assert.deepEqual(new Set(kinds), new Set(['finished', 'failed']));
  assert.ok([...result.beliefs.values()].some(({ belief }) => belief.isRestored && belief.version === '1.0'));
  assert.ok(said.some((line) => line.includes('60 of 60 devices joined')));
  const versions = Map.groupBy(result.beliefs.values(), ({ belief }) => belief.version);
  assert.ok((versions.get(VERSION)?.length ?? 0) > 20 && (versions.get('1.0')?.length ?? 0) > 10);
});

async function play(): Promise<{ result: SimulationResult; said: readonly string[] }> {
  await using folder = await temporaryFolder('updraft-simulate-');
  const signal = AbortSignal.timeout(WITHIN_MS);
  await using server = await startServerProcess({ dataDir: path.join(folder.path, 'data'), signal });
  const api = apiClient({ baseUrl: server.url, authorization: server.authorization });
  const said: string[] = [];
  const options = { api, tenant: undefined, ca: undefined, until: 'ended', signal } as const;
  const playing = simulate({ ...options, scenario: parseScenario(SCENARIO, 'test'), say: (line) => said.push(line) });
  await rollOut(api);
  return { result: await playing, said };
}

/** Its members are the devices that are there: it waits until all are. */
async function rollOut(api: ApiClient): Promise<void> {
  while ((await api.call('devices.list', { query: { limit: 1 } })).total < 60)
    await new Promise((wake) => setTimeout(wake, 50));
  const headers = { 'content-type': 'application/octet-stream' };
  const answer = await api.open('/artifacts?filename=gateway.swu', {
    method: 'POST',
    headers,
    body: Buffer.alloc(300_000, 'u'),
  });
  const { id: artifact } = (await answer.json()) as { readonly id: string };
  const { id: component } = await api.call('components.create', {
    body: { name: 'os', version: VERSION, artifacts: [artifact] },
  });
  const release = await api.call('releases.create', {
    body: { name: 'gateway', version: VERSION, components: [component] },
  });
  await api.call('releases.publish', { params: { id: release.id } });
  await api.call('rollouts.create', {
    body: { name: 'all', release: release.id, policy: { timeLimits: { awaitingEvidenceSeconds: 3 } }, start: true },
  });
}
