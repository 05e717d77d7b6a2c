import { ONE_PHASE, type PhaseSpec } from './phase-spec.ts';

/** How many devices a rollout has, and how many of them each phase with a filter of its own takes, by phase number. */
export type Counted = { readonly all: number; readonly named: ReadonlyMap<number, number> };

/**
 * How many devices each phase gets, in order (design: 6-data 19). A phase with a filter takes those that it names and no
 * earlier one did. The others are spread: percentages are of all devices and are rounded up in sum, so that a small first
 * phase is not empty; the first `rest` takes what no other wants; what is left over falls into the last phase.
 */
export function phaseSizes(phases: readonly PhaseSpec[], { all, named }: Counted): readonly number[] {
  const taken = phases.map((_, index) => named.get(index + 1) ?? 0);
  const spread = all - taken.reduce((sum, n) => sum + n, 0);
  const wanted = wantedSizes(phases, all);
  const given = wanted.map((n, index) => Math.min(n, Math.max(0, spread - sumUpTo(wanted, index))));
  const left = spread - sumUpTo(given, given.length);
  const heir = phases.findIndex(({ size }) => size.by === 'rest');
  const last = heir === -1 ? phases.length - 1 : heir;
  return phases.map((_, index) => (taken[index] ?? 0) + (given[index] ?? 0) + (index === last ? left : 0));
}

/** How many devices no phase asks for: they fall into the last. */
export function unaskedOf(phases: readonly PhaseSpec[], counted: Counted): number {
  return phaseSizes([...phases, ONE_PHASE], counted).at(-1) ?? 0;
}

function wantedSizes(phases: readonly PhaseSpec[], all: number): readonly number[] {
  let percent = 0;
  return phases.map(({ size }) => {
    if (size.by === 'count') return size.count;
    if (size.by !== 'percent') return 0;
    const before = upTo(percent, all);
    percent += size.percent;
    return upTo(percent, all) - before;
  });
}

/** Of sums of decimal fractions only what is meant counts: 0.1 + 0.2 is 0.3. */
const NOISE = 1e-9;

function upTo(percent: number, all: number): number {
  return Math.min(all, Math.ceil((percent * all) / 100 - NOISE));
}

function sumUpTo(sizes: readonly number[], index: number): number {
  return sizes.slice(0, index).reduce((sum, n) => sum + n, 0);
}

/** Device k of `count` goes to position (factor · k + offset) mod count: each position once, neighbours far apart. */
export type Spread = { readonly factor: number; readonly offset: number };

/** Near the golden section neighbours fall evenly; another seed gives another sample. */
const GOLDEN = 0.618;

/** A permutation without a sort (design: 6-data 19). `seed` is any whole number ≥ 0. */
export function spreadOf(count: number, seed: number): Spread {
  if (count <= 1) return { factor: 1, offset: 0 };
  let factor = Math.max(1, Math.floor(count * GOLDEN));
  while (commonDivisor(factor, count) !== 1) factor += 1;
  return { factor, offset: Math.floor((seed * count * GOLDEN) % count) };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
