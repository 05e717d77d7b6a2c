import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import type { ApiClient } from '@updraft/protocols';
import { chance } from '../../../packages/fleet/src/chance.ts';
import { databaseSettings, type Database } from '../databases.ts';
import { JourneyServer } from '../journey-server.ts';
import { progress } from '../progress.ts';
import { publish, upload } from '../software.ts';
import { inspect, inspectObjects } from './inspection.ts';
import type { Ledger } from './ledger.ts';
import { loadUntilKilled } from './load.ts';

const SEEDS = 2 ** 31;
const PAGE = 500;
/** The sequencer's lease (5 s) and tick (1 s), and room for a busy machine. */
const SEQUENCED_WITHIN_MS = 120_000;
const LOOK_AGAIN_MS = 250;
const IMAGE_BYTES = 4096;

/**
 * Kills a server with -9 under load, starts it again and looks for every write that it had answered, `rounds` times. A
 * failure tells the seed of what was random; CRASH_SEED takes it. The moment of a kill is as exact as timers are.
 */
export async function crashRounds(t: TestContext, database: Database, rounds: number): Promise<void> {
  const seed = Number(process.env['CRASH_SEED'] ?? randomInt(SEEDS));
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'crash-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const environment = await databaseSettings(t, database, stack);
  if (environment === undefined) return;
  const server = stack.use(await JourneyServer.start({ folder, environment }));
  t.after(() => {
    if (!t.passed) t.diagnostic(`CRASH_SEED=${seed}\nthe server said:\n${server.output}`);
  });
  const release = await anyRelease(server.api, folder);
  const objects = new Set<string>();
  const ledgers: Ledger[] = [];
  const tell = progress();
  for (let round = 1; round <= rounds; round++) {
    tell(`round ${round} of ${rounds} (${database})`);
    const name = `r${round}`;
    const ledger = await loadUntilKilled({ server, release, name, chance: (...words) => chance(seed, ...words) });
    await inspectObjects(server.dataDir, objects);
    await server.restart();
    await inspect(server.api, ledger);
    ledgers.push(ledger);
  }
  await inspectObjects(server.dataDir, objects);
  await inspectEvents(server.api, ledgers);
  tellFigures(t, ledgers);
}

async function anyRelease(api: ApiClient, folder: string): Promise<string> {
  const file = path.join(folder, 'image.bin');
  await writeFile(file, randomBytes(IMAGE_BYTES));
  return publish(api, { version: '1', artifact: (await upload(api, file)).id });
}

/**
 * Each end that was answered has its event, once, in the order of the positions, although the sequencer died so often.
 * On PostgreSQL the lease of the last one killed must run out before its successor numbers what it left.
 */
async function inspectEvents(api: ApiClient, ledgers: readonly Ledger[]): Promise<void> {
  const ended = ledgers.flatMap(({ devices }) => devices.filter(({ hasEnded }) => hasEnded));
  const wait = Date.now() + SEQUENCED_WITHIN_MS;
  let events = await readAllEvents(api);
  const untold = () => ended.filter(({ assignment }) => events.told.get(String(assignment)) === undefined);
  while (untold().length > 0 && Date.now() < wait) {
    await sleep(LOOK_AGAIN_MS);
    events = await readAllEvents(api);
  }
  const { positions, told } = events;
  assert.deepEqual(
    positions,
    positions.toSorted((a, b) => a - b),
  );
  assert.deepEqual(
    ended.filter(({ assignment }) => told.get(String(assignment)) !== 1).map(({ name }) => name),
    [],
    'devices whose end was answered, without exactly one event',
  );
}

async function readAllEvents(api: ApiClient) {
  const positions: number[] = [];
  const told = new Map<string, number>();
  for (let cursor: string | null | undefined; cursor !== null;) {
    const query = { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
    const { items, next } = await api.call('events.list', { query });
    for (const { position, name, subject } of items) {
      positions.push(position);
      if (name === 'assignment.succeeded') told.set(subject.id, (told.get(subject.id) ?? 0) + 1);
    }
    cursor = next;
  }
  return { positions, told };
}

/** A run that wrote next to nothing has shown nothing. */
function tellFigures(t: TestContext, ledgers: readonly Ledger[]): void {
  const devices = ledgers.flatMap((ledger) => ledger.devices);
  const reports = devices.reduce((sum, { details }) => sum + details.length, 0);
  const uploads = ledgers.flatMap((ledger) => ledger.uploads);
  const cutOff = uploads.filter(({ offset, bytes }) => offset < bytes.length).length;
  const artifacts = ledgers.reduce((sum, ledger) => sum + ledger.artifacts.length, 0);
  t.diagnostic(
    `answered: ${devices.length} devices, ${reports} reports, ${uploads.length} resumable uploads (${cutOff} cut off), ${artifacts} direct ones`,
  );
  for (const count of [devices.length, reports, uploads.length, cutOff, artifacts]) assert.notEqual(count, 0);
}
