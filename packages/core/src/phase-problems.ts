import type { PhaseSpec } from './phase-spec.ts';
import { devicesText, refused, warned, type RolloutProblem } from './rollout-problem.ts';

/** What is known of the devices that phases would take. */
export type PhaseFacts = {
  /** Devices that the rollout's filter names. */
  readonly matched: number;
  /** Devices that each phase would get, in order. */
  readonly phaseTotals: readonly number[];
  /** Of the last phase's devices, those that no phase asked for. */
  readonly unasked: number;
};

/** What of the phases of a draft is impossible or surprising. */
export function phaseProblems(phases: readonly PhaseSpec[], facts: PhaseFacts): readonly RolloutProblem[] {
  return [
    ...phases.flatMap((phase, index) => onePhase(phase, index, facts)),
    ...sumProblems(phases, facts),
    ...successProblems(phases, facts),
  ];
}

function onePhase({ size, error }: PhaseSpec, index: number, { matched, phaseTotals }: PhaseFacts): RolloutProblem[] {
  const total = phaseTotals[index] ?? 0;
  const at = `phases.${index}`;
  const found: RolloutProblem[] = [];
  if (size.by !== 'rest' && total === 0 && matched > 0)
    found.push(warned('phase-empty', `${at}.size`, emptyText(index, size.by === 'filter')));
  if (error !== null && error.minimum < 1)
    found.push(
      refused(
        'error-threshold-without-minimum',
        `${at}.error.minimum`,
        `Say how many errors it takes at least: with none, one failure of a small phase would cross ${error.percent} %.`,
      ),
    );
  if (error !== null && total > 0 && error.minimum > total)
    found.push(
      warned(
        'error-minimum-over-phase',
        `${at}.error.minimum`,
        `Phase ${index + 1} has ${devicesText(total)}, so that ${error.minimum} errors can never be; its threshold never fires. Ask for at most ${total}.`,
      ),
    );
  if (error !== null && error.percent >= 100)
    found.push(
      warned(
        'error-percent-never-crossed',
        `${at}.error.percent`,
        `More than ${error.percent} % can never err, so that the threshold of phase ${index + 1} never fires. Ask for less than 100 %, or leave it out.`,
      ),
    );
  return found;
}

function emptyText(index: number, isByFilter: boolean): string {
  const change = isByFilter ? 'Change its filter' : 'Make it greater';
  return `Phase ${index + 1} gets no device, and is passed at once. ${change}, or leave it out.`;
}

function sumProblems(phases: readonly PhaseSpec[], { matched, unasked }: PhaseFacts): RolloutProblem[] {
  const percent = phases.reduce((sum, { size }) => sum + (size.by === 'percent' ? size.percent : 0), 0);
  const counted = phases.reduce((sum, { size }) => sum + (size.by === 'count' ? size.count : 0), 0);
  const found: RolloutProblem[] = [];
  if (percent > 100)
    found.push(
      refused(
        'percent-over-100',
        'phases',
        `The phases take ${percent} % together; at most 100 % are there. Take less, or make the last one the rest.`,
      ),
    );
  if (matched > 0 && counted > matched)
    found.push(
      warned(
        'count-over-matched',
        'phases',
        `The phases take ${devicesText(counted)} together; the filter names ${matched}. Take less, or make the last one the rest.`,
      ),
    );
  if (unasked > 0)
    found.push(
      warned(
        'phases-leave-rest',
        `phases.${phases.length - 1}.size`,
        `${devicesText(unasked)} that no phase asks for fall into phase ${phases.length}, the last. Add a phase for the rest, or have the rollout's filter name fewer.`,
      ),
    );
  return found;
}

/** The first phase that one device can hold up for all behind it; told once, as it is what phases say if nothing is said. */
function successProblems(phases: readonly PhaseSpec[], { phaseTotals }: PhaseFacts): RolloutProblem[] {
  const index = phases.findIndex(
    ({ successPercent, next }, at) =>
      at < phases.length - 1 && successPercent === 100 && next === 'automatic' && (phaseTotals[at] ?? 0) > 0,
  );
  if (index === -1) return [];
  const message = `Phase ${index + 1} is reached when all of its devices have succeeded: one that fails for good makes the next phase wait for a person. Ask for less than 100 % if the rollout is to go on by itself.`;
  return [warned('success-needs-all', `phases.${index}.successPercent`, message)];
}
