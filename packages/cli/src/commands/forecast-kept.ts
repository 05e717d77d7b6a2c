import type { CallAnswer } from '@updraft/protocols';
import { bytesText, durationText } from '../output/figures.ts';
import { terminalWidth } from '../output/printer.ts';
import { tablePrinter, type Column } from '../output/table.ts';
import { wrappedLines } from '../output/wrapped-lines.ts';
import { mbitText, momentText, percentText, type Showing } from './forecast-lines.ts';
import { phaseName } from './forecast-picture.ts';

type Kept = NonNullable<CallAnswer<'rollouts.forecast'>['atStart']>;
type Outcome = NonNullable<Kept['outcome']>;

/** What was foretold at the start, beside what came, or what has come so far. */
export function keptLines(kept: Kept, { shell, paint }: Showing): string[] {
  const { timeZone } = shell;
  const width = terminalWidth(shell.stdout);
  const rows = rowsOf(kept, timeZone);
  const table = tablePrinter<Row>(columnsOf(kept), { width, paint })(rows);
  const note = servedElsewhere(kept) ? ['', ...wrappedLines(ELSEWHERE, width)] : [];
  return [...wrappedLines(sentenceOf(kept, timeZone), width), '', ...table, ...note];
}

const ELSEWHERE =
  'Counted are bytes that the server itself handed out: what came from a cache, a CDN or over signed links is not among them.';

function sentenceOf({ forecast, outcome }: Kept, timeZone: string): string {
  const foretold = `At its start the end was foretold for ${momentText(forecast.end.p50, timeZone)} (P90 ${momentText(forecast.end.p90, timeZone)})`;
  if (outcome === null) return `${foretold}.`;
  const ended = `it ended at ${momentText(outcome.endedAt, timeZone)}${offText(forecast.end.p50, outcome)}`;
  const within = outcome.withinP90 === null ? '' : outcome.withinP90 ? ', within the P90' : ', later than the P90';
  return `${foretold}; ${ended}${within}: ${outcome.succeeded} succeeded, ${outcome.failed} failed.`;
}

/** `, 2 h 10 min later (8 % of what it took)` */
function offText(foretold: string | null, { endedAt, endError }: Outcome): string {
  if (foretold === null || endError === null) return '';
  const seconds = (Date.parse(endedAt) - Date.parse(foretold)) / 1000;
  const share = endError < 1 ? ` (${percentText(endError)} of what it took)` : '';
  return `, ${durationText(Math.abs(seconds))} ${seconds < 0 ? 'earlier' : 'later'}${share}`;
}

type Row = {
  readonly name: string;
  readonly p50: string;
  readonly p90: string;
  readonly came: string;
  readonly off: string;
};

function columnsOf({ outcome }: Kept): readonly Column<Row>[] {
  return [
    { title: '', value: ({ name }) => name },
    { title: 'FORETOLD (P50)', value: ({ p50 }) => p50 },
    { title: 'P90', value: ({ p90 }) => p90 },
    { title: outcome === null ? 'SO FAR' : 'CAME', value: ({ came }) => came },
    ...(outcome === null ? [] : [{ title: 'OFF', value: ({ off }: Row) => off }]),
  ];
}

function rowsOf({ forecast, served, outcome }: Kept, timeZone: string): readonly Row[] {
  const amount = (name: 'bytes' | 'peakMbit', text: (amount: number) => string): Omit<Row, 'name'> => ({
    p50: text(forecast[name].p50),
    p90: text(forecast[name].p90),
    came: text(outcome?.[name].came ?? served?.[name] ?? 0),
    off: outcome === null ? '' : offColumn(outcome[name].error, outcome[name].withinP90),
  });
  return [
    ...(outcome === null ? [] : endRows(forecast, outcome, timeZone)),
    { name: 'bytes', ...amount('bytes', (bytes) => bytesText(Math.round(bytes))) },
    { name: 'peak', ...amount('peakMbit', mbitText) },
  ];
}

function endRows(forecast: Kept['forecast'], outcome: Outcome, timeZone: string): readonly Row[] {
  const at = (moment: string | null) => momentText(moment, timeZone);
  const phases = forecast.phases.flatMap(({ end }, index) => {
    const came = outcome.phases[index];
    return came === undefined || outcome.phases.length < 2
      ? []
      : [{ ...came, name: `end of ${phaseName(forecast, index)}`, end }];
  });
  const whole = { name: 'end', end: forecast.end, ...pick(outcome) };
  return [...phases, whole].map(({ name, end, endedAt, endError, withinP90 }) => ({
    name,
    p50: at(end.p50),
    p90: at(end.p90),
    came: endedAt === null ? 'never' : at(endedAt),
    off: offColumn(endError, withinP90),
  }));
}

function pick({ endedAt, endError, withinP90 }: Outcome) {
  return { endedAt, endError, withinP90 };
}

/** `12 %`, `60 %, over the P90`, `13 times`, `-` where nothing is to be compared. */
function offColumn(error: number | null, withinP90: boolean | null): string {
  if (error === null) return '-';
  return `${error < TIMES_FROM ? percentText(error) : timesText(error)}${withinP90 === false ? ', over the P90' : ''}`;
}

/** From here on people read "13 times" sooner than "1314 %". */
const TIMES_FROM = 2;
const TENTHS_BELOW = 10;

/** How many times what came, or what the whole took, it was off. */
function timesText(error: number): string {
  return `${error < TENTHS_BELOW ? error.toFixed(1) : Math.round(error)} times`;
}

/** Where half of what was foretold did not flow from here, somebody else may have served it. */
function servedElsewhere({ forecast, outcome }: Kept): boolean {
  return outcome !== null && outcome.bytes.came < forecast.bytes.p50 / 2;
}
