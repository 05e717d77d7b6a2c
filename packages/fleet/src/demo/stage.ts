import type { WriteStream } from 'node:tty';

/** What the demo shows while devices update: lines of now, of which some may be the same as before. */
export type Frame = {
  /** One line that says it all. */
  readonly headline: string;
  readonly seconds: number;
  readonly done: number;
  readonly total: number;
  readonly rows: readonly Row[];
};
export type Row = { readonly name: string; readonly remark: string; readonly state: string };

/** Where the demo plays. */
export interface Stage extends Disposable {
  /** A line that stays. */
  say(line: string): void;
  /** What is now, in place of the frame before. */
  show(frame: Frame): void;
  /** Leaves the last frame standing; what is said next comes below it. */
  settle(): void;
}

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_BELOW = '\x1b[J';
const BAR_COLUMNS = 40;
const DEFAULT_COLUMNS = 80;

/** A stage for this output: redrawn in place on a terminal that can, else plain lines for a log. */
export function openStage(out: NodeJS.WriteStream): Stage {
  return out.isTTY && process.env['TERM'] !== 'dumb' ? terminalStage(out) : plainStage(out);
}

/** Writes a row only when it differs from what it was, and the headline when it has changed. */
function plainStage(out: NodeJS.WritableStream): Stage {
  const shown = new Map<string, string>();
  const changed = (key: string, line: string): void => {
    if (shown.get(key) === line) return;
    shown.set(key, line);
    out.write(`${line}\n`);
  };
  return {
    say: (line) => void out.write(`${line}\n`),
    show({ headline, rows }) {
      for (const { name, remark, state } of rows) changed(name, `  ${name} ${remark}: ${state}`);
      changed('', `  ${headline}`);
    },
    settle: () => shown.clear(),
    [Symbol.dispose]: () => undefined,
  };
}

function terminalStage(out: WriteStream): Stage {
  let linesUp = 0;
  const showCursor = (): void => void out.write(SHOW_CURSOR);
  // However the process ends, the terminal gets its cursor back.
  process.once('exit', showCursor);
  out.write(HIDE_CURSOR);
  const erase = (): string => (linesUp === 0 ? '' : `\x1b[${linesUp}A\r${CLEAR_BELOW}`);
  return {
    say(line) {
      out.write(`${erase()}${line}\n`);
      linesUp = 0;
    },
    show(frame) {
      const columns = out.columns > 0 ? out.columns : DEFAULT_COLUMNS;
      const lines = frameLines(frame).map((line) => line.slice(0, columns - 1));
      out.write(`${erase()}${lines.join('\n')}\n`);
      linesUp = lines.length;
    },
    settle() {
      linesUp = 0;
    },
    [Symbol.dispose]() {
      process.off('exit', showCursor);
      showCursor();
    },
  };
}

function frameLines({ headline, done, total, rows }: Frame): string[] {
  const filled = Math.round((done / Math.max(total, 1)) * BAR_COLUMNS);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_COLUMNS - filled)}`;
  const widest = Math.max(...rows.map(({ remark }) => remark.length));
  return [
    '',
    ...rows.map(({ name, remark, state }) => `  ${name}  ${remark.padEnd(widest)}  ${state}`),
    '',
    `  ${bar}  ${done} of ${total}`,
    `  ${headline}`,
  ];
}
