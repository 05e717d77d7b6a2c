import type { Effect } from '../../reference-device/src/power-cuts/cut-disk.ts';
import type { JudgedCut } from '../../reference-device/src/power-cuts/judge-log.ts';

/**
 * `count` cuts or a few more, from early to late: evenly from every stage and kind. Those amid a write of the environment come
 * first, as they are few and the most is at stake in them.
 */
export function sampleCuts(
  cuts: readonly JudgedCut[],
  effects: readonly Effect[],
  count: number,
): readonly JudgedCut[] {
  const lists = [...Map.groupBy(cuts, ({ stage, point }) => `${stage}/${point.kind}`).values()];
  const each = Math.ceil(count / lists.length);
  const chosen = new Set(
    lists.flatMap((list) => {
      const amid = list.filter(({ point }) => effects[point.at]?.copy !== undefined);
      const some = spread(amid, Math.ceil(each / 2));
      return [
        ...some,
        ...spread(
          list.filter((cut) => !some.includes(cut)),
          each - some.length,
        ),
      ];
    }),
  );
  return cuts.filter((cut) => chosen.has(cut));
}

function spread(cuts: readonly JudgedCut[], count: number): JudgedCut[] {
  if (cuts.length <= count) return [...cuts];
  return Array.from({ length: count }, (_, index) => cuts[Math.floor(((index + 0.5) * cuts.length) / count)]).filter(
    (cut) => cut !== undefined,
  );
}
