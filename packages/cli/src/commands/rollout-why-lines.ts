import type { CallAnswer } from '@updraft/protocols';
import { localTimeText } from '../output/figures.ts';
import { terminalWidth } from '../output/printer.ts';
import { harmless, padText, textWidth } from '../output/text-width.ts';
import { wrappedLines } from '../output/wrapped-lines.ts';
import { rolloutAdvice } from './advice.ts';
import { asideLines } from './preview-lines.ts';
import type { Session } from '../session.ts';

type RolloutWhy = CallAnswer<'rollouts.why'>;

/** What holds a rollout, called by `reference`: itself first, then each shut gate with how many devices it holds. */
export function rolloutWhyLines(why: RolloutWhy, reference: string, { shell, print }: Session): string[] {
  const width = terminalWidth(shell.stdout);
  const at = (time: string | null) => (time === null ? '' : ` Changes at ${localTimeText(time, shell.timeZone)}.`);
  return [
    ...wrappedLines(harmless(why.summary), width).map((line) => print.paint('bold', line)),
    ...unsaidHolds(why).flatMap(({ code, fact, nextChange }) =>
      hanging(`${code}: `, `${harmless(fact)}.${at(nextChange)}`, width),
    ),
    ...(why.gates.length === 0 ? [] : ['', GATES_TITLE, ...gateLines(why, width, at)]),
    '',
    countedText(why),
    ...asideLines('Left out:', why.excluded),
    ...rolloutAdvice(why, reference).flatMap((line) => wrappedLines(harmless(line), width)),
  ];
}

const GATES_TITLE = 'Gates that are shut, how many devices each holds, and for how many it is the first:';

/** What the first line has not said already. */
function unsaidHolds({ holds, summary }: RolloutWhy): RolloutWhy['holds'] {
  return holds.filter(({ fact, nextChange }) => nextChange !== null || !summary.includes(fact));
}

function gateLines({ gates }: RolloutWhy, width: number | null, at: (time: string | null) => string): string[] {
  const names = Math.max(...gates.map(({ gate }) => textWidth(gate)));
  return gates.flatMap(({ gate, shut, first, fact, nextChange, examples }) => {
    const counts = `${padText(String(shut), 7, 'right')} held, ${padText(String(first), 7, 'right')} first  `;
    const such = examples.length === 0 ? '' : ` Such as ${harmless(examples.join(', '))}.`;
    return hanging(`${padText(gate, names)}${counts}`, `${harmless(fact)}.${at(nextChange)}${such}`, width);
  });
}

function hanging(head: string, text: string, width: number | null): string[] {
  const indent = textWidth(head);
  const [first = '', ...more] = wrappedLines(text, width === null ? null : width - indent);
  return [head + first, ...more.map((line) => ' '.repeat(indent) + line)];
}

function countedText({ open, scheduled, looked, isSampled }: RolloutWhy): string {
  if (open === 0) return 'None of its devices is open.';
  const rest = scheduled === 0 ? '' : `; ${scheduled} more are in phases that have not started`;
  if (open - scheduled === 1) return `Counted over its one open device${rest}.`;
  if (!isSampled) return `Counted over all of its ${open - scheduled} open devices${rest}.`;
  return `Counted over ${looked} of its ${open - scheduled} open devices${rest}.`;
}
