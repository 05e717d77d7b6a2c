import { freePace, reservePace, takePace, type CommandContext, type PaceHolder } from '@updraft/store';

/** What happens to an attempt's place in its rollout's pace. Those that give back go before those that take. */
const MOVES = { freed: freePace, taken: takePace, reserved: reservePace };
const ORDER = Object.keys(MOVES);

/** So that keys go in the order of the ids. */
const ID_DIGITS = 16;

/** Moves it behind everything else of the transaction: all first offers of a rollout wait for the row that counts. */
export function movePaceLast(context: CommandContext, move: keyof typeof MOVES, holder: PaceHolder): void {
  const key = `pace ${String(holder.rollout).padStart(ID_DIGITS, '0')} ${ORDER.indexOf(move)} ${holder.attempt}`;
  context.last(key, () => MOVES[move](context, holder));
}
