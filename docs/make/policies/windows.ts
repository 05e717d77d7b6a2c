import {
  CRON_HORIZON_YEARS,
  MAX_BLACKOUTS,
  MAX_CHECK_LOOKS,
  MAX_CRON_CHARACTERS,
  MAX_WINDOWS,
  MAX_WINDOW_SECONDS,
  MIN_WINDOW_SECONDS,
  windowAt,
  type WindowPlan,
} from '@updraft/core';
import { box, picture, stroke, text, type Point } from '../drawing.ts';
import { head, span, type PolicyPage } from './policy-page.ts';

const ZONE = 'Europe/Rome';
const FIRST_DAY = '2026-10-18';
const DAYS = 14;
const PLAN: WindowPlan = {
  windows: [
    { cron: '0 0 22 ? * SUN-THU', durationSeconds: 6 * 3600 },
    { cron: '0 0 20 ? * FRI,SAT', durationSeconds: 10 * 3600 },
  ],
  blackouts: [{ from: '2026-10-28', to: '2026-10-29' }],
};

const NAME = 'windows';
const TITLE = 'Windows: when updates may install';
const HOUR_MS = 3_600_000;
const WIDTH = 860;
const LEFT = 110;
const HOUR_WIDTH = 23;
const ROW = 26;
const TOP = 64;

export const windowsPage: PolicyPage = { name: NAME, title: TITLE, page, picture: drawn };

/** A fortnight of evenings, noon to noon, over the night in which the clock goes back. */
function drawn(): string {
  const days = Array.from({ length: DAYS }, (_, index) => Temporal.PlainDate.from(FIRST_DAY).add({ days: index }));
  const height = TOP + DAYS * ROW + 34;
  const hours = [0, 3, 6, 9, 12, 15, 18, 21, 24];
  return picture({ width: WIDTH, height, title: TITLE }, [
    text(`A fortnight of windows in ${ZONE}, each row from noon to noon`, [20, 26], { size: 15, bold: true }),
    ...hours.map((hour) =>
      stroke(
        [
          [xOf(hour), TOP - 4],
          [xOf(hour), height - 34],
        ],
        { tone: 'line' },
      ),
    ),
    ...hours.map((hour) =>
      text(`${String((12 + hour) % 24).padStart(2, '0')}:00`, [xOf(hour), TOP - 10], {
        tone: 'muted',
        anchor: 'middle',
        size: 12,
      }),
    ),
    ...days.flatMap((day, index) => row(day, TOP + index * ROW)),
    text(
      `Blue: open. Orange: blackout, ${PLAN.blackouts.map(({ from, to }) => `${from} to ${to}`).join()}. Lengths are elapsed time; beside each, the local times.`,
      [20, height - 12],
      { tone: 'muted', size: 12 },
    ),
  ]);
}

function row(day: Temporal.PlainDate, y: number): readonly string[] {
  const noon = day.toZonedDateTime({ timeZone: ZONE, plainTime: '12:00' });
  const [from, to] = [noon.epochMilliseconds, noon.add({ days: 1 }).epochMilliseconds];
  const hourOf = (at: number): number => (Math.min(Math.max(at, from), to) - from) / HOUR_MS;
  const open = opened(from, to);
  const label = day.toLocaleString('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });
  const times = open.map(([begin, end]) => `${clock(begin)}–${clock(end)}`).join(', ');
  return [
    text(label, [LEFT - 14, y + 16], { anchor: 'end', tone: 'muted', size: 12 }),
    stroke(
      [
        [xOf(0), y + ROW - 2],
        [xOf((to - from) / HOUR_MS), y + ROW - 2],
      ],
      { tone: 'line' },
    ),
    ...dark(from, to).map(([begin, end]) => bar([hourOf(begin), hourOf(end)], y, { tone: 'warn', opacity: 0.3 })),
    ...open.map(([begin, end]) => bar([hourOf(begin), hourOf(end)], y, { tone: 'open' })),
    ...clockChange(noon, y),
    text(times, [xOf(25) + 14, y + 16], { size: 12 }),
  ];
}

/** The open spans of a row, found as the engine finds them: from one change to the next. */
function opened(from: number, to: number): readonly (readonly [number, number])[] {
  const spans: (readonly [number, number])[] = [];
  let at = from;
  while (at < to) {
    const { isOpen, changesAt } = windowAt(PLAN, ZONE, at);
    const next = changesAt ?? to;
    if (isOpen) spans.push([at, next]);
    at = next;
  }
  return spans;
}

function dark(from: number, to: number): readonly (readonly [number, number])[] {
  const always = { ...PLAN, windows: [] };
  const first = windowAt(always, ZONE, from);
  const begin = first.isOpen ? first.changesAt : from;
  if (begin === null || begin >= to) return [];
  return [[begin, Math.min(to, windowAt(always, ZONE, begin).blackoutUntil ?? to)]];
}

function clockChange(noon: Temporal.ZonedDateTime, y: number): readonly string[] {
  const change = noon.getTimeZoneTransition('next');
  const hours = change === null ? 25 : (change.epochMilliseconds - noon.epochMilliseconds) / HOUR_MS;
  if (change === null || hours >= 24) return [];
  return [
    stroke(
      [
        [xOf(hours), y],
        [xOf(hours), y + ROW - 4],
      ],
      { tone: 'bad', width: 2 },
    ),
    text(`03:00 becomes ${clock(change.epochMilliseconds)}`, [xOf(18) + 8, y + 16], { tone: 'bad', size: 12 }),
  ];
}

function bar(
  [begin, end]: Point,
  y: number,
  look: { readonly tone: 'open' | 'warn'; readonly opacity?: number },
): string {
  return box([xOf(begin), y + 3], [(end - begin) * HOUR_WIDTH, ROW - 9], look);
}

function xOf(hour: number): number {
  return LEFT + hour * HOUR_WIDTH;
}

function clock(at: number): string {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(ZONE);
  return zoned.toPlainTime().toString({ smallestUnit: 'minute' });
}

function page(): string {
  const alt = `Open hours of fourteen nights in ${ZONE}: six hours on weekdays, ten at weekends, none in a blackout; in the night in which the clock goes back the window ends an hour earlier by the clock.`;
  const rules = PLAN.windows.map(({ cron, durationSeconds }) => `| \`${cron}\` | ${span(durationSeconds)} |`);
  return `${head(windowsPage, alt)}
The picture shows this plan, with a blackout from ${PLAN.blackouts[0]?.from} to ${PLAN.blackouts[0]?.to}:

| opens | stays open |
|---|---|
${rules.join('\n')}

A window gates the **beginning** of an installation, never its end: what was granted goes on when the window closes. With \`downloadAhead\` a device may
fetch the update before the window opens. Without windows updates may always install, but for the blackouts. An [emergency release](weight.md#an-emergency) ignores both; that is a
right of its own, and the record says so.

## When it opens

As Quartz writes it: seconds, minutes, hours, day of the month, month, day of the week (1 or SUN to 7 or SAT), and optionally a year. Exactly one of the two
day fields is \`?\`. Lists (\`1,15\`), ranges that may run over their end (\`FRI-MON\`), steps (\`0/15\`), \`L\` (last), \`L-3\`, \`15W\` (the weekday nearest to the 15th), \`LW\`,
\`6L\` (the last Friday) and \`6#3\` (the third one) are read. At most ${MAX_CRON_CHARACTERS} characters; what does not fire within ${CRON_HORIZON_YEARS} years never does.
A window lasts ${span(MIN_WINDOW_SECONDS)} to ${span(MAX_WINDOW_SECONDS)}; a policy has at most ${MAX_WINDOWS} windows and ${MAX_BLACKOUTS} blackouts. Windows that touch are one.
A plan whose openings run into each other again and again is refused as \`windows-open-too-often\`: it takes more than ${MAX_CHECK_LOOKS} looks to tell when its windows pause. One
longer opening says the same as many short ones that touch.

## In whose time

In the device's own zone, which its attribute names; else its group's; else the policy's. When the clock changes:

- an opening that the clock leaps over comes at the first instant after the leap;
- an opening that the clock shows twice comes the first time only;
- a duration is elapsed time, so that a window over the change stays whole.

## Blackouts

Local too: dates, the last one included (\`2026-12-24\` to \`2026-12-26\`), or date-times (\`2026-12-24T18:00\`). A window that runs into a blackout closes at its start. A
window whose time has not run out when the blackout ends is open again.

\`updraft why DEVICE\` tells the gate's fact: \`window opens 22:00 Europe/Rome, in 3 h 12 min\`.
`;
}
