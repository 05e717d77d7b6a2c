import { ShownState } from '@updraft/protocols';
import type { CallAnswer } from '@updraft/protocols';
import { localTimeText } from '../output/figures.ts';
import type { Painter } from '../output/style.ts';
import { sheetLines } from '../output/table.ts';
import { padText } from '../output/text-width.ts';
import type { Shell } from '../shell.ts';
import { releaseText, stateStyle } from './shown-state.ts';

export type RolloutRow = CallAnswer<'rollouts.show'>;

const ENDED_STATES = ['succeeded', 'failed', 'canceled', 'superseded'] as const;

/** Devices whose assignment has ended, however it did. */
export function endedOf({ counts }: Pick<RolloutRow, 'counts'>): number {
  return ENDED_STATES.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
}

/** Each state that a device is in, with its count, in the order in which an update passes them. */
export function countLines({ counts }: Pick<RolloutRow, 'counts'>, paint: Painter): string[] {
  const present = ShownState.options.flatMap((state) => (counts[state] ? [[state, counts[state]] as const] : []));
  const width = Math.max(0, ...present.map(([state]) => state.length));
  return present.map(([state, count]) => {
    const name = padText(state, width);
    const style = stateStyle(state);
    return `  ${style === undefined ? name : paint(style, name)}  ${padText(String(count), 7, 'right')}`;
  });
}

export function rolloutLines(rollout: RolloutRow, shell: Shell, paint: Painter): string[] {
  return [
    ...sheetLines([
      ['rollout', rollout.name],
      ['id', rollout.id],
      ['release', releaseText(rollout.release)],
      ['filter', rollout.filter || 'all devices'],
      ['state', rollout.state],
      ['description', rollout.description],
      ['weight', String(rollout.weight)],
      ['made', `${localTimeText(rollout.createdAt, shell.timeZone)} by ${rollout.createdBy}`],
      ['started', localTimeText(rollout.startedAt, shell.timeZone)],
      ['ended', localTimeText(rollout.endedAt, shell.timeZone)],
      ['devices', `${rollout.total}, ${endedOf(rollout)} ended`],
    ]),
    ...countLines(rollout, paint),
  ];
}
