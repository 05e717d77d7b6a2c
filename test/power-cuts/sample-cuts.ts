import type { Effect } from '../../reference-device/src/power-cuts/cut-disk.ts';
import type { JudgedCut } from '../../reference-device/src/power-cuts/judge-log.ts';

/**
 * `count` cuts or a few more, from early to late: evenly from every stage and kind, those amid a write of the environment apart
 * from the others, as they are few and the most is at stake in them.
 */
export function sampleCuts(
  cuts: readonly JudgedCut[],
  effects: readonly Effect[],
  count: number,
): readonly JudgedCut[] {
  const groups = Map.groupBy(cuts, ({ stage, point }) => {
    const touched = effects[point.at]?.copy ?? effects[point.at - 1]?.copy;
    return [stage, point.kind, touched === undefined ? 'other' : 'environment'].join('/');
  });
  const lists = [...groups.values()];
  const each = Math.ceil(count / lists.length);
  const chosen = new Set(lists.flatMap((list) => spread(list, each)));
  return cuts.filter((cut) => chosen.has(cut));
}

function spread(cuts: readonly JudgedCut[], count: number): JudgedCut[] {
  if (cuts.length <= count) return [...cuts];
  return Array.from({ length: count }, (_, index) => cuts[Math.floor(((index + 0.5) * cuts.length) / count)]).filter(
    (cut) => cut !== undefined,
  );
}
