import type { CallAnswer } from '@updraft/protocols';
import { devicesText } from '../output/figures.ts';
import type { Painter } from '../output/style.ts';
import { harmless, padText } from '../output/text-width.ts';
import { phaseBars } from './phase-bars.ts';

type Preview = CallAnswer<'rollouts.preview'>;

/** Phases as bars over all devices, who would be left out or held and why, and what is impossible or may surprise. */
export function previewLines({ total, phases, excluded, held, warnings }: Preview, paint: Painter): string[] {
  const bars = phases.map(({ number, name, total: devices }) => ({
    number,
    name,
    words: devicesText(devices),
    devices,
  }));
  return [
    paint('bold', `${devicesText(total)} in ${phases.length === 1 ? 'one phase' : `${phases.length} phases`}`),
    ...phaseBars(
      bars.map(({ devices, ...bar }) => ({ ...bar, parts: [{ mark: '#', count: devices }] })),
      total,
    ),
    ...asideLines('Left out:', excluded),
    ...asideLines('In it, but held:', held),
    ...problemLines(warnings, paint),
  ];
}

/** What is impossible, or may surprise. */
export function problemLines(problems: Preview['warnings'], paint: Painter): string[] {
  return problems.map(({ code, path, severity, detail }) => {
    const kind = severity === 'refused' ? paint('red', 'Impossible') : paint('yellow', 'Note');
    return `${kind}: ${harmless(path)}: ${harmless(detail)} (${code})`;
  });
}

/** A title, and a line for each reason; nothing where nobody is aside. */
export function asideLines(title: string, aside: Preview['excluded']): string[] {
  if (aside.length === 0) return [];
  const width = Math.max(...aside.map(({ reason }) => reason.length));
  return [
    title,
    ...aside.map(({ reason, count, examples }) => {
      const such = examples.length === 0 ? '' : `  such as ${harmless(examples.join(', '))}`;
      return `  ${padText(reason, width)}  ${padText(String(count), 7, 'right')}${such}`;
    }),
  ];
}
