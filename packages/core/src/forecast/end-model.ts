import { MAX_COUNTED_ORDINAL, type EndCount } from './stage-times.ts';
import { normal, type Random } from './random.ts';

/** How an attempt does not succeed. */
export type Failing = Pick<EndCount, 'state' | 'reason' | 'stage'>;

/** What is to be expected of the n-th attempts of a device type. */
export type EndModel = {
  /** 0 to 1. */
  readonly failingShare: (deviceType: number, ordinal: number) => number;
  readonly failing: (deviceType: number, ordinal: number) => Failing;
};

/** Until something is measured: two of a hundred first attempts fail, and half of those that are tried again. */
const PRIOR_FAILING = [0.02, 0.5, 0.7] as const;
const PRIOR_END: Failing = { state: 'failed', reason: 'failed', stage: 'prepare' };
/** The prior counts as much as so many attempts. */
const PRIOR_ATTEMPTS = 10;

type Ends = {
  readonly ends: readonly (Failing & { readonly n: number })[];
  readonly failed: number;
  readonly all: number;
};
export type EndShares = { readonly byKey: ReadonlyMap<string, Ends>; readonly prior: number };

/** Sums counts by type and ordinal, and by ordinal alone; an operator's cancel tells nothing. */
export function endShares(counts: readonly EndCount[], certainty: 'measured' | 'taken-as-is'): EndShares {
  const told = counts.filter(({ state }) => state !== 'canceled');
  const keyed = told.flatMap((count) => levels(count.deviceType, count.ordinal).map((key) => ({ key, count })));
  const byKey = new Map<string, Ends>();
  for (const [key, found] of Map.groupBy(keyed, ({ key: of }) => of)) {
    const ends = found.map(({ count }) => count).filter(({ state }) => state !== 'succeeded');
    const failed = ends.reduce((sum, { n }) => sum + n, 0);
    byKey.set(key, { ends, failed, all: found.reduce((sum, { count }) => sum + count.n, 0) });
  }
  return { byKey, prior: certainty === 'measured' ? PRIOR_ATTEMPTS : 0 };
}

/** All draws of one model share an error of the shares, larger where fewer failures were seen. */
export function endModel({ byKey, prior }: EndShares, random: Random): EndModel {
  const seen = byKey.get('all 1')?.failed ?? 0;
  const error = prior === 0 ? 1 : Math.exp(normal(random) * Math.min(0.5, 1 / Math.sqrt(seen + 1)));
  const share = (deviceType: number, ordinal: number): number => {
    const place = Math.min(ordinal, MAX_COUNTED_ORDINAL);
    const [own, all] = levels(deviceType, place).map((key) => byKey.get(key));
    const general = mixed(all, prior, PRIOR_FAILING[place - 1] ?? 0);
    return Math.min(1, mixed(own, prior, general) * (place === 1 ? error : 1));
  };
  return {
    failingShare: share,
    failing: (deviceType, ordinal) => {
      const place = Math.min(ordinal, MAX_COUNTED_ORDINAL);
      for (const key of [...levels(deviceType, place), ...levels(deviceType, 1)]) {
        const found = byKey.get(key);
        if (found !== undefined && found.failed > 0) return chosen(found, random);
      }
      return PRIOR_END;
    },
  };
}

function mixed(measured: Ends | undefined, weight: number, before: number): number {
  if (measured === undefined) return before;
  return (measured.failed + before * weight) / Math.max(1, measured.all + weight);
}

function chosen({ ends, failed }: Ends, random: Random): Failing {
  let left = random() * failed;
  return ends.find(({ n }) => (left -= n) < 0) ?? ends.at(-1) ?? PRIOR_END;
}

function levels(deviceType: number, ordinal: number): string[] {
  return [`${deviceType} ${ordinal}`, `all ${ordinal}`];
}
