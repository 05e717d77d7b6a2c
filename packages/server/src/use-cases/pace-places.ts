import { freePace, reservePace, takePace, type CommandContext, type PaceHolder } from '@updraft/store';

/** What happens to an attempt's place in its rollout's pace. */
const MOVES = { freed: freePace, taken: takePace, reserved: reservePace };

/** So that keys go in the order of the ids. */
const ID_DIGITS = 16;

/**
 * Moves it behind everything else of the transaction: all first offers of a rollout wait for the row that counts. What
 * one attempt takes and gives back in the same transaction (a failure that is told before any offer) goes in its order.
 */
export function movePaceLast(context: CommandContext, move: keyof typeof MOVES, holder: PaceHolder): void {
  const [rollout, attempt] = [holder.rollout, holder.attempt].map((id) => String(id).padStart(ID_DIGITS, '0'));
  context.last(`pace ${rollout} ${attempt}`, () => MOVES[move](context, holder));
}
