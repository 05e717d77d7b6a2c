import { createHash } from 'node:crypto';
import type { WriteLog } from './write-log.ts';

/**
 * One moment at which the power goes: which of the writes that were told by then are on the disk. All before `durable` are;
 * of those after it the ones that `kept` names; and of the last one, `torn`, only a part.
 */
export type CutPoint = {
  readonly kind: CutKind;
  /** Writes told before the cut. */
  readonly at: number;
  /** Writes before the last flush. */
  readonly durable: number;
  /** Indices from `durable` on, ascending. */
  readonly kept: readonly number[];
  readonly torn: TornWrite | undefined;
};

/** Bytes of write `index` that reached the disk: its first ones, or (a disk may begin anywhere) its last ones. */
export type TornWrite = { readonly index: number; readonly bytes: number; readonly end: 'first' | 'last' };

export type CutKind = 'in order' | 'cache lost' | 'torn' | 'reordered' | 'reordered and torn';

/** Random subsets of a window of the disk's cache, for each write. */
const REORDERED_EACH = 4;
/** A tear within a sector; drives promise otherwise, and not all keep it. */
const TEAR_BYTES = [37, 256, 509] as const;
const SECTOR_BYTES = 512;

/**
 * Every cut of a log: before and after each write with all that was told before it (`in order`), with the disk's cache lost back to
 * the last flush, with the write itself torn, and with a random part of the cache lost, whole or torn. What is drawn hangs on
 * the numbers of the writes alone, so two runs over one log cut alike.
 */
export function cutPoints(log: WriteLog): readonly CutPoint[] {
  return Array.from({ length: log.writes.length + 1 }, (_, at) => pointsAt(log, at)).flat();
}

function pointsAt(log: WriteLog, at: number): CutPoint[] {
  const durable = log.flushes.findLast((flushed) => flushed <= at) ?? 0;
  const window = range(durable, at);
  const whole: CutPoint = { kind: 'in order', at, durable, kept: window, torn: undefined };
  const points: CutPoint[] = [whole];
  if (window.length > 0) points.push({ ...whole, kind: 'cache lost', kept: [] });
  const tears = tearsOf(log, at);
  points.push(...tears.map((torn) => ({ ...whole, kind: 'torn' as const, torn })));
  // With fewer than two writes in the cache there is no other order.
  if (window.length < 2) return points;
  for (let draw = 0; draw < REORDERED_EACH; draw++) {
    const kept = window.filter((index) => isDrawn([at, draw, index]));
    points.push({ ...whole, kind: 'reordered', kept });
    const torn = tears[draw % Math.max(tears.length, 1)];
    if (torn !== undefined) points.push({ ...whole, kind: 'reordered and torn', kept, torn });
  }
  return points;
}

/** The write under way when the power goes: cut within its first sector, in its middle, and from the other end. */
function tearsOf(log: WriteLog, index: number): TornWrite[] {
  const length = log.writes[index]?.length;
  if (length === undefined) return [];
  const within = TEAR_BYTES.flatMap((bytes) => [
    { index, bytes, end: 'first' as const },
    { index, bytes, end: 'last' as const },
  ]);
  if (length <= SECTOR_BYTES) return within;
  const middle = Math.floor(length / SECTOR_BYTES / 2) * SECTOR_BYTES;
  return [
    { index, bytes: TEAR_BYTES[0], end: 'first' },
    { index, bytes: Math.max(middle, SECTOR_BYTES), end: 'first' },
    { index, bytes: Math.max(middle, SECTOR_BYTES), end: 'last' },
  ];
}

function isDrawn(numbers: readonly number[]): boolean {
  return (createHash('sha256').update(numbers.join('/')).digest()[0] ?? 0) % 2 === 0;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
