import { bytesText, devicesText, durationText, localTimeText } from '../output/figures.ts';
import { columnsOf, terminalWidth } from '../output/printer.ts';
import type { Painter } from '../output/style.ts';
import { tablePrinter } from '../output/table.ts';
import { padText } from '../output/text-width.ts';
import { wrappedLines } from '../output/wrapped-lines.ts';
import type { Shell } from '../shell.ts';
import { forecastPicture, phaseName, type Foretold } from './forecast-picture.ts';

type Likely = Foretold['end'];

/** How a forecast is shown to a person. */
export type Showing = { readonly shell: Shell; readonly paint: Painter };

/** The ends of phases, a picture of them, what flows, who will not make it, and what would help. */
export function forecastLines(forecast: Foretold, showing: Showing): string[] {
  const { shell, paint } = showing;
  const picture = forecastPicture(forecast, { width: columnsOf(shell.stdout), timeZone: shell.timeZone });
  return [
    ...phaseTable(forecast, showing),
    ...(picture.length === 0 ? [] : ['', ...picture.map((line) => paint('cyan', line))]),
    '',
    ...wrappedSheet(
      [
        ['bytes', amountText(forecast.bytes, bytesText)],
        ['peak', amountText(forecast.peakMbit, mbitText)],
        ['one device', paperText(forecast)],
        ['will not make it', missedText(forecast)],
        ['outlast a window', forecast.outlasted.p90 === 0 ? null : `up to ${devicesText(forecast.outlasted.p90)}`],
        ['bottleneck', bottleneckText(forecast, shell.timeZone)],
        ['error threshold', thresholdText(forecast, shell.timeZone)],
        ['stuck', stuckText(forecast)],
        ['reckoned', forecast.reckoned ? 'its later part goes by the pace of the first: it takes very long' : null],
        ['by hand', byHandText(forecast)],
        ['consent', consentText(forecast)],
      ],
      terminalWidth(shell.stdout),
    ),
  ];
}

/** What a rehearsal is for, in one or two sentences. */
export function rehearsalLines(forecast: Foretold, { shell }: Showing): string[] {
  const { errorThreshold, missed } = forecast;
  const width = terminalWidth(shell.stdout);
  if (errorThreshold.share === 0) {
    const broken = missed.failed.p90;
    return wrappedLines(
      `The error threshold fires in none of ${forecast.runs} runs; ${broken} of ${devicesText(forecast.devices)} would be broken in the end.`,
      width,
    );
  }
  const { at, erred, broken, phase } = errorThreshold;
  const where = phase === null ? '' : ` in ${phaseName(forecast, phase - 1)}`;
  return wrappedLines(
    `The error threshold fires in ${percentText(errorThreshold.share)} of the runs, most often${where}, at ${momentText(at.p50, shell.timeZone)} as likely as not: it takes ${devicesText(erred.p50)} that ${erred.p50 === 1 ? 'has' : 'have'} erred, and ${devicesText(broken.p50)} (at most ${broken.p90} in nine of ten runs) will be broken once those at work have ended.`,
    width,
  );
}

/** Names and values, one below the other; a value that does not fit goes on below itself. */
function wrappedSheet(fields: readonly (readonly [string, string | null])[], width: number | null): string[] {
  const shown = fields.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
  const indent = Math.max(...shown.map(({ name }) => name.length)) + GAP.length;
  return shown.flatMap(({ name, value }) => {
    const [first = '', ...more] = wrappedLines(value, width === null ? null : width - indent);
    return [padText(name, indent) + first, ...more.map((line) => ' '.repeat(indent) + line)];
  });
}

const GAP = '  ';

type Row = { readonly name: string; readonly devices: number; readonly start: Likely; readonly end: Likely };

function phaseTable(forecast: Foretold, { shell, paint }: Showing): string[] {
  const whole = { name: 'whole', devices: forecast.devices, start: { p50: forecast.from, p90: null } };
  const rows: Row[] = [
    ...forecast.phases.map((phase, at) => ({ ...phase, name: phaseName(forecast, at) })),
    { ...whole, end: forecast.end },
    { ...whole, name: 'last success', devices: forecast.succeeded.p50, end: forecast.lastSuccess },
  ];
  const at = (moment: string | null) => momentText(moment, shell.timeZone);
  return tablePrinter<Row>(
    [
      { title: 'PHASE', value: ({ name }) => name },
      { title: 'DEVICES', value: ({ devices }) => String(devices), align: 'right' },
      { title: 'START', value: ({ start }) => at(start.p50) },
      { title: 'END (P50)', value: ({ end }) => at(end.p50) },
      { title: 'END (P90)', value: ({ end }) => at(end.p90) },
    ],
    { width: terminalWidth(shell.stdout), paint },
  )(rows);
}

export function momentText(moment: string | null, timeZone: string): string {
  return moment === null ? 'not in sight' : localTimeText(moment, timeZone).slice(0, -':00'.length);
}

export function mbitText(mbit: number): string {
  return `${mbit.toFixed(mbit < 1 ? 3 : 1)} Mbit/s`;
}

function amountText({ p50, p90 }: Foretold['bytes'], text: (amount: number) => string): string {
  const [likely, most] = [text(p50), text(p90)];
  return likely === most ? likely : `${likely} (P90 ${most})`;
}

function paperText({ paper, measured }: Foretold): string {
  const source = measured ? 'measured on this fleet' : 'assumed: too few were measured yet';
  const all =
    paper.parallel === null ? '' : `; ${paper.n} of them, ${paper.parallel} at once: ${durationText(paper.sN)}`;
  return `${durationText(paper.s1)} (${source})${all}`;
}

const MISS_WORDS: Readonly<Record<keyof Foretold['missed'], string>> = {
  'never-in-contact': 'never in contact',
  'offline-in-windows': 'not there while a window is open',
  'window-too-short': 'poll too rarely for windows so short',
  silent: 'silent for too long',
  failed: 'fail',
};

function missedText({ missed }: Foretold): string {
  const reasons = Object.entries(MISS_WORDS).flatMap(([reason, words]) => {
    const { p50, p90 } = missed[reason as keyof Foretold['missed']];
    if (p90 === 0) return [];
    return [p50 === p90 ? `${p50} ${words}` : `${p50} to ${p90} ${words}`];
  });
  return reasons.length === 0 ? 'nobody' : reasons.join(', ');
}

function bottleneckText({ bottleneck }: Foretold, timeZone: string): string {
  if (bottleneck === null) return 'none: no setting alone makes it faster';
  const { setting, end, savedSeconds } = bottleneck;
  const change = setting === 'poll-interval' || setting === 'soak' ? 'half of it' : 'twice of it';
  return `${setting}: ${change} has the last device done at ${momentText(end, timeZone)}, ${durationText(savedSeconds)} sooner`;
}

function thresholdText({ errorThreshold }: Foretold, timeZone: string): string | null {
  const { share, at, erred } = errorThreshold;
  if (share === 0) return null;
  return `crossed in ${percentText(share)} of the runs, about ${momentText(at.p50, timeZone)}, by ${devicesText(erred.p50)}`;
}

function stuckText({ stuckShare }: Foretold): string | null {
  return stuckShare === 0 ? null : `in ${percentText(stuckShare)} of the runs a phase waits for a person`;
}

function byHandText(forecast: Foretold): string | null {
  const named = forecast.phases.flatMap(({ byHand }, at) => (byHand ? [phaseName(forecast, at)] : []));
  return named.length === 0 ? null : `${named.join(', ')}: taken to be started as soon as may be`;
}

function consentText(forecast: Foretold): string | null {
  const named = forecast.phases.flatMap(({ asksConsent }, at) => (asksConsent ? [phaseName(forecast, at)] : []));
  return named.length === 0 ? null : `${named.join(', ')}: taken to be given as soon as it is asked for`;
}

export function percentText(share: number): string {
  return `${Math.round(share * 100)} %`;
}
