import { refuse } from '../bundle-problem.ts';
import { matchesExtendedRegex } from './extended-regex.ts';

/** A device's hardware, as in `swupdate -H board:revision`. */
export type Hardware = { readonly board: string; readonly revision: string };

const REGEX_PREFIX = '#RE:';

/** Does one of the accepted revisions (literal, or `#RE:` and a POSIX extended regular expression) match? Throws `hardware-regex`. */
export function acceptsRevision(accepted: readonly string[], revision: string): boolean {
  return accepted.some((one) =>
    one.startsWith(REGEX_PREFIX) ? matchesExtendedRegex(one.slice(REGEX_PREFIX.length), revision) : one === revision,
  );
}

/** Parses `board:revision`. Throws `option-invalid`. */
export function parseHardware(text: string): Hardware {
  const at = text.indexOf(':');
  if (at <= 0 || at === text.length - 1)
    throw refuse('option-invalid', { detail: `hardware ${JSON.stringify(text)} is not BOARD:REVISION` });
  return { board: text.slice(0, at), revision: text.slice(at + 1) };
}
