import type { Touched } from '../command.ts';
import type { ClockOffset } from '../database/database-clock.ts';
import type { CommandFailure } from './command-failure.ts';

/** What the writer thread is started with. */
export type WriterData = { readonly commandsModule: string; readonly clockOffset: ClockOffset | undefined };

export type CommandRequest = { readonly id: number; readonly name: string; readonly input: unknown };

export type CommandAnswer =
  | { readonly id: number; readonly outcome: 'done'; readonly output: unknown }
  | { readonly id: number; readonly outcome: 'failed'; readonly failure: CommandFailure };

export type ToWriter =
  | { readonly type: 'open'; readonly file: string }
  | { readonly type: 'commands'; readonly requests: readonly CommandRequest[] }
  | { readonly type: 'close' };

export type FromWriter =
  | { readonly type: 'ready' }
  | { readonly type: 'refused'; readonly failure: CommandFailure }
  | { readonly type: 'committed'; readonly answers: readonly CommandAnswer[]; readonly touched: Touched }
  | { readonly type: 'closed' };
