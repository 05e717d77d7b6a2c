import { decodeEnvironment } from '../boot/environment.ts';
import type { CutDisk, Effect } from './cut-disk.ts';
import { type CutPoint, cutPoints } from './cut-points.ts';
import { type DiskAtCut, judgeCut, type Judgement } from './judge-cut.ts';
import type { WriteLog } from './write-log.ts';

export type JudgedCut = { readonly point: CutPoint; readonly stage: Stage; readonly judgement: Judgement };

/** How far the update is at a cut, told by the environment after the writes so far. */
export type Stage = 'before the update' | 'installing' | 'switched' | 'trial' | 'committed';

/** Judges every cut of a log. `effects` are those of its writes, in order; `disk` is as it was before the first of them. */
export function judgeLog(log: WriteLog, effects: readonly Effect[], disk: CutDisk): readonly JudgedCut[] {
  const stages = stagesOf(effects, disk);
  const judged: JudgedCut[] = [];
  let applied = 0;
  let committed = 0;
  for (const point of cutPoints(log)) {
    while (applied < point.durable) {
      disk.apply(effects[applied] ?? {});
      applied += 1;
      // Between two flushes no promise is made: what counts is what the flush made durable.
      if (applied === point.durable) committed = Math.max(committed, committedImage(disk.state));
    }
    disk.mark();
    for (const index of point.kept) disk.apply(effects[index] ?? {});
    if (point.torn !== undefined) disk.applyTorn(effects[point.torn.index] ?? {}, point.torn);
    judged.push({ point, stage: stages[point.at] ?? 'before the update', judgement: judgeCut(disk.state, committed) });
    disk.undo();
  }
  return judged;
}

/** The image of a slot that is no trial; what is promised does not shrink where the environment is torn for a moment. */
function committedImage({ copies, images }: DiskAtCut): number {
  const environment = decodeEnvironment(copies.env);
  if (environment === undefined || environment['upgrade_available'] === '1') return 0;
  return images[environment['slot'] === 'b' ? 'b' : 'a'] ?? 0;
}

function stagesOf(effects: readonly Effect[], disk: CutDisk): readonly Stage[] {
  disk.mark();
  let stage = stageOf(disk.state, 'before the update');
  const stages = [stage];
  for (const effect of effects) {
    disk.apply(effect);
    if (effect.copy?.name === 'env') stage = stageOf(disk.state, stage);
    stages.push(stage);
  }
  disk.undo();
  return stages;
}

function stageOf({ copies }: DiskAtCut, before: Stage): Stage {
  const environment = decodeEnvironment(copies.env);
  if (environment === undefined) return before;
  if (environment['upgrade_available'] === '1') return environment['ustate'] === '2' ? 'trial' : 'switched';
  if (environment['recovery_status'] === 'in_progress') return 'installing';
  return before === 'before the update' ? before : 'committed';
}
