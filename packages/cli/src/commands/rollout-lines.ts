import { ShownState } from '@updraft/protocols';
import type { CallAnswer } from '@updraft/protocols';
import { localTimeText } from '../output/figures.ts';
import type { Painter } from '../output/style.ts';
import { sheetLines } from '../output/table.ts';
import { padText } from '../output/text-width.ts';
import type { Shell } from '../shell.ts';
import { standingBars } from './phase-bars.ts';
import { policyFields } from './policy-lines.ts';
import { releaseText, stateStyle, stateText } from './shown-state.ts';

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

const LINKS = { retry: 'tried again', return: 'brought back', clone: 'made again' } as const;

/** What became of the return that a crossed threshold asked for. */
function returnText({ returns, links }: RolloutRow): string {
  if (returns === 'wanted') return 'asked for, not yet made';
  if (returns === 'impossible') return 'impossible: "updraft rollout return --preview" tells what stands between';
  return returns === 'made' && links.every(({ relation }) => relation !== 'return')
    ? 'nobody is brought back: no device that took it is known to have run another before'
    : '';
}

/** A rollout with its phases as bars, its policy, and where its devices are. */
export function rolloutLines(rollout: RolloutRow, shell: Shell, paint: Painter): string[] {
  const at = (time: string | null) => localTimeText(time, shell.timeZone);
  const by = (time: string | null, actor: string | null) => (time === null ? '' : `${at(time)} by ${actor}`);
  const { creation, relation, reason } = rollout;
  return [
    ...sheetLines([
      ['rollout', rollout.name],
      ['id', rollout.id],
      ['release', releaseText(rollout.release)],
      ['filter', rollout.filter || 'all devices'],
      ['state', stateText({ state: rollout.state, reason })],
      ['description', rollout.description],
      ['made from', relation === null ? '' : `${rollout.parent}, as a ${relation}`],
      ['return', returnText(rollout)],
      ...rollout.links.map((link) => [LINKS[link.relation], `${link.name}, ${link.state}`] as const),
      ['weight', String(rollout.weight)],
      ...policyFields(rollout.policy, shell.timeZone),
      ['made', by(rollout.createdAt, rollout.createdBy)],
      ['approved', by(rollout.approvedAt, rollout.approvedBy)],
      ['started', at(rollout.startedAt)],
      ['next', at(rollout.nextAt)],
      ['ended', at(rollout.endedAt)],
      ['devices', `${rollout.total}, ${endedOf(rollout)} ended`],
      ['in the making', creation === null ? '' : `${creation.planned} of ${creation.total ?? 'still counted'} devices`],
    ]),
    ...standingBars(rollout.phases),
    ...countLines(rollout, paint),
  ];
}
