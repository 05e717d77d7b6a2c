import assert from 'node:assert/strict';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { aFleet, SWUPDATE_SAYS, type DdiClient } from './a-fleet.ts';
import { codeOf, json } from './a-server.ts';
import { aSmallDisk } from './a-small-disk.ts';

const PIECE = Buffer.alloc(4096);
const LARGE = 'x'.repeat(500);
const MAX_REPORTS = 200;

/** Takes all the room that a disk has left; tells the file that holds it. */
async function fillUp(folder: string): Promise<string> {
  const ballast = path.join(folder, 'ballast');
  await using handle = await open(ballast, 'w');
  try {
    for (;;) await handle.write(PIECE);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    return ballast;
  }
}

/** Reports until the database has no room: what pages it has left take some. Tells how many were kept. */
async function reportUntilFull(device: DdiClient, number: number): Promise<number> {
  for (let kept = 0; kept < MAX_REPORTS; kept += 1) {
    const details = [`report ${kept} ${LARGE}`];
    const { status } = await device.report(number, { execution: 'proceeding', finished: 'none', details });
    if (status === 200) continue;
    assert.equal(status, 507, 'a status that makes a device say it again');
    return kept;
  }
  return assert.fail('the database never became full');
}

test('while the database has no room polls go on, reports are told so and nothing kept is lost; with room all works', async (t) => {
  const dataDir = await aSmallDisk(t);
  if (dataDir === null) return;
  const fleet = await aFleet(t, { dataDir });
  const device = await fleet.device();
  const { number } = await fleet.assign(await fleet.release(), device);
  await device.poll();
  await device.report(number, SWUPDATE_SAYS.start);

  const ballast = await fillUp(dataDir);
  const kept = await reportUntilFull(device, number);
  assert.ok((await device.poll()).deploymentBase, 'the offer stays');
  const refused = await fleet.fetch('/api/v1/devices', json('POST', { name: 'gw-new' }));
  assert.deepEqual([refused.status, await codeOf(refused)], [507, 'storage-full']);
  assert.ok((await device.poll()).deploymentBase, 'and again');

  await rm(ballast);
  assert.equal((await device.report(number, SWUPDATE_SAYS.success)).status, 200);
  const reports = await fleet.api.call('assignments.reports', { params: { number }, query: { limit: 500 } });
  const told = reports.items.filter(({ details }) => details[0]?.endsWith(LARGE));
  assert.deepEqual(
    told.map(({ details }) => details[0]?.split(' ')[1]),
    Array.from({ length: kept }, (_, at) => String(at)),
  );
  assert.equal((await fleet.assignment(number)).state, 'succeeded');
});
