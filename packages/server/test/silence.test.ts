import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advanceClock, createClockOffset } from '@updraft/store';
import { aTemporaryFolder } from '../../store/test/temporary-folder.ts';
import { aFleet } from './a-fleet.ts';

const DAY_SECONDS = 86_400;

test('a server that was away calls no device silent for that time, and counts anew from its start', async (t) => {
  await using folder = await aTemporaryFolder();
  const clockOffset = createClockOffset();
  const wish = { dataDir: folder.path, clockOffset };
  const pass = (days: number) => advanceClock(clockOffset, days * DAY_SECONDS * 1000);
  const first = await aFleet(t, wish);
  await first.device();
  const release = await first.release();
  const policy = { timeLimits: { silenceSeconds: DAY_SECONDS } };
  const body = { name: 'all', release: release.id, start: true, policy };
  const { id } = await first.api.call('rollouts.create', { body });
  await first.server.settleJobs();
  await first.server.stop();

  pass(30);
  const second = await aFleet(t, wish);
  const counts = async () => {
    await second.server.settleJobs();
    return (await second.api.call('rollouts.show', { params: { id } })).counts;
  };
  assert.deepEqual(await counts(), { ready: 1 });
  pass(0.9);
  assert.deepEqual(await counts(), { ready: 1 });
  pass(0.5);
  assert.deepEqual(await counts(), { failed: 1 });
});

test('a server that was stopped, or asleep with its machine, calls no device silent for that time', async (t) => {
  const clockOffset = createClockOffset();
  const fleet = await aFleet(t, { clockOffset });
  const device = await fleet.device();
  const release = await fleet.release();
  const policy = { timeLimits: { silenceSeconds: DAY_SECONDS, downloadingSeconds: DAY_SECONDS } };
  const body = { name: 'all', release: release.id, start: true, policy };
  await fleet.device();
  const { id } = await fleet.api.call('rollouts.create', { body });
  const { deploymentBase = '' } = await device.poll();
  await device.report(Number(/deploymentBase\/(\d+)/.exec(deploymentBase)?.[1]), {
    execution: 'download',
    finished: 'none',
  });
  const counts = async () => {
    await fleet.server.settleJobs();
    return (await fleet.api.call('rollouts.show', { params: { id } })).counts;
  };
  assert.deepEqual(await counts(), { downloading: 1, ready: 1 });

  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 60_000 });
  advanceClock(clockOffset, 30 * DAY_SECONDS * 1000);
  assert.deepEqual(await counts(), { downloading: 1, ready: 1 });
  advanceClock(clockOffset, 1.5 * DAY_SECONDS * 1000);
  assert.deepEqual(await counts(), { failed: 2 });
});

test('a clock that was a year ahead, and is put back, hides nobody who falls silent', async (t) => {
  const clockOffset = createClockOffset();
  const fleet = await aFleet(t, { clockOffset });
  const device = await fleet.device();
  const release = await fleet.release();
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  // The process sees its own clock move less far: by enough to notice.
  const leap = async (days: number, noticedMs: number) => {
    advanceClock(clockOffset, days * DAY_SECONDS * 1000);
    t.mock.timers.setTime(Date.now() + noticedMs);
    await fleet.server.settleJobs();
  };
  await leap(365, 60_000);
  await device.poll();
  await fleet.server.writeContacts();
  await leap(-365, -60_000);

  const policy = { timeLimits: { silenceSeconds: DAY_SECONDS } };
  const body = { name: 'all', release: release.id, start: true, policy };
  const { id } = await fleet.api.call('rollouts.create', { body });
  advanceClock(clockOffset, 1.5 * DAY_SECONDS * 1000);
  await fleet.server.settleJobs();
  assert.deepEqual((await fleet.api.call('rollouts.show', { params: { id } })).counts, { failed: 1 });
});

test('who fell silent while a rollout was paused stops it before its next phase is opened', async (t) => {
  const clockOffset = createClockOffset();
  const fleet = await aFleet(t, { clockOffset });
  const release = await fleet.release();
  for (let made = 0; made < 4; made += 1) await fleet.device();
  const HOUR_SECONDS = 3600;
  const first = { size: { by: 'percent' as const, percent: 50 }, successPercent: 0, error: { percent: 0, minimum: 1 } };
  const body = {
    name: 'paused for long',
    release: release.id,
    start: true,
    policy: { timeLimits: { silenceSeconds: DAY_SECONDS }, onFailure: 'stop' as const },
    phases: [
      { ...first, soakSeconds: HOUR_SECONDS },
      { ...first, size: { by: 'rest' as const } },
    ],
  };
  const { id } = await fleet.api.call('rollouts.create', { body });
  const act = async (verb: 'pause' | 'resume', seconds: number) => {
    await fleet.server.settleJobs();
    advanceClock(clockOffset, seconds * 1000);
    await fleet.api.call(`rollouts.${verb}`, { params: { id } });
  };
  await act('pause', 60);
  await act('resume', 3 * DAY_SECONDS);
  await fleet.server.settleJobs();
  const { state, reason, phases } = await fleet.api.call('rollouts.show', { params: { id } });
  assert.deepEqual([state, reason], ['stopped', 'error-threshold']);
  assert.deepEqual(
    phases.map(({ startedAt }) => startedAt !== null),
    [true, false],
  );
});
