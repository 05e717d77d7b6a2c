import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Program } from '@updraft/fleet';
import type { ApiClient } from '@updraft/protocols';
import { makeServerCertificate } from '../devices/certificates.ts';
import { JourneyServer } from '../journeys/journey-server.ts';
import { publish, upload } from '../journeys/software.ts';
import { until } from '../journeys/until.ts';
import { programsOrSkip } from '../programs/debian.ts';

const DEVICES = 10_000;
const MAX_MIB = 1536;
const KIB_PER_MIB = 1024;
const LOOK_EVERY_MS = 200;
const JOINED_WITHIN_MS = 300_000;
const IMAGE_BYTES = 100_000;
const LIMITS = { timeout: 1_800_000 };
const FLEET_MAIN = path.join(import.meta.dirname, '..', '..', 'packages', 'fleet', 'src', 'main.ts');
/** Real seconds; the scenario's run ten times as fast. */
const TIME_LIMITS = { awaitingEvidenceSeconds: 120, silenceSeconds: 240 };
const SCENARIO = `
seed: 11
devices: ${DEVICES}
speed: 10
types: [{ name: board-a, share: 0.7, version: '1' }, { name: board-b, share: 0.3, version: '1', versionAttribute: null }]
zones: [{ zone: Europe/Rome, share: 0.5 }, { zone: America/Chicago, share: 0.3 }, { zone: Asia/Tokyo, share: 0.2 }]
links: [{ bytesPerSecond: 200000, share: 0.6 }, { bytesPerSecond: 5000, share: 0.4 }]
polls: [{ seconds: null, share: 0.8 }, { seconds: 240, share: 0.2 }]
failures:
  - { kind: liar, share: 0.02 }
  - { kind: silent, share: 0.02 }
  - { kind: boot-loop, share: 0.02 }
  - { kind: install-fails, share: 0.02, times: 1 }
  - { kind: slow, share: 0.02, factor: 4 }
  - { kind: flaky-link, share: 0.05, cuts: 2 }
  - { kind: clock-wrong, share: 0.05, aheadSeconds: -100000000 }
`;

test(
  '10 000 devices in one process over HTTPS need at most 1.5 GiB, and agree with their server',
  LIMITS,
  async (t) => {
    if (programsOrSkip(t, ['openssl']) === undefined) return;
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(path.join(os.tmpdir(), 'fleet-size-'));
    stack.defer(() => rm(folder, { recursive: true }));
    const certificate = await makeServerCertificate(folder);
    const server = stack.use(await JourneyServer.start({ folder, certificate }));
    const { api } = server;
    await api.call('settings.change', { body: { pollInterval: '00:02:00' } });
    const { secret } = await api.call('tokens.create', { body: { name: 'fleet' } });
    const scenario = path.join(folder, 'scenario.yaml');
    await writeFile(scenario, SCENARIO);
    const fleet = stack.use(
      new Program(
        [FLEET_MAIN, 'simulate', scenario, '--until-ended', '--beliefs', path.join(folder, 'beliefs.ndjson')],
        { ...process.env, UPDRAFT_SERVER: server.url, UPDRAFT_CA: certificate.caFile, UPDRAFT_TOKEN: secret },
      ),
    );
    const memory = setInterval(() => (peak = Math.max(peak, peakMib(fleet.pid))), LOOK_EVERY_MS);
    let peak = 0;
    stack.defer(() => clearInterval(memory));
    await rollOutToAll(api, folder);
    const { exitCode, output } = await fleet.ended;
    t.diagnostic(`${peak.toFixed(0)} MiB at most\n${output.split('\n').slice(-12).join('\n')}`);
    assert.equal(exitCode, 0, output);
    assert.ok(peak > 0 && peak <= MAX_MIB, `${peak} MiB`);
  },
);

async function rollOutToAll(api: ApiClient, folder: string): Promise<void> {
  const image = path.join(folder, 'gateway.swu');
  await writeFile(image, randomBytes(IMAGE_BYTES));
  const release = await publish(api, { version: '2', artifact: (await upload(api, image)).id });
  await until({
    what: 'the last device',
    look: async () => (await api.call('devices.list', { query: { limit: 1 } })).total,
    isIt: (total) => total >= DEVICES,
    timeLimitMs: JOINED_WITHIN_MS,
  });
  const policy = { timeLimits: TIME_LIMITS };
  await api.call('rollouts.create', { body: { name: 'all', release, policy, start: true } });
}

/** The most memory that a process has had (proc(5), status: VmHWM); 0 when it is gone. */
function peakMib(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / KIB_PER_MIB;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ESRCH')) return 0;
    throw cause;
  }
}
