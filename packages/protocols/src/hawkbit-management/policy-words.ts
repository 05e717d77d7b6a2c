import { DEFAULT_TIME_LIMITS, NO_LIMIT_SECONDS, type RolloutPolicy } from '@updraft/core';
import type { z } from 'zod';
import type { PolicyInput } from '../api/policies.ts';
import type { ReadWindow } from './maintenance-window.ts';

/** How urgent an action is, in hawkBit's words (frozen wire names). */
export const ACTION_URGENCIES = ['soft', 'forced', 'timeforced', 'downloadonly'] as const;
type ActionUrgency = (typeof ACTION_URGENCIES)[number];

/** What one asks of an assignment, a rollout or an automatic assignment on this wire. */
export type AskedPolicy = {
  /** Left out: forced. */
  readonly type?: ActionUrgency | undefined;
  /** Epoch ms, of a time-forced one; left out: at once. */
  readonly forcetime?: number | undefined;
  readonly needsConsent: boolean;
  readonly window?: ReadWindow | undefined;
};
type Policy = z.output<typeof PolicyInput>;

/**
 * What this door makes has hawkBit's policy: no retries, no limits of time or silence but that of a cancel, no pace; a
 * window is that of the caller's zone, and downloads go ahead of it.
 */
export function policyOfWire({ type = 'forced', forcetime = 0, needsConsent, window }: AskedPolicy): Policy {
  return {
    action:
      type === 'timeforced'
        ? { kind: 'time-forced', forcedAt: new Date(forcetime).toISOString() }
        : { kind: type === 'downloadonly' ? 'download-only' : type },
    consent: { required: needsConsent },
    windows: window === undefined ? {} : { windows: [window], downloadAhead: true },
    pace: { parallel: null, perMinute: null, perSite: null },
    retries: { limit: 0 },
    timeLimits: { ...NO_LIMITS, cancelingSeconds: DEFAULT_TIME_LIMITS.cancelingSeconds },
    onFailure: 'pause',
    emergency: false,
  };
}

const NO_LIMITS = {
  downloadingSeconds: NO_LIMIT_SECONDS,
  downloadedSeconds: NO_LIMIT_SECONDS,
  installingSeconds: NO_LIMIT_SECONDS,
  awaitingReportSeconds: NO_LIMIT_SECONDS,
  awaitingEvidenceSeconds: NO_LIMIT_SECONDS,
  silenceSeconds: NO_LIMIT_SECONDS,
};

/** The urgency of a policy on this wire; `forceTime` only of one that is forced at a time. */
export function urgencyOnWire({ action }: Pick<RolloutPolicy, 'action'>): {
  readonly forceType: ActionUrgency;
  readonly forceTime: number | null;
} {
  switch (action.kind) {
    case 'time-forced':
      return { forceType: 'timeforced', forceTime: action.forcedAt };
    case 'download-only':
      return { forceType: 'downloadonly', forceTime: null };
    case 'forced':
    case 'soft':
      return { forceType: action.kind, forceTime: null };
  }
}
