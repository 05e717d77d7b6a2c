import { cutText, harmless, padText, textWidth } from './text-width.ts';
import type { Style } from './style.ts';

export type Column<T> = {
  readonly title: string;
  readonly value: (row: T) => string;
  readonly align?: 'right';
  readonly style?: (row: T) => Style | undefined;
};

const GAP = '  ';
const NARROWEST_COLUMN = 6;

/** How a table is set: `width` is that of the terminal, null where there is none and nothing is cut. */
export type TableOptions = {
  readonly width: number | null;
  readonly paint: (style: Style, text: string) => string;
};

/** Lays out a table page by page: the first page decides the widths, so that a long list can be printed while it is read. */
export function tablePrinter<T>(
  columns: readonly Column<T>[],
  options: TableOptions,
): (rows: readonly T[]) => string[] {
  let widths: readonly number[] | null = null;
  return (rows) => {
    const cells = rows.map((row) => columns.map((column) => harmless(column.value(row))));
    const isFirst = widths === null;
    widths ??= columnWidths(columns, cells, options.width);
    const set = widths;
    const lines = rows.map((row, at) =>
      lineOf(columns, cells[at] ?? [], set, (column, text) => paintCell(columns[column], row, text, options)),
    );
    if (!isFirst) return lines;
    const titles = columns.map((column) => column.title);
    return [lineOf(columns, titles, set, (_, text) => options.paint('dim', text)), ...lines];
  };
}

/** Natural widths; where the terminal is narrower, the widest columns give way first. */
function columnWidths<T>(
  columns: readonly Column<T>[],
  cells: readonly (readonly string[])[],
  width: number | null,
): readonly number[] {
  const widths = columns.map((column, at) =>
    Math.max(textWidth(column.title), ...cells.map((row) => textWidth(row[at] ?? ''))),
  );
  if (width === null) return widths;
  for (let excess = sum(widths) + GAP.length * (widths.length - 1) - width; excess > 0; excess -= 1) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= NARROWEST_COLUMN) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function lineOf<T>(
  columns: readonly Column<T>[],
  cells: readonly string[],
  widths: readonly number[],
  paint: (column: number, text: string) => string,
): string {
  return columns
    .map((column, at) => {
      const width = widths[at] ?? 0;
      const isLast = at === columns.length - 1;
      const text = cutText(cells[at] ?? '', Math.max(width, 1));
      return paint(
        at,
        isLast && column.align === undefined ? text : padText(text, width, column.align === 'right' ? 'right' : 'left'),
      );
    })
    .join(GAP)
    .trimEnd();
}

function paintCell<T>(column: Column<T> | undefined, row: T, text: string, options: TableOptions): string {
  const style = column?.style?.(row);
  return style === undefined ? text : options.paint(style, text);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Names and values of one thing, one a line. */
export function sheetLines(fields: readonly (readonly [name: string, value: string | null | undefined])[]): string[] {
  const shown = fields.flatMap(([name, value]) =>
    value === null || value === undefined || value === '' ? [] : [[name, value] as const],
  );
  const width = Math.max(0, ...shown.map(([name]) => textWidth(name)));
  return shown.map(([name, value]) => `${padText(name, width)}${GAP}${harmless(value)}`);
}
