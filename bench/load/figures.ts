/** What the rounds of a benchmark come to. */
export type Spread = { readonly min: number; readonly median: number; readonly max: number };

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
  return { min: sorted[0] ?? 0, median, max: sorted.at(-1) ?? 0 };
}

export function spreadText(spread: Spread, digits = 0): string {
  return [spread.min, spread.median, spread.max].map((value) => value.toFixed(digits).padStart(8)).join('');
}

export const SPREAD_TITLE = '     min  median     max';

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The last line of every benchmark: its figures as one line of JSON, numbers cut to what was measured. */
export function sayFigures(figures: Readonly<Record<string, unknown>>): void {
  say(
    JSON.stringify(figures, (_, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value)),
  );
}
