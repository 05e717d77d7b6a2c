import { InvalidArgumentError } from 'commander';
import type { CallInput } from '@updraft/protocols';

export type PollOverride = NonNullable<CallInput<'settings.change'>['body']['pollOverrides']>[number];

const WRITTEN = /^(.+?)\s*->\s*(\d{2}:\d{2}:\d{2})(?:~(\d{1,2})%)?$/s;

/** `FILTER -> HH:MM:SS`, perhaps with `~PERCENT%`; repeated, in their order. `none`: there are none. */
export function pollOverrideOption(text: string, before: readonly PollOverride[] | undefined): readonly PollOverride[] {
  if (text === 'none') return [];
  const [, filter, pollInterval, deviation = '0'] = WRITTEN.exec(text) ?? [];
  if (filter === undefined || pollInterval === undefined)
    throw new InvalidArgumentError('Expected FILTER -> HH:MM:SS or FILTER -> HH:MM:SS~PERCENT%, or "none".');
  return [...(before ?? []), { filter, pollInterval, deviationPercent: Number(deviation) }];
}

export function pollOverrideText({ filter, pollInterval, deviationPercent = 0 }: PollOverride): string {
  return `${filter} -> ${pollInterval}${deviationText(deviationPercent)}`;
}

/** Nothing where there is none. */
export function deviationText(percent: number): string {
  return percent === 0 ? '' : `~${percent}%`;
}
