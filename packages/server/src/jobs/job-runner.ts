import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { dueRollouts, dueWork, type Store, tenantWithOldPlaces } from '@updraft/store';
import type { FastifyBaseLogger } from 'fastify';
import type { CommitListeners } from '../commit-listeners.ts';
import type { Commands } from '../use-cases/commands.ts';
import { letDevicesJoin } from './joining.ts';
import { makeReturns } from './returns.ts';
import type { SweepPlace } from '../use-cases/silence-sweep.ts';

/** How often it is looked for what is due. */
const TICK_MS = 1000;
/** Work between two looks at the lease, which outlives it. */
const WORK_MS = 3000;
/**
 * Behind slices of rollouts comes a rest as long as they took, up to this: on few cores polls have theirs meanwhile, and
 * what waits for the writer is done.
 */
const MAX_REST_MS = 25;
/** While slices are under way counts are folded as often as this, not behind each: a commit for ten slices. */
const FOLD_EVERY_MS = 500;

export type JobParts = {
  readonly commits: CommitListeners;
  readonly store: Store<Commands>;
  readonly log: FastifyBaseLogger;
};

export type Jobs = AsyncDisposable & {
  /** Does what is due now; resolves when nothing is left, or another server does it. */
  readonly settle: () => Promise<void>;
};

/**
 * What must happen in time: attempts that are due, rollouts to be made, closed or ended, silent devices, counts to be
 * folded. Each slice is a command of its own that decides anew, so that a crash between two loses and doubles nothing;
 * polls and reports run between them. Of many servers on one database the one that holds the lease works.
 */
export async function startJobs({ store, commits, log }: JobParts): Promise<Jobs> {
  const owner = randomUUID();
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  let isWanted = false;
  const turn: Turn = { place: null, foldedAt: -Infinity, maxRestMs: MAX_REST_MS };

  const run = async (): Promise<void> => {
    try {
      do {
        isWanted = false;
        if (!(await mayWork(store, owner))) return;
        if (await work(store, stopping.signal, turn)) isWanted = true;
      } while (isWanted && !stopping.signal.aborted);
    } finally {
      // In the same breath as the last look at `isWanted`: a wish that comes a moment later starts a run of its own.
      running = null;
    }
  };
  const wake = (): void => {
    isWanted = true;
    if (stopping.signal.aborted) return;
    running ??= run().catch((err: unknown) => log.error({ err }, 'a job failed; it is tried again'));
  };
  await store.commands.run('job.listen', undefined);
  // What changes a rollout touches its tenant.
  commits.onTouched(({ tenants }) => {
    if (tenants.length > 0) wake();
  });
  const timer = setInterval(wake, TICK_MS);
  timer.unref();
  return {
    settle: async () => {
      wake();
      await running;
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      clearInterval(timer);
      await running;
    },
  };
}

/** SQLite's data directory has one server: no lease is needed, and no write where nothing is due. */
async function mayWork(store: Store<Commands>, owner: string): Promise<boolean> {
  return store.dialect === 'sqlite' || store.commands.run('job.take-lease', { owner });
}

type Turn = {
  /** How far the members of a due phase were looked at; the next turn goes on from there. */
  place: SweepPlace;
  /** When counts were folded last, on this process's own clock. */
  foldedAt: number;
  readonly maxRestMs: number;
};

/** Rounds of one slice of each kind, until nothing is due, or {@link WORK_MS} have passed; tells whether more may be due. */
export async function work(
  store: Store<Commands>,
  signal: AbortSignal,
  turn: Turn = { place: null, foldedAt: -Infinity, maxRestMs: 0 },
): Promise<boolean> {
  const until = performance.now() + WORK_MS;
  while (performance.now() < until && !signal.aborted) {
    const now = await store.now();
    const due = await dueWork(store.reader, now);
    if (due.attempts) await store.commands.run('job.end-due-attempts', undefined);
    if (due.rollouts) await workOnRollouts(store, await dueRollouts(store.reader, now), turn.maxRestMs);
    if (due.phases) turn.place = await store.commands.run('job.sweep-silence', { place: turn.place });
    if (due.counts && (!due.rollouts || performance.now() - turn.foldedAt >= FOLD_EVERY_MS)) {
      await store.commands.run('job.fold-counts', undefined);
      turn.foldedAt = performance.now();
    }
    if (due.places) await renewNextPlaces(store);
    const hasLinked =
      (due.returns && (await makeReturns(store))) || (due.joining && (await letDevicesJoin(store, now)));
    if (!(due.attempts || due.rollouts || due.phases || due.counts || due.places || hasLinked)) return false;
  }
  return true;
}

async function workOnRollouts(store: Store<Commands>, rollouts: readonly number[], maxRestMs: number): Promise<void> {
  const startedAt = performance.now();
  for (const rollout of rollouts) await store.commands.run('job.work-on-rollout', { rollout });
  await sleep(Math.min(performance.now() - startedAt, maxRestMs));
}

async function renewNextPlaces(store: Store<Commands>): Promise<void> {
  const tenant = await tenantWithOldPlaces(store.reader);
  if (tenant !== undefined) await store.commands.run('place.renew-next', { tenant });
}
