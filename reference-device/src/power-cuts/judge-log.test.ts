import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeEnvironment, type Environment } from '../boot/environment.ts';
import { CutDisk, type PartPlaces } from './cut-disk.ts';
import { type JudgedCut, judgeLog } from './judge-log.ts';
import type { LoggedWrite } from './write-log.ts';

const SECTOR = 512;
const SLOT_BYTES = 8 * SECTOR;
const PLACES: PartPlaces = {
  env: { offset: 0, length: 4 * SECTOR },
  env2: { offset: 4 * SECTOR, length: 4 * SECTOR },
  'slot-a': { offset: 8 * SECTOR, length: SLOT_BYTES },
  'slot-b': { offset: 16 * SECTOR, length: SLOT_BYTES },
};
const OLD = Buffer.alloc(SLOT_BYTES, 'old');
const NEW = Buffer.alloc(SLOT_BYTES, 'new');
const RUNNING: Environment = { slot: 'a', upgrade_available: '0', bootcount: '0', ustate: '0' };

type Step = { readonly env?: Environment; readonly env2?: Environment; readonly image?: number } | 'flush';

const IMAGE: readonly Step[] = [0, 1, 2, 3].map((image) => ({ image }));
const INSTALLING: Environment = { ...RUNNING, recovery_status: 'in_progress' };
const SWITCHED: Environment = { slot: 'b', upgrade_available: '1', bootcount: '0', ustate: '1' };
const TESTED: Environment = { slot: 'b', upgrade_available: '1', bootcount: '1', ustate: '2' };
const COMMITTED: Environment = { slot: 'b', upgrade_available: '0', bootcount: '0', ustate: '2' };
const UPDATE: readonly Step[] = [
  { env: INSTALLING },
  'flush',
  ...IMAGE,
  'flush',
  { env: SWITCHED },
  'flush',
  { env2: SWITCHED },
  { env: TESTED },
  { env2: TESTED },
  'flush',
  { env: COMMITTED },
  'flush',
  { env2: COMMITTED },
  'flush',
];

test('an update whose image is flushed before the switch survives every cut', () => {
  const judged = judge(UPDATE);
  assert.deepEqual(failures(judged), []);
  const stages = [...new Set(judged.map(({ stage }) => stage))];
  assert.deepEqual(stages, ['before the update', 'installing', 'switched', 'trial', 'committed']);
});

test('what was committed and flushed is never gone back on', () => {
  const last = judge(UPDATE).at(-1);
  assert.deepEqual(last?.judgement, { verdict: 'boots', slot: 'b', image: 1, trial: false });
});

test('a switch that shares the cache with its image is found out', () => {
  const judged = judge([{ env: INSTALLING }, 'flush', ...IMAGE, { env: SWITCHED }, 'flush']);
  assert.ok(failures(judged).includes('part-chosen'));
});

test('a commit whose mirror lags while the next image is written over the old slot is found out', () => {
  const tried: Environment = { ...TESTED, bootcount: '3' };
  const over: readonly Step[] = [{ env: tried }, { env2: tried }, 'flush', { env: COMMITTED }, 'flush'];
  const next: readonly Step[] = [{ env: { ...COMMITTED, recovery_status: 'in_progress' } }];
  const judged = judge([...IMAGE, 'flush', ...over, ...next]);
  assert.ok(failures(judged).includes('went-back'));
});

function failures(judged: readonly JudgedCut[]): string[] {
  return [...new Set(judged.map(({ judgement }) => judgement.verdict))].filter((verdict) => verdict !== 'boots');
}

function judge(steps: readonly Step[]): readonly JudgedCut[] {
  const writes: LoggedWrite[] = [];
  const datas: Buffer[] = [];
  const flushes: number[] = [];
  for (const step of steps) {
    if (step === 'flush') flushes.push(writes.length);
    else {
      const { offset, data } = bytesOf(step);
      writes.push({ offset, length: data.length, dataAt: 0 });
      datas.push(data);
    }
  }
  const sector = encodeEnvironment(RUNNING);
  const initial = { env: sector, env2: sector, 'slot-a': OLD, 'slot-b': Buffer.alloc(SLOT_BYTES) };
  const disk = new CutDisk(PLACES, initial, [OLD, NEW]);
  const effects = writes.map((write, index) => disk.effectOf(write, datas[index] ?? Buffer.alloc(0)));
  return judgeLog({ writes, flushes }, effects, disk);
}

/** A piece of the image is two sectors; a copy of the environment is its one. */
function bytesOf(step: Exclude<Step, 'flush'>): { offset: number; data: Buffer } {
  const piece = 2 * SECTOR;
  if (step.env !== undefined) return { offset: PLACES.env.offset, data: encodeEnvironment(step.env) };
  if (step.env2 !== undefined) return { offset: PLACES.env2.offset, data: encodeEnvironment(step.env2) };
  const at = (step.image ?? 0) * piece;
  return { offset: PLACES['slot-b'].offset + at, data: NEW.subarray(at, at + piece) };
}
