import { type CommandContext, sweepIdempotencyKeys } from '@updraft/store';
import { IDEMPOTENCY_KEPT_MS } from './once.ts';

const ROWS_PER_SWEEP = 500;

export const idempotencyCommands = {
  /** Forgets keys whose time is over, a slice at a time; tells whether there may be more. */
  'idempotency.sweep': async (context: CommandContext, _input: Readonly<Record<never, never>>): Promise<boolean> =>
    (await sweepIdempotencyKeys(context, context.now - IDEMPOTENCY_KEPT_MS, ROWS_PER_SWEEP)) === ROWS_PER_SWEEP,
};
