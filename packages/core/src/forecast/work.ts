import type { Instant } from '../attempt.ts';
import type { PaceRule } from '../policy.ts';
import type { TimeLimits } from '../time-limits.ts';
import type { EndModel, Failing } from './end-model.ts';
import type { Cohort } from './forecast-input.ts';
import { spreadMs, type Group } from './group.ts';
import type { Random } from './random.ts';
import type { StageModel } from './stage-model.ts';
import { STAGES, type Stage } from './stage-times.ts';

/** What one run of a forecast draws from. */
export type Models = { readonly random: Random; readonly stage: StageModel; readonly end: EndModel };

/** What one attempt is going to be, from its offer or from the stage that it stands in. */
export type Work = {
  /** When its bytes flow; null: they have flown. */
  readonly download: { readonly from: Instant; readonly to: Instant } | null;
  /** When it asks for nothing more and only its end is waited for. */
  readonly restsAt: Instant;
  readonly endsAt: Instant;
  readonly begunAt: Instant;
  /** null: it succeeds. */
  readonly failing: Failing | null;
};

export type WorkWish = {
  readonly cohort: Cohort;
  readonly failing: Failing | null;
  readonly isDownloadOnly: boolean;
  readonly bytes: number;
  readonly limits: TimeLimits;
  /** From where on: `since` may lie before `at`. */
  readonly stage: Stage;
  readonly since: Instant;
  readonly at: Instant;
};

/** The stages of an attempt; one that only downloads has succeeded with its last byte. */
export function stagesOf(isDownloadOnly: boolean): readonly Stage[] {
  return isDownloadOnly ? STAGES.slice(0, STAGES.indexOf('download') + 1) : STAGES;
}

/**
 * Draws the stages that are left. An attempt that fails does so within the stage after the last one that it finishes; one
 * that never comes to that stage succeeds.
 */
export function drawWork(models: Models, wish: WorkWish): Work {
  const stages = stagesOf(wish.isDownloadOnly);
  const left = stages.slice(Math.min(STAGES.indexOf(wish.stage), stages.length - 1));
  const wouldFailIn = wish.failing === null ? null : stageAfter(wish.failing.stage, wish.stage);
  const failing = left.some((stage) => stage === wouldFailIn) ? wish.failing : null;
  const failsIn = failing === null ? null : wouldFailIn;
  let at = wish.since;
  let download: Work['download'] = null;
  for (const stage of left) {
    const took = durationOf(models, wish, stage);
    const from = at;
    at += failsIn === stage ? took * models.random() : took;
    if (stage === wish.stage) at = Math.max(at, wish.at + (at - from) * LEFT_OVER);
    if (stage === 'download') download = { from: Math.max(from, wish.at), to: at };
    if (failsIn === stage) break;
  }
  const limit = failing === null ? null : limitOf(failing, wish.limits);
  const restsAt = limit?.keepsPlace === true ? at + limit.ms : at;
  return { download, restsAt, endsAt: at + (limit?.ms ?? 0), begunAt: wish.since, failing };
}

/**
 * The work of a whole group: where its devices share places, or may begin only so many in a minute, the last of them ends
 * that much later.
 */
export function inTurn(
  work: Work,
  { at, group, pace }: { readonly at: Instant; readonly group: Group; readonly pace: PaceRule },
): Work {
  const times = group.places === 0 ? 1 : Math.max(1, group.size / group.places);
  const spread = spreadMs(group, pace);
  if (times === 1 && spread === 0) return work;
  const later = (moment: Instant) => Math.max(at + (moment - at) * times, moment + spread);
  const download = work.download && { from: work.download.from, to: later(work.download.to) };
  return { ...work, download, restsAt: later(work.restsAt), endsAt: later(work.endsAt) };
}

/** What took longer than expected already takes this much of it again. */
const LEFT_OVER = 0.25;

function durationOf({ stage: draw }: Models, { cohort, bytes }: WorkWish, stage: Stage): number {
  return stage === 'download' ? (bytes * 1000) / draw(stage, cohort) : draw(stage, cohort);
}

function stageAfter(finished: Stage | '', begun: Stage): Stage {
  const next = finished === '' ? 0 : STAGES.indexOf(finished) + 1;
  return STAGES[Math.max(Math.min(next, STAGES.length - 1), STAGES.indexOf(begun))] ?? begun;
}

/** How long an attempt that says nothing more is waited for; null: its device tells the end. */
function limitOf(
  { state, reason, stage }: Failing,
  limits: TimeLimits,
): { readonly ms: number; readonly keepsPlace: boolean } | null {
  if (reason === 'no-evidence' || reason === 'booted-old-version')
    return { ms: limits.awaitingEvidenceSeconds * 1000, keepsPlace: false };
  if (state !== 'timed-out') return null;
  return { ms: Math.min(stageLimit(reason, stage, limits), limits.silenceSeconds) * 1000, keepsPlace: true };
}

function stageLimit(reason: string, stage: Stage | '', limits: TimeLimits): number {
  if (reason === 'awaiting-report-limit') return limits.awaitingReportSeconds;
  if (reason === 'canceling-limit') return limits.cancelingSeconds;
  switch (stage) {
    case '':
    case 'begin':
      return limits.downloadingSeconds;
    case 'download':
      return limits.downloadedSeconds;
    case 'prepare':
    case 'install':
      return limits.installingSeconds;
  }
}
