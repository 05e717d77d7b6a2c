import { box, picture, stroke, text, type Point, type Tone } from '../drawing.ts';

const HOUR_MS = 3_600_000;

/** Something that stands from one time to another, in hours. */
export type Bar = {
  readonly from: number;
  readonly to: number;
  readonly tone: Tone;
  readonly opacity?: number;
  readonly label?: string;
};
/** One line of a picture over time; `end` stands behind its last bar. */
export type BarRow = { readonly name: string; readonly bars: readonly Bar[]; readonly end?: string };

/** Where rows of bars stand, and which hours they show; `tick` words are under the axis. */
export type BarFrame = {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly row: number;
  readonly hours: number;
  readonly ticks: readonly (readonly [hour: number, words: string])[];
};

/** A whole picture of them, as wide as pages are: what it shows above, `notes` below, a line each. */
export function barPicture(
  { title, shows, notes }: { readonly title: string; readonly shows: string; readonly notes: readonly string[] },
  rows: readonly BarRow[],
  frame: BarFrame,
): string {
  const height = frame.top + rows.length * frame.row + 20 + notes.length * NOTE_HEIGHT;
  const noteY = (at: number) => height - 12 - (notes.length - 1 - at) * NOTE_HEIGHT;
  return picture({ width: 860, height, title }, [
    text(shows, [20, 28], { size: 15, bold: true }),
    ...barRows(rows, frame),
    ...notes.map((words, at) => text(words, [20, noteY(at)], { tone: 'muted', size: 12 })),
  ]);
}

const NOTE_HEIGHT = 16;

/** Rows of bars over a common time axis, whose words stand above. */
export function barRows(rows: readonly BarRow[], frame: BarFrame): readonly string[] {
  const { left, top, row, ticks } = frame;
  const bottom = top + rows.length * row;
  const lines = ticks.flatMap(([hour, words]) => [
    stroke(
      [
        [xIn(frame, hour), top - 4],
        [xIn(frame, hour), bottom],
      ],
      { tone: 'line' },
    ),
    text(words, [xIn(frame, hour), top - 10], { tone: 'muted', anchor: 'middle', size: 12 }),
  ]);
  const drawn = rows.flatMap(({ name, bars, end = '' }, index) => {
    const y = top + index * row;
    const last = Math.max(0, ...bars.map(({ to }) => to));
    return [
      text(name, [left - 14, y + row / 2 + 5], { anchor: 'end' }),
      ...bars.flatMap((bar) => drawnBar(frame, bar, y)),
      text(end, [xIn(frame, last) + 8, y + row / 2 + 4], { size: 12 }),
    ];
  });
  return [...lines, ...drawn];
}

function drawnBar(frame: BarFrame, { from, to, tone, opacity = 1, label = '' }: Bar, y: number): readonly string[] {
  const at: Point = [xIn(frame, from), y + 6];
  const width = Math.max(2, xIn(frame, to) - at[0] - 1);
  const isSolid = opacity === 1;
  return [
    box(at, [width, frame.row - 12], { tone, opacity }),
    ...(label === ''
      ? []
      : [text(label, [at[0] + 6, y + frame.row / 2 + 4], { size: 12, tone: isSolid ? 'surface' : 'ink' })]),
  ];
}

/** What the clock shows so many hours after `start` (epoch ms), UTC: "22:00". */
export function clockAfter(start: number, hours: number): string {
  return new Date(start + hours * HOUR_MS).toISOString().slice(11, 16);
}

/** Where an hour stands. */
export function xIn({ left, right, hours }: BarFrame, hour: number): number {
  return left + (hour / hours) * (right - left);
}
