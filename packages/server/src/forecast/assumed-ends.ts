import { MAX_COUNTED_ORDINAL, type EndCount } from '@updraft/core';

const ATTEMPTS = 10_000;

/**
 * Ends of a release that breaks so many of a hundred devices, of whatever type: it fails while it installs, and again
 * however often it is tried.
 */
export function assumedEnds(failingPercent: number): readonly EndCount[] {
  const failed = (ATTEMPTS * failingPercent) / 100;
  const first = [end(1, 'failed', failed), end(1, 'succeeded', ATTEMPTS - failed)];
  const again = Array.from({ length: MAX_COUNTED_ORDINAL - 1 }, (_, at) => end(at + 2, 'failed', ATTEMPTS));
  return [...first, ...again];
}

function end(ordinal: number, state: 'failed' | 'succeeded', n: number): EndCount {
  return { deviceType: 0, ordinal, state, reason: state === 'failed' ? 'failed' : '', stage: 'prepare', n };
}
