import type { CallAnswer } from '@updraft/protocols';
import { lengthText } from '../output/figures.ts';
import { cutText, harmless, padText, textWidth } from '../output/text-width.ts';

type PhaseRow = CallAnswer<'rollouts.show'>['phases'][number];

/** A phase with what of it is drawn with which mark; the rest of its bar is dotted. */
export type PhaseBar = {
  readonly number: number;
  readonly name: string;
  readonly parts: readonly { readonly mark: string; readonly count: number }[];
  /** What stands behind the bar. */
  readonly words: string;
};

const BAR_CHARACTERS = 30;
const WIDEST_NAME = 20;

/**
 * One line a phase. A bar is as long as `all` devices; what is not nothing is drawn with one character at least, so that
 * a small phase, or its one failure, is seen.
 */
export function phaseBars(bars: readonly PhaseBar[], all: number): string[] {
  const names = bars.map(({ number, name }) => cutText(harmless(`${number} ${name}`.trim()), WIDEST_NAME));
  const width = Math.max(0, ...names.map(textWidth));
  return bars.map(({ parts, words }, index) => {
    const drawn = parts.map(({ mark, count }) => mark.repeat(charactersOf(count, all))).join('');
    const bar = drawn.slice(0, BAR_CHARACTERS).padEnd(BAR_CHARACTERS, '.');
    return `  ${padText(names[index] ?? '', width)}  [${bar}] ${words}`;
  });
}

function charactersOf(count: number, all: number): number {
  return count <= 0 || all <= 0 ? 0 : Math.max(1, Math.round((count / all) * BAR_CHARACTERS));
}

/** The phases of a rollout that stands: done `#`, failed `!`, under way `>`; each bar is its own phase's devices. */
export function standingBars(phases: readonly PhaseRow[]): string[] {
  return phases.flatMap((phase, index) =>
    phaseBars(
      [
        {
          number: phase.number,
          name: phase.name,
          parts: partsOf(phase),
          words: standingWords(phase, index === phases.length - 1),
        },
      ],
      Math.max(phase.total, phase.planned),
    ),
  );
}

const DONE = ['succeeded', 'canceled', 'superseded'] as const;
const WAITING = ['scheduled', 'ready', 'awaiting-consent'] as const;

function partsOf({ counts, total }: PhaseRow): PhaseBar['parts'] {
  const sum = (states: readonly (keyof typeof counts)[]) =>
    states.reduce((all, state) => all + (counts[state] ?? 0), 0);
  const [done, failed, waiting] = [sum(DONE), sum(['failed']), sum(WAITING)];
  return [
    { mark: '#', count: done },
    { mark: '!', count: failed },
    { mark: '>', count: total - done - failed - waiting },
  ];
}

/** The last has none that waits for its success. */
function standingWords(phase: PhaseRow, isLast: boolean): string {
  const { state, counts, total, erred, error, crossedAt } = phase;
  const limit =
    error === null
      ? ''
      : ` (limit ${error.percent} %, at least ${error.minimum}${crossedAt === null ? '' : '; crossed'})`;
  return [
    `${state}: ${counts.succeeded ?? 0} of ${total} succeeded${isLast ? '' : ` (${nextText(phase)})`}`,
    ...(erred === 0 && error === null ? [] : [`${erred} erred${limit}`]),
  ].join(', ');
}

function nextText({ successPercent, soakSeconds, next }: PhaseRow): string {
  const soak = soakSeconds === 0 ? '' : `, ${lengthText(soakSeconds)} later`;
  return `next at ${successPercent} %${next === 'hand' ? ', by hand' : soak}`;
}
