import type { CallInput } from '@updraft/protocols';
import { nearestWord } from '@updraft/protocols';
import { usageError } from '../cli-error.ts';
import { durationOption } from '../option-values.ts';

type PhaseInput = NonNullable<CallInput<'rollouts.create'>['body']['phases']>[number];
type ChangedPhase = NonNullable<CallInput<'rollouts.change'>['body']['phases']>[number];
type Thresholds = Omit<ChangedPhase, 'number'>;

/** How `--phase` is written, for the help pages. */
export const PHASE_FORM =
  'SIZE and then, as you like, ",name=TEXT", ",success=PERCENT", ",errors=PERCENT/MINIMUM", ",soak=TIME", ",next=hand"; SIZE is "10%" of the devices, "50" of them, "rest", or, as the last part, "filter=RSQL"';

/** `10%,name=canary,success=95,errors=5/3,soak=2h,next=hand`; a filter is the last part: it may hold commas. */
export function phaseFrom(text: string): PhaseInput {
  const [head, filter] = splitFilter(text);
  const parts = head.split(',').filter((part) => part !== '');
  const sizes = parts.filter((part) => !part.includes('='));
  if (sizes.length + (filter === undefined ? 0 : 1) !== 1)
    throw usageError('usage', `The phase "${text}" needs one size: such as 10%, 50, rest, or filter=RSQL at its end.`);
  const size = filter === undefined ? sizeFrom(sizes[0] ?? '', text) : { by: 'filter' as const, filter };
  const settings = parts.filter((part) => part.includes('='));
  return { size, ...thresholdsFrom(settings, text) };
}

/** `2:success=90,errors=none`: other thresholds for a phase that is there. */
export function changedPhaseFrom(text: string): ChangedPhase {
  const [, number, rest = ''] = /^(\d{1,3}):(.+)$/.exec(text) ?? [];
  if (number === undefined)
    throw usageError('usage', `Write the change of a phase as NUMBER:SETTING=VALUE, such as 2:success=90; "${text}".`);
  return { number: Number(number), ...thresholdsFrom(rest.split(','), text) };
}

function splitFilter(text: string): readonly [string, string?] {
  const at = /(?:^|,)filter=/.exec(text);
  if (at === null) return [text];
  return [text.slice(0, at.index), text.slice(at.index + at[0].length)];
}

function sizeFrom(word: string, text: string): PhaseInput['size'] {
  if (word === 'rest') return { by: 'rest' };
  if (/^\d{1,9}$/.test(word)) return { by: 'count', count: Number(word) };
  if (/^\d{1,3}(\.\d+)?%$/.test(word)) return { by: 'percent', percent: Number(word.slice(0, -1)) };
  throw usageError('usage', `"${word}" is no size of a phase, in "${text}"; write 10%, 50, rest, or filter=RSQL.`);
}

/** What each word of `--phase` sets; a wrong value is said with the whole option. */
const SETTINGS: Readonly<Record<string, (value: string, text: string) => Partial<Thresholds>>> = {
  name: (name) => ({ name }),
  success: (value, text) => ({ successPercent: percentFrom(value, text) }),
  errors: (value, text) => ({ error: errorsFrom(value, text) }),
  soak: (value) => ({ soakSeconds: durationOption(value) }),
  next: (value, text) => ({ next: nextFrom(value, text) }),
};

function thresholdsFrom(settings: readonly string[], text: string): Thresholds {
  let found: Thresholds = {};
  for (const setting of settings) {
    const at = setting.indexOf('=');
    const word = at < 0 ? setting : setting.slice(0, at);
    const read = Object.hasOwn(SETTINGS, word) ? SETTINGS[word] : undefined;
    if (at < 0 || read === undefined) throw unknownSetting(word, text);
    found = { ...found, ...read(setting.slice(at + 1), text) };
  }
  return found;
}

function unknownSetting(word: string, text: string): Error {
  const words = Object.keys(SETTINGS);
  const near = nearestWord(word, words);
  const hint = near === undefined ? `expected one of ${words.join(', ')}` : `did you mean "${near}"?`;
  return usageError('usage', `"${word}" is no setting of a phase, in "${text}"; ${hint}`);
}

function percentFrom(value: string, text: string): number {
  if (/^\d{1,3}(\.\d+)?%?$/.test(value)) return Number(value.replace('%', ''));
  throw usageError('usage', `"${value}" is no percentage, in "${text}".`);
}

function errorsFrom(value: string, text: string): PhaseInput['error'] {
  if (value === 'none') return null;
  const [percent = '', minimum] = value.split('/');
  if (minimum !== undefined && !/^\d{1,9}$/.test(minimum))
    throw usageError('usage', `Write errors=PERCENT/MINIMUM, such as errors=5/3, or errors=none; "${text}".`);
  return { percent: percentFrom(percent, text), ...(minimum === undefined ? {} : { minimum: Number(minimum) }) };
}

function nextFrom(value: string, text: string): 'automatic' | 'hand' {
  if (value === 'automatic' || value === 'hand') return value;
  throw usageError('usage', `The next phase starts "automatic" or by "hand", not "${value}"; "${text}".`);
}
