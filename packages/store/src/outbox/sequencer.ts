import { randomUUID } from 'node:crypto';
import type { CommandMap } from '../command.ts';
import { whatFailed } from '../database/store-error.ts';
import { acquireLease, releaseLease } from '../lease.ts';
import type { StoreLog } from '../store-log.ts';
import type { PoolRunner } from '../writer/pool-runner.ts';
import { MAX_EVENTS_PER_SEQUENCING, sequenceEvents } from './sequence-events.ts';

const LEASE = 'event-sequencer';
const LEASE_MS = 5000;
/** How long an event waits at most whose server died between its commit and its word to the others. */
const TICK_MS = 1000;

export type SequencerOptions = {
  readonly runner: PoolRunner<CommandMap>;
  readonly log: StoreLog;
  /** Told when new events can be read. */
  readonly onSequenced: () => void;
};

export type Sequencer = { readonly wake: () => void; readonly close: () => Promise<void> };

/**
 * Numbers committed events on PostgreSQL, where transactions commit out of the order of their ids. Every server runs
 * one, the one that holds the lease works; the row of the last position keeps two from numbering at once all the same.
 */
export function startSequencer({ runner, log, onSequenced }: SequencerOptions): Sequencer {
  const owner = randomUUID();
  let wanted = false;
  let working: Promise<void> | undefined;
  let closed = false;

  const work = async () => {
    while (wanted && !closed) {
      wanted = false;
      const numbered = await runner.transact(async (context) => {
        const waiting = await context.db
          .selectFrom('event')
          .select('id')
          .where('position', 'is', null)
          .limit(1)
          .execute();
        if (waiting.length === 0) return 0;
        if (!(await acquireLease(context, { name: LEASE, owner, milliseconds: LEASE_MS }))) return 0;
        return sequenceEvents(context.db);
      });
      if (numbered === MAX_EVENTS_PER_SEQUENCING) wanted = true;
      if (numbered > 0) onSequenced();
    }
  };
  const wake = () => {
    wanted = true;
    if (closed || working !== undefined) return;
    working = work()
      .catch((error: unknown) => log.warn(whatFailed(error), 'events could not be given their positions; tried again'))
      .finally(() => {
        working = undefined;
      });
  };
  const tick = setInterval(wake, TICK_MS);
  tick.unref();
  return {
    wake,
    close: async () => {
      closed = true;
      clearInterval(tick);
      await working;
      await runner
        .transact((context) => releaseLease(context, LEASE, owner))
        .catch((error: unknown) => log.warn(whatFailed(error), 'the lease of the sequencer runs out by itself'));
    },
  };
}
