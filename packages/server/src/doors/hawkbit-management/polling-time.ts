import { formatPollInterval } from '@updraft/core';
import { parsePollingTime } from '@updraft/protocols';
import type { SettingsChange } from '../../use-cases/tenant-commands.ts';
import { ownFilter } from './rollout-plan.ts';

/** hawkBit's `minPollingTime`. */
const MIN_SECONDS = 30;

/** What hawkBit's `pollingTime` changes of our settings; null where it cannot be read, or devices would ask too often. */
export function readPollingTime(text: string): SettingsChange | null {
  const read = parsePollingTime(text);
  if ('wrong' in read) return null;
  const { seconds, deviationPercent, overrides } = read;
  if ([seconds, ...overrides.map((override) => override.seconds)].some((each) => each < MIN_SECONDS)) return null;
  if (overrides.some(({ filter }) => typeof ownFilter(filter) !== 'string')) return null;
  return {
    pollInterval: formatPollInterval(seconds),
    pollDeviationPercent: deviationPercent,
    pollOverrides: overrides.map(({ filter, names, ...span }) => ({
      filter,
      names,
      pollInterval: formatPollInterval(span.seconds),
      deviationPercent: span.deviationPercent,
    })),
  };
}

/** A time alone, in any of the forms that `pollingTime` has; null: it is none. */
export function readPlainTime(text: string): number | null {
  const read = parsePollingTime(text);
  return 'wrong' in read || read.deviationPercent > 0 || read.overrides.length > 0 ? null : read.seconds;
}
