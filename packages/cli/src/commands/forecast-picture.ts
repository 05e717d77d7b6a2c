import type { CallAnswer } from '@updraft/protocols';
import { localTimeText } from '../output/figures.ts';
import { cutText, harmless, padText } from '../output/text-width.ts';

export type Foretold = CallAnswer<'rollouts.forecast-draft'>;
type Likely = Foretold['end'];

/** Where a picture is drawn: columns of the paper, and the zone of the reader. */
export type Canvas = { readonly width: number; readonly timeZone: string };

const WIDEST_AXIS = 72;
const NARROWEST_AXIS = 20;
const WIDEST_NAME = 16;
const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const [LIKELY, LATEST] = ['█', '░'];

/**
 * A line a phase over one axis of time: from its start to its end as likely as not, and on to the end that nine of ten
 * runs stay within; below them how much flows. Empty where nothing of it has an end in sight.
 */
export function forecastPicture(forecast: Foretold, { width, timeZone }: Canvas): string[] {
  const ends = [forecast.end, forecast.lastSuccess, ...forecast.phases.map(({ end }) => end)];
  const from = Date.parse(forecast.from);
  const to = Math.max(from, ...ends.flatMap(momentsOf));
  if (to <= from) return [];
  const names = forecast.phases.map((_, at) => phaseName(forecast, at));
  const margin = Math.min(WIDEST_NAME, Math.max('traffic'.length, ...names.map(({ length }) => length))) + 1;
  const columns = Math.max(NARROWEST_AXIS, Math.min(WIDEST_AXIS, width - margin));
  const place = (at: number) => Math.max(0, Math.min(columns - 1, Math.floor(((at - from) / (to - from)) * columns)));
  const line = (name: string, drawn: string) => (padText(cutText(name, margin - 1), margin) + drawn).trimEnd();
  return [
    ...forecast.phases.map((phase, at) => line(names[at] ?? '', phaseBar(phase, { columns, place }))),
    line('traffic', trafficLine(forecast, { columns, place })),
    line('', axisWords(localTimeText(forecast.from, timeZone), localTimeText(iso(to), timeZone), columns)),
  ];
}

/** `phase 1`, or the name that it was given. */
export function phaseName({ phases }: Foretold, at: number): string {
  const name = harmless(phases[at]?.name ?? '');
  return name === '' ? `phase ${at + 1}` : name;
}

type Axis = { readonly columns: number; readonly place: (at: number) => number };

function phaseBar({ start, end }: Foretold['phases'][number], { columns, place }: Axis): string {
  const [begins] = momentsOf(start);
  if (begins === undefined) return '';
  const [ends = Infinity, latest = Infinity] = [end.p50, end.p90].map((moment) => parsed(moment) ?? Infinity);
  const last = (at: number) => (at === Infinity ? columns - 1 : place(at));
  const [first, likely, late] = [place(begins), last(ends), last(latest)];
  const solid = ends === Infinity ? '' : LIKELY.repeat(Math.max(1, likely - first + 1));
  return ' '.repeat(first) + solid + LATEST.repeat(Math.max(0, late - first + 1 - solid.length));
}

/** The most that flows at any time of a column, in eighths of the peak. */
function trafficLine({ profile }: Foretold, { columns, place }: Axis): string {
  const most = Array.from({ length: columns }, () => 0);
  for (const { at, mbit } of profile) {
    const column = place(Date.parse(at));
    most[column] = Math.max(most[column] ?? 0, mbit);
  }
  const peak = Math.max(...most);
  if (peak === 0) return '';
  return most.map((mbit) => (mbit === 0 ? ' ' : levelOf(mbit / peak))).join('');
}

function levelOf(share: number): string {
  return LEVELS[Math.ceil(share * LEVELS.length) - 1] ?? ' ';
}

/** Both ends of the axis in words, or the first where there is no room for more. */
function axisWords(first: string, last: string, columns: number): string {
  const gap = columns - first.length - last.length;
  return gap < 1 ? first : first + ' '.repeat(gap) + last;
}

function momentsOf({ p50, p90 }: Likely): number[] {
  return [p50, p90].flatMap((moment) => parsed(moment) ?? []);
}

function parsed(moment: string | null): number | null {
  return moment === null ? null : Date.parse(moment);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
