import type { Paper, Shell } from '../shell.ts';
import { painterFor } from './style.ts';
import type { Painter } from './style.ts';
import { tablePrinter } from './table.ts';
import type { Column } from './table.ts';

const USUAL_COLUMNS = 80;
const NOTHING_MATCHES = 'Nothing matches this filter.';

/** One page of a list as the API answers it. */
export type Page<T> = {
  readonly items: readonly T[];
  readonly total: number;
  readonly totalIsExact: boolean;
  readonly next: string | null;
  /** Whether only rows that match a filter were asked for. */
  readonly isFiltered?: boolean;
};

/** Where results go: one JSON document with `--json`, text for people without. */
export interface Printer {
  readonly isJson: boolean;
  readonly paint: Painter;
  /** A result: `document` as JSON, or the lines for people. */
  show(document: unknown, lines: () => readonly string[]): void;
  /** A list, printed while it is read; `empty` is said where there is nothing at all. */
  list<T>(pages: AsyncIterable<Page<T>>, columns: readonly Column<T>[], empty: string): Promise<void>;
  /** A remark for people, on stderr; silent with `--json`. */
  note(line: string): void;
}

export function printerFor(shell: Shell, isJson: boolean): Printer {
  const paint = painterFor(shell.stdout, shell.env);
  const paper = shell.stdout;
  return {
    isJson,
    paint,
    show: (document, lines) => writeLines(paper, isJson ? [JSON.stringify(document ?? null, null, 2)] : lines()),
    list: async (pages, columns, empty) =>
      isJson ? jsonList(paper, pages) : tableList({ shell, paint, pages, columns, empty }),
    note: (line) => {
      if (!isJson) writeLines(shell.stderr, [line]);
    },
  };
}

/** `{ items, total, totalIsExact }`, written as the pages come, so that a million rows need no memory. */
async function jsonList<T>(paper: Paper, pages: AsyncIterable<Page<T>>): Promise<void> {
  let isEmpty = true;
  let total = { total: 0, totalIsExact: true };
  paper.write('{"items":[');
  for await (const page of pages) {
    for (const item of page.items) {
      paper.write(`${isEmpty ? '\n' : ',\n'}${JSON.stringify(item)}`);
      isEmpty = false;
    }
    total = { total: page.total, totalIsExact: page.totalIsExact };
  }
  paper.write(`\n],"total":${total.total},"totalIsExact":${total.totalIsExact}}\n`);
}

type TableList<T> = {
  readonly shell: Shell;
  readonly paint: Painter;
  readonly pages: AsyncIterable<Page<T>>;
  readonly columns: readonly Column<T>[];
  readonly empty: string;
};

async function tableList<T>({ shell, paint, pages, columns, empty }: TableList<T>): Promise<void> {
  const linesOf = tablePrinter(columns, { width: terminalWidth(shell.stdout), paint });
  let shown = 0;
  let last: Page<T> | null = null;
  for await (const page of pages) {
    if (page.items.length > 0) writeLines(shell.stdout, linesOf(page.items));
    shown += page.items.length;
    last = page;
  }
  if (shown === 0) writeLines(shell.stderr, [last?.isFiltered === true ? NOTHING_MATCHES : empty]);
  else if (last !== null && last.total > shown)
    writeLines(shell.stderr, [
      `${shown} of ${last.totalIsExact ? '' : 'more than '}${last.total}; leave --limit out, or raise it, to see the rest.`,
    ]);
}

/** Columns of the terminal; null where the output is no terminal and nothing is cut. */
export function terminalWidth(paper: Paper): number | null {
  return paper.isTTY === true ? columnsOf(paper) : null;
}

/** Columns of the paper; some terminals say 0 and mean that they do not know. */
export function columnsOf(paper: Paper): number {
  return paper.columns || USUAL_COLUMNS;
}

export function writeLines(paper: Paper, lines: readonly string[]): void {
  if (lines.length > 0) paper.write(`${lines.join('\n')}\n`);
}
