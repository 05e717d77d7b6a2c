import type { RolloutSums } from '@updraft/store';
import { Gauge, type Registry } from 'prom-client';

/** Whoever may scrape may do so often: the database is asked once in so long. */
const SUMS_KEPT_MS = 1000;

export type RolloutMetricsSource = {
  readonly readSums: () => Promise<RolloutSums>;
  /** Told when they cannot be read: then the gauges show nothing, and the other metrics all the same. */
  readonly onUnread: (error: unknown) => void;
  readonly now: () => number;
};

/** How many rollouts are under way, in which state and why, and where their devices stand, read when the page is. */
export function rolloutMetrics(registry: Registry, source: RolloutMetricsSource): void {
  const sums = remembered(source);
  new Gauge({
    name: 'updraft_rollout_count',
    help: 'Rollouts that have not ended, by kind, state, and why they are paused or stopping',
    labelNames: ['kind', 'state', 'reason'],
    registers: [registry],
    async collect() {
      const { rollouts } = await sums();
      this.reset();
      for (const { kind, state, reason, n } of rollouts) this.set({ kind, state, reason: reason ?? '' }, n);
    },
  });
  new Gauge({
    name: 'updraft_rollout_devices',
    help: 'Devices of rollouts that have not ended, by the state that they are counted in',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      const { devices } = await sums();
      this.reset();
      for (const { state, n } of devices) this.set({ state }, n);
    },
  });
}

const NONE: RolloutSums = { rollouts: [], devices: [] };

/** One look at a time, kept for {@link SUMS_KEPT_MS}. */
function remembered({ readSums, onUnread, now }: RolloutMetricsSource): () => Promise<RolloutSums> {
  let last: { readonly at: number; readonly sums: Promise<RolloutSums> } | null = null;
  return async () => {
    if (last !== null && now() - last.at < SUMS_KEPT_MS) return last.sums;
    const sums = readSums().catch((error: unknown) => {
      onUnread(error);
      return NONE;
    });
    last = { at: now(), sums };
    return sums;
  };
}
