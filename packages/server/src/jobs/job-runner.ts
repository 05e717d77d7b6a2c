import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { dueWork, type Store, tenantWithOldPlaces } from '@updraft/store';
import type { FastifyBaseLogger } from 'fastify';
import type { CommitListeners } from '../commit-listeners.ts';
import type { Commands } from '../use-cases/commands.ts';
import { type AwayWatch, createAwayWatch } from './away-watch.ts';
import { endDueAttempts, foldCounts, type JobRound, sweepSilence, workOnRollouts } from './job-round.ts';
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
  const watch = createAwayWatch(() => Date.now());
  const turn: Turn = { place: null, foldedAt: -Infinity, maxRestMs: MAX_REST_MS, watch };

  const run = async (): Promise<void> => {
    try {
      do {
        isWanted = false;
        await listenAnew(store, turn);
        const isOurs = await mayWork(store, owner);
        watch.isHere();
        if (!isOurs) return;
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

/**
 * A server that was stopped for a while, or without its database, did not listen: that is said before anything is judged
 * by the time that passed.
 */
async function listenAnew(store: Store<Commands>, { watch }: Pick<Turn, 'watch'>): Promise<void> {
  if (watch.wasAway()) await store.commands.run('job.listen', undefined);
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
  readonly watch: AwayWatch;
};

/**
 * Rounds of one slice of each kind, until nothing is due, or {@link WORK_MS} have passed; tells whether more may be due.
 * What fails is put off and told at the end of its round, in an AggregateError: what else is due has its turn before.
 */
export async function work(
  store: Store<Commands>,
  signal: AbortSignal,
  turn: Turn = { place: null, foldedAt: -Infinity, maxRestMs: 0, watch: createAwayWatch(() => 0) },
): Promise<boolean> {
  const until = performance.now() + WORK_MS;
  while (performance.now() < until && !signal.aborted) {
    await listenAnew(store, turn);
    const round: JobRound = { store, now: await store.now(), failed: [] };
    turn.watch.isHere();
    const isMore = await workOnce(round, turn);
    if (round.failed.length > 0) throw new AggregateError(round.failed, 'not all that is due could be done');
    if (!isMore) return false;
  }
  return true;
}

/** Tells whether anything was due. */
async function workOnce(round: JobRound, turn: Turn): Promise<boolean> {
  const { store, now } = round;
  const due = await dueWork(store.reader, now);
  if (due.attempts) await endDueAttempts(round);
  if (due.rollouts) await workAndRest(round, turn.maxRestMs);
  if (due.phases) turn.place = await sweepSilence(round, turn.place);
  if (due.counts && (!due.rollouts || performance.now() - turn.foldedAt >= FOLD_EVERY_MS)) {
    await foldCounts(round);
    turn.foldedAt = performance.now();
  }
  if (due.places) await renewNextPlaces(store);
  const hasLinked = (due.returns && (await makeReturns(round))) || (due.joining && (await letDevicesJoin(round)));
  return due.attempts || due.rollouts || due.phases || due.counts || due.places || hasLinked;
}

async function workAndRest(round: JobRound, maxRestMs: number): Promise<void> {
  const startedAt = performance.now();
  await workOnRollouts(round);
  await sleep(Math.min(performance.now() - startedAt, maxRestMs));
}

async function renewNextPlaces(store: Store<Commands>): Promise<void> {
  const tenant = await tenantWithOldPlaces(store.reader);
  if (tenant !== undefined) await store.commands.run('place.renew-next', { tenant });
}
