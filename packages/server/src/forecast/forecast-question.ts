import type { CohortProgress, ForecastPhase, History, PastContact, RolloutPolicy, Standing } from '@updraft/core';
import type { ContactDays } from '@updraft/store';

/** What a forecast is made from, as it was read: plain data for the thread that plays it. */
export type ForecastFacts = {
  readonly now: number;
  /** When the rollout starts or goes on. */
  readonly from: number;
  readonly policy: RolloutPolicy;
  readonly standing: Standing;
  readonly phases: readonly ForecastPhase[];
  /** Devices of each phase that are open. */
  readonly open: readonly number[];
  /** A sample of them. */
  readonly devices: readonly ToldDevice[];
  /** What each device downloads. */
  readonly bytes: number;
  readonly history: History;
  readonly seed: string;
};

/** What is known of one device of a sample. */
export type ToldDevice = {
  /** Its id; 0: of no type. */
  readonly deviceType: number;
  readonly link: number;
  readonly zone: string;
  readonly pollSeconds: number;
  readonly site: { readonly name: string; readonly devices: number } | null;
  /** Until when it is set aside after many failures; null: it is not. */
  readonly penaltyUntil: number | null;
  readonly contact: Omit<PastContact, 'days'> & ContactDays;
  /** null: the rollout is not made yet, and its phases draw from all devices alike. */
  readonly member: { /** Index. */ readonly phase: number; readonly progress: CohortProgress } | null;
};
