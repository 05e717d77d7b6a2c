import type { DailyWindow } from './daily-window.ts';

/** Failures that are tried again, by the names of the policy. */
export type RetriedFailure = 'failed' | 'rolled-back' | 'timed-out' | 'silence' | 'booted-old-version' | 'no-evidence';

/** When a rollout starts that is made and approved. */
export type ModelStart =
  | { readonly by: 'hand' | 'ready' | 'first-window' }
  | { readonly by: 'time'; /** From when it is made. */ readonly afterSeconds: number };

/** The parts of a rollout's policy that the model knows of. */
export type ModelPolicy = {
  readonly start: ModelStart;
  readonly approval: boolean;
  readonly downloadOnly: boolean;
  readonly consent: boolean;
  readonly askAgainSeconds: number;
  readonly window: DailyWindow | null;
  /** Whether downloads go before the window opens, to who can wait with the install. */
  readonly downloadAhead: boolean;
  readonly parallel: number | null;
  readonly perMinute: number | null;
  readonly perSite: number | null;
  readonly retries: number;
  readonly retryOn: readonly RetriedFailure[];
  readonly firstSeconds: number;
  readonly onFailure: 'pause' | 'stop' | 'return';
  readonly dynamic: boolean;
  readonly emergency: boolean;
  readonly limits: ModelLimits;
};

/** Seconds. */
export type ModelLimits = {
  readonly downloading: number;
  readonly downloaded: number;
  readonly installing: number;
  readonly 'awaiting-report': number;
  readonly 'awaiting-evidence': number;
  readonly canceling: number;
  readonly silence: number;
};

export type ModelPhaseSpec = {
  /** Of all members; null: the rest. */
  readonly percent: number | null;
  /** Those of these devices of the run that no earlier phase names, in the place of a share: a bit for each; null: by share. */
  readonly named: number | null;
  readonly successPercent: number;
  readonly error: { readonly percent: number; readonly minimum: number } | null;
  readonly soakSeconds: number;
  readonly byHand: boolean;
};

/** What the API is told of a rollout that is made at `now`. */
export function policyInput(policy: ModelPolicy, now: number) {
  const { start, dynamic } = policy;
  return { ...changeInput(policy), start: startInput(start, now), dynamic };
}

function startInput(start: ModelStart, now: number) {
  if (start.by !== 'time') return start;
  return { by: start.by, at: new Date(now + start.afterSeconds * 1000).toISOString() };
}

/** The same without what is said only when it is made. */
export function changeInput(policy: ModelPolicy) {
  const { limits, window, downloadAhead } = policy;
  return {
    approval: policy.approval ? ('required' as const) : ('none' as const),
    action: { kind: policy.downloadOnly ? ('download-only' as const) : ('forced' as const) },
    consent: { required: policy.consent, askAgainSeconds: policy.askAgainSeconds },
    windows: window === null ? { windows: [] } : windowInput(window, downloadAhead),
    pace: { parallel: policy.parallel, perMinute: policy.perMinute, perSite: policy.perSite },
    retries: {
      limit: policy.retries,
      on: [...policy.retryOn],
      firstSeconds: policy.firstSeconds,
      factor: 2,
      capSeconds: 4 * policy.firstSeconds,
      jitterPercent: 0,
    },
    onFailure: policy.onFailure,
    emergency: policy.emergency,
    timeLimits: {
      downloadingSeconds: limits.downloading,
      downloadedSeconds: limits.downloaded,
      installingSeconds: limits.installing,
      awaitingReportSeconds: limits['awaiting-report'],
      awaitingEvidenceSeconds: limits['awaiting-evidence'],
      cancelingSeconds: limits.canceling,
      silenceSeconds: limits.silence,
    },
  };
}

function windowInput({ fromHour, minutes, zone }: DailyWindow, downloadAhead: boolean) {
  return { zone, downloadAhead, windows: [{ cron: `0 0 ${fromHour} ? * *`, durationSeconds: minutes * 60 }] };
}

/** How long the n-th retry waits: twice as long each time, at most four times as long. */
export function retryWaitMs({ firstSeconds }: ModelPolicy, failures: number): number {
  return Math.min(2 ** (failures - 1), 4) * firstSeconds * 1000;
}
