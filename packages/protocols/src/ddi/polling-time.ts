import { MAX_POLL_INTERVAL_SECONDS, type PollRules, type PollSpan } from '@updraft/core';

/** What hawkBit's tenant key `pollingTime` says. */
export type PollingTime = Omit<PollRules, 'pollsBeforeWindow'> & { readonly seconds: number };

/**
 * Reads hawkBit's `pollingTime`: an interval (`HH:mm:ss`, `mm:ss`, `ss` or ISO 8601 such as `PT5M`), perhaps with a
 * deviation (`~10%`), and after commas overrides: `group == 'eu' -> 00:02:00~15%`. The text of the first part that it
 * cannot read otherwise.
 */
export function parsePollingTime(text: string): PollingTime | { readonly wrong: string } {
  const [first = '', ...others] = partsOf(text);
  const usual = spanOf(first);
  if (usual === null) return { wrong: first };
  const overrides: PollRules['overrides'][number][] = [];
  for (const other of others) {
    const arrow = other.lastIndexOf('->');
    const span = arrow < 0 ? null : spanOf(other.slice(arrow + 2));
    const filter = other.slice(0, Math.max(arrow, 0)).trim();
    if (span === null || filter === '') return { wrong: other };
    overrides.push({ ...span, filter, names: 'hawkbit' });
  }
  return { ...usual, overrides };
}

/** The same rules as hawkBit writes them. */
export function formatPollingTime({ overrides, ...usual }: PollingTime): string {
  const others = overrides.map(({ filter, ...span }) => `${filter} -> ${formatSpan(span)}`);
  return [formatSpan(usual), ...others].join(', ');
}

function formatSpan({ seconds, deviationPercent }: PollSpan): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const time = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return deviationPercent === 0 ? time : `${time}~${deviationPercent}%`;
}

/** Parted by the commas behind an interval: commas in a filter mean "or", and stand before its arrow. */
function partsOf(text: string): readonly string[] {
  const [first = '', ...rest] = text.split(',');
  const parts = [first];
  let open = '';
  for (const piece of rest) {
    open = open === '' ? piece : `${open},${piece}`;
    if (!open.includes('->')) continue;
    parts.push(open);
    open = '';
  }
  return (open === '' ? parts : [...parts, open]).map((part) => part.trim());
}

function spanOf(text: string): PollSpan | null {
  const [time = '', deviation, ...more] = text.trim().split('~');
  const seconds = secondsOf(time.trim());
  const percent = deviation === undefined ? 0 : Number(/^(\d{1,2})%$/.exec(deviation.trim())?.[1] ?? NaN);
  if (seconds === null || Number.isNaN(percent) || more.length > 0) return null;
  return { seconds, deviationPercent: percent };
}

function secondsOf(text: string): number | null {
  const clock = /^(?:(?:(\d{1,2}):)?(\d{1,2}):)?(\d{1,2})$/.exec(text);
  const iso = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text);
  const [days, hours, minutes, seconds] = clock === null ? (iso?.slice(1) ?? []) : [undefined, ...clock.slice(1)];
  if (clock === null && (iso === null || text === 'P' || text.endsWith('T'))) return null;
  const [d = 0, h = 0, m = 0, s = 0] = [days, hours, minutes, seconds].map((part) => Number(part ?? 0));
  if (clock !== null && (h > 23 || m > 59 || s > 59)) return null;
  const all = ((d * 24 + h) * 60 + m) * 60 + s;
  return all >= 1 && all <= MAX_POLL_INTERVAL_SECONDS ? all : null;
}
