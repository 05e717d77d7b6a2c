/** A recurring span of local time: when it opens (a cron expression as Quartz writes it), and how long it stays open, in elapsed time. */
export type WindowRule = {
  readonly cron: string;
  readonly durationSeconds: number;
  /** A zone that counts in the place of the device's. */
  readonly zone?: string | undefined;
};

/** A local span in which nothing opens: dates, both included (`2026-12-24`), or date-times, over at `to` (`2026-12-24T18:00`). */
export type BlackoutRule = { readonly from: string; readonly to: string };

/** When updates may install; without windows always, but for the blackouts. */
export type WindowPlan = { readonly windows: readonly WindowRule[]; readonly blackouts: readonly BlackoutRule[] };
