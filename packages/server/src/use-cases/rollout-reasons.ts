import { clockWords, type PhaseCounts } from '@updraft/core';
import { phaseSpecOf, type PhaseRow, type RevisionRow, type RolloutRow } from '@updraft/store';

/** What a rollout's holds are told from. */
export type Standing = {
  readonly phases: readonly PhaseRow[];
  readonly counts: ReadonlyMap<number, PhaseCounts>;
  readonly firstWindowAt: number | null;
  /** The last move by a person; undefined: nobody has moved it. */
  readonly lastMove: RevisionRow | undefined;
  /** Epoch ms. */
  readonly now: number;
};

/** Why a rollout is paused, or was stopped: which phase with its numbers, or who and when. Empty where it has no reason. */
export function reasonFact({ reason, state }: RolloutRow, standing: Standing): string {
  switch (reason) {
    case 'operator':
      // What ends while it is paused is finished, and was never stopped.
      return movedBy(state === 'stopping' || state === 'stopped' ? 'stopped' : 'paused', standing);
    case 'denied':
      return movedBy('denied', standing);
    case 'error-threshold':
      return erredFact(standing);
    case 'success-not-reached':
      return tooFewFact(standing);
    case null:
      return '';
  }
}

function movedBy(verb: string, { lastMove, now }: Standing): string {
  if (lastMove === undefined) return `it was ${verb}`;
  return `${lastMove.actor} ${verb} it at ${clockWords(lastMove.at, 'UTC', now)}`;
}

function erredFact({ phases }: Standing): string {
  const crossed = phases.find(({ crossed_at }) => crossed_at !== null);
  const error = crossed === undefined ? null : phaseSpecOf(crossed.spec).error;
  if (crossed === undefined || error === null) return 'too many devices of a phase have erred';
  const limit = `more than ${error.percent} %, and at least ${error.minimum}`;
  return `${crossed.erred} of ${crossed.total} devices of ${phaseTitle(crossed)} have erred: ${limit}`;
}

function tooFewFact({ phases, counts }: Standing): string {
  const held = phases.find(({ state, reached_at }) => state === 'started' && reached_at === null);
  if (held === undefined) return 'nothing of a phase is open, and too few of it succeeded';
  const { succeeded, counted } = successOf(held, counts);
  const asked = `${phaseSpecOf(held.spec).successPercent} % are asked`;
  return `nothing of ${phaseTitle(held)} is open, and only ${succeeded} of ${counted} devices succeeded: ${asked}`;
}

/** Of how many members that count how many have succeeded. */
export function successOf({ number, total }: PhaseRow, counts: Standing['counts']) {
  const own = counts.get(number);
  return { succeeded: own?.succeeded ?? 0, counted: total - (own?.superseded ?? 0) - (own?.canceled ?? 0) };
}

export function phaseTitle({ number, spec }: PhaseRow): string {
  const { name } = phaseSpecOf(spec);
  return name === '' ? `phase ${number}` : `phase ${number} (${name})`;
}
