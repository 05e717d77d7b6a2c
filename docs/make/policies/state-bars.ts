import { box, stroke, text, type Point, type Tone } from '../drawing.ts';

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

/** Where an hour stands. */
export function xIn({ left, right, hours }: BarFrame, hour: number): number {
  return left + (hour / hours) * (right - left);
}
