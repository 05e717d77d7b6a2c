import assert from 'node:assert/strict';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { advanceClock, createClockOffset } from '@updraft/store';
import { type DdiClient, fleetOf } from './a-fleet.ts';
import { aServer } from './a-server.ts';

const HOUR_SECONDS = 3600;

const clockOffset = createClockOffset();
const errors: string[] = [];
const fleet = fleetOf(await aServer({ after }, { clockOffset, onError: (line) => errors.push(line) }), 'default');

test('a rollout that cannot be read keeps no other from what is due', async () => {
  const settle = () => fleet.server.settleJobs();
  const [broken, whole] = [await rollOut('broken'), await rollOut('whole')];
  await settle();
  spoil("update rollout set policy = '{', next_at = 0 where id = ?", broken.number);
  advanceClock(clockOffset, 5 * HOUR_SECONDS * 1000);
  for (let turn = 0; turn < 3; turn += 1) await settle();
  const { counts } = await fleet.api.call('rollouts.show', { params: { id: whole.id } });
  assert.deepEqual(counts, { failed: 2 });
  assert.ok(errors.some((line) => line.includes('not all that is due could be done')));

  const told = errors.length;
  await settle();
  assert.equal(errors.length, told, 'what fails is put off, and not tried at each look');
});

test('a rollout whose filter is not understood any more is shown, and not cloned', async () => {
  const { id, number } = await rollOut('of old words');
  spoil("update rollout set filter = 'colour==red' where id = ?", number);
  assert.equal((await fleet.api.call('rollouts.show', { params: { id } })).filter, 'colour==red');
  const clone = fleet.api.call('rollouts.clone', { params: { id }, body: { name: 'again' } });
  await assert.rejects(clone, { code: 'filter-invalid' });
});

/** Of two devices, of which one has begun. */
async function rollOut(name: string) {
  const release = await fleet.release();
  const [begun, silent] = [await fleet.device(), await fleet.device()];
  const policy = { timeLimits: { downloadingSeconds: HOUR_SECONDS, silenceSeconds: 2 * HOUR_SECONDS } };
  const filter = `name=in=(${begun.name},${silent.name})`;
  const body = { name, release: release.id, filter, policy, start: true };
  const rollout = await fleet.api.call('rollouts.create', { body });
  await begin(begun);
  return rollout;
}

async function begin(device: DdiClient): Promise<void> {
  const { deploymentBase = '' } = await device.poll();
  const number = Number(/deploymentBase\/(\d+)/.exec(deploymentBase)?.[1]);
  await device.report(number, { execution: 'download', finished: 'none' });
}

function spoil(statement: string, rollout: number): void {
  using database = new DatabaseSync(path.join(fleet.dataDir, 'updraft.db'), { timeout: 60_000 });
  database.prepare(statement).run(BigInt(rollout));
}
