import type { DeviceSample } from '@updraft/store';

/** Devices that are left out or held, as they are shown: by reason, with the names of some. */
export function sampleViews(
  found: readonly DeviceSample[],
): (Omit<DeviceSample, 'examples'> & { examples: string[] })[] {
  return found.map(({ examples, ...rest }) => ({ ...rest, examples: [...examples] }));
}
