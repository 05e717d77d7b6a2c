import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { aFleet, SWUPDATE_SAYS, type DdiClient, type TestFleet } from './a-fleet.ts';
import { codeOf, json } from './a-server.ts';
import { aSmallDisk } from './a-small-disk.ts';
import { aSmallPostgres } from './a-small-postgres.ts';

/** Large ones first, and the rest in small ones. */
const PIECES = [Buffer.alloc(1024 ** 2), Buffer.alloc(4096)];
const LARGE = 'x'.repeat(500);
const MAX_REPORTS = 200;

/** Takes all the room that a disk has left; tells the file that holds it. */
async function fillUp(folder: string): Promise<string> {
  const ballast = path.join(folder, 'ballast');
  await using handle = await open(ballast, 'w');
  for (const piece of PIECES) await assert.rejects(writeOnAndOn(handle, piece), { code: 'ENOSPC' });
  return ballast;
}

async function writeOnAndOn(handle: FileHandle, piece: Buffer): Promise<never> {
  for (;;) await handle.write(piece);
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

/** What goes on and what is told while the disk is full, and that nothing kept is lost. */
async function livesThrough(fleet: TestFleet, disk: string): Promise<void> {
  const device = await fleet.device();
  const { number } = await fleet.assign(await fleet.release(), device);
  await device.poll();
  await device.report(number, SWUPDATE_SAYS.start);

  const ballast = await fillUp(disk);
  const kept = await reportUntilFull(device, number);
  assert.ok((await device.poll()).deploymentBase, 'the offer stays');
  await refusesSoon(fleet);
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
}

/** A table that is not full yet takes some devices more. */
async function refusesSoon(fleet: TestFleet): Promise<void> {
  for (let made = 0; made < MAX_REPORTS; made += 1) {
    const answer = await fleet.fetch('/api/v1/devices', json('POST', { name: `gw-new-${made}` }));
    if (answer.status === 201) continue;
    return assert.deepEqual([answer.status, await codeOf(answer)], [507, 'storage-full']);
  }
  assert.fail('a device was always taken');
}

test('while the database has no room polls go on, reports are told so and nothing kept is lost; with room all works', async (t) => {
  const dataDir = await aSmallDisk(t);
  if (dataDir === null) return;
  await livesThrough(await aFleet(t, { dataDir }), dataDir);
});

test('the same on PostgreSQL, whose disk is another', async (t) => {
  await using small = await aSmallPostgres(t);
  if (small === null) return;
  const environment = { UPDRAFT_DATABASE_URL: small.url, UPDRAFT_INSTANCE_KEY: randomBytes(32).toString('hex') };
  const fleet = await aFleet(t, { environment });
  await livesThrough(fleet, small.disk);
  await fleet.server.stop();
});
