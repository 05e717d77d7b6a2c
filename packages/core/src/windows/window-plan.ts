/** A recurring span of local time: when it opens (Quartz-like cron), and how long it stays open, elapsed. */
export type WindowRule = { readonly cron: string; readonly durationSeconds: number };

/** Local dates or date-times, both inclusive, in which nothing opens: `2026-12-24`. */
export type BlackoutRule = { readonly from: string; readonly to: string };

/** When updates may install; without windows always, but for the blackouts. */
export type WindowPlan = { readonly windows: readonly WindowRule[]; readonly blackouts: readonly BlackoutRule[] };
