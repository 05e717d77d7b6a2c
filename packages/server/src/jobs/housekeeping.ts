import { type ObjectStore, type Store, sweepObjects } from '@updraft/store';
import type { FastifyBaseLogger } from 'fastify';
import type { Software } from '../management/software.ts';
import type { Commands } from '../use-cases/commands.ts';

const HOUSEKEEPING_MINUTES = 10;

export type HousekeepingParts = {
  readonly store: Store<Commands>;
  readonly objects: ObjectStore;
  readonly software: Pick<Software, 'sweep'>;
  readonly log: FastifyBaseLogger;
  /** Epoch ms. */
  readonly now: () => number;
};

/**
 * Clears away, now and then, what nobody needs any more: expired uploads, objects without an artifact, old
 * Idempotency-Keys. Many servers may do it at once. Disposing waits for what runs.
 */
export function startHousekeeping(parts: HousekeepingParts): AsyncDisposable {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running
      .then(() => keepHouse(parts, stopping.signal))
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

async function keepHouse({ store, objects, software, now }: HousekeepingParts, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await software.sweep();
  await sweepObjects(objects, store.longReader, { now: now(), signal });
  while (!signal.aborted && (await store.commands.run('idempotency.sweep', {})));
}
