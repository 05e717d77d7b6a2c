import { type ObjectStore, type Store, sweepObjects } from '@updraft/store';
import type { FastifyBaseLogger } from 'fastify';
import { createRetention, type EndedKeptOf, type Retention } from './retention.ts';
import type { Metrics } from '../http/metrics.ts';
import type { Software } from '../management/software.ts';
import type { Commands } from '../use-cases/commands.ts';
import { timestamp } from '../use-cases/timestamp.ts';

const HOUSEKEEPING_MINUTES = 10;

export type HousekeepingParts = {
  readonly store: Store<Commands>;
  readonly objects: ObjectStore;
  readonly software: Pick<Software, 'sweep'>;
  readonly metrics: Pick<Metrics, 'countRemoved'>;
  readonly log: FastifyBaseLogger;
  readonly endedKeptOf: EndedKeptOf;
  /** Epoch ms. */
  readonly now: () => number;
};

/**
 * Clears away, now and then, what nobody needs any more: expired uploads, objects without an artifact, old
 * Idempotency-Keys, and what tenants keep no longer. Many servers may do it at once. Disposing waits for what runs.
 */
export function startHousekeeping(parts: HousekeepingParts): AsyncDisposable {
  const stopping = new AbortController();
  const retention = createRetention(parts.store, parts.metrics.countRemoved, parts.endedKeptOf);
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running
      .then(() => keepHouse({ parts, retention, signal: stopping.signal }))
      .catch((err: unknown) => parts.log.error({ err }, 'the housekeeping failed; it is tried again'));
  }, HOUSEKEEPING_MINUTES * 60_000);
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}

type Keeping = { readonly parts: HousekeepingParts; readonly retention: Retention; readonly signal: AbortSignal };

async function keepHouse({ parts, retention, signal }: Keeping): Promise<void> {
  if (signal.aborted) return;
  const { store, objects, software, now } = parts;
  await applyRetention(parts, retention, signal);
  await software.sweep();
  await sweepObjects(objects, store.longReader, { now: now(), signal });
  while (!signal.aborted && (await store.commands.run('idempotency.sweep', {})));
}

/** What goes by a clock that has leapt a year ahead would be gone, though the clock is set right an hour later. */
export async function applyRetention(
  { store, log }: Pick<HousekeepingParts, 'store'> & { readonly log: { readonly warn: (line: string) => void } },
  retention: Retention,
  signal: AbortSignal,
): Promise<void> {
  const believedFrom = await store.commands.run('retention.look-at-clock', undefined);
  if (believedFrom === null) return retention.apply(signal);
  const from = timestamp(believedFrom);
  log.warn(`the server was away for a day or more, or the clock has leapt: nothing old is removed before ${from}`);
}
