import { logBucketValue, valueInBucket } from './log-bucket.ts';
import { normal, type Random } from './random.ts';
import { STAGES, type Stage, type StageCount } from './stage-times.ts';

/** Draws how long a stage takes: ms, and bytes a second for `download`. */
export type StageModel = (stage: Stage, cohort: Alike) => number;

type Alike = { readonly deviceType: number; readonly link: number };

/** More than there are link classes. */
const MAX_LINKS = 16;

/** Taken until something is measured: the middle, and by which factor two thirds of all stay around it. */
const PRIOR: Readonly<Record<Stage, { readonly middle: number; readonly spread: number }>> = {
  begin: { middle: 2_000, spread: 2 },
  download: { middle: 1_000_000, spread: 3 },
  prepare: { middle: 2_000, spread: 2 },
  install: { middle: 180_000, spread: 2 },
};

/** What so many measurements say counts as much as what is known of less alike devices. */
export const ENOUGH_MEASURED = 8;
/** How far all stages together may be off, however much was measured. */
const MIN_DOUBT = 0.04;
const MAX_DOUBT = 0.5;

type Histogram = { readonly buckets: readonly number[]; readonly upTo: readonly number[]; readonly n: number };
export type StageHistograms = ReadonlyMap<string, Histogram>;

/** Sums counts for devices of one type and link, of one type, and of all. */
export function stageHistograms(counts: readonly StageCount[]): StageHistograms {
  const sums = new Map<string, Map<number, number>>();
  for (const { deviceType, link, stage, bucket, n } of counts)
    for (const key of levels(stage, { deviceType, link })) {
      const sum = sums.get(key) ?? new Map<number, number>();
      sums.set(key, sum.set(bucket, (sum.get(bucket) ?? 0) + n));
    }
  return new Map([...sums].map(([key, sum]) => [key, histogram(sum)]));
}

/**
 * Draws from the closest devices that enough was measured of. All draws of one model share an error, larger where less
 * was measured: that is what makes a forecast from little history a wide one.
 */
export function stageModel(histograms: StageHistograms, random: Random): StageModel {
  const doubt = new Map<Stage, number>();
  const errorOf = (stage: Stage) => {
    const said = doubt.get(stage);
    if (said !== undefined) return said;
    const n = histograms.get(`${stage}`)?.n ?? 0;
    const error = Math.exp(normal(random) * Math.min(MAX_DOUBT, Math.max(MIN_DOUBT, 1 / Math.sqrt(n + 1))));
    doubt.set(stage, error);
    return error;
  };
  const known = new Map<number, readonly Histogram[]>();
  const histogramsOf = (stage: Stage, cohort: Alike) => {
    const key = (cohort.deviceType * MAX_LINKS + cohort.link) * STAGES.length + STAGES.indexOf(stage);
    const found = known.get(key) ?? levels(stage, cohort).flatMap((level) => histograms.get(level) ?? []);
    known.set(key, found);
    return found;
  };
  return (stage, cohort) => {
    for (const found of histogramsOf(stage, cohort))
      if (random() < found.n / (found.n + ENOUGH_MEASURED)) return drawn(found, random) * errorOf(stage);
    const { middle, spread } = PRIOR[stage];
    return middle * spread ** normal(random) * errorOf(stage);
  };
}

/** The middle of what was measured of a stage over all devices, or of the prior. */
export function middleOf(histograms: StageHistograms, stage: Stage): number {
  const found = histograms.get(stage);
  if (found === undefined) return PRIOR[stage].middle;
  return logBucketValue(found.buckets[found.upTo.findIndex((upTo) => upTo >= found.n / 2)] ?? 0);
}

export function isMeasured(histograms: StageHistograms): boolean {
  return (histograms.get('install')?.n ?? 0) >= ENOUGH_MEASURED;
}

/** From the most alike to all. */
function levels(stage: Stage, { deviceType, link }: Alike): string[] {
  return [`${stage} ${deviceType} ${link}`, `${stage} ${deviceType}`, stage];
}

function histogram(sums: ReadonlyMap<number, number>): Histogram {
  const sorted = [...sums].toSorted(([a], [b]) => a - b);
  let n = 0;
  const upTo = sorted.map(([, count]) => (n += count));
  return { buckets: sorted.map(([bucket]) => bucket), upTo, n };
}

function drawn({ buckets, upTo, n }: Histogram, random: Random): number {
  const at = random() * n;
  return valueInBucket(buckets[upTo.findIndex((sum) => sum > at)] ?? 0, random);
}
