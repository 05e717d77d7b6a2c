import { styleText } from 'node:util';

/** What the demo shows while devices update: how it stands now. */
export type Frame = {
  /** One line that says it all. */
  readonly headline: string;
  /** Since the rollout's start. */
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
  /** How it stands now, in place of the frame before. */
  show(frame: Frame): void;
  /** Leaves the last frame standing; what is said next comes below it. */
  settle(): void;
}

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_BELOW = '\x1b[J';
const BAR_COLUMNS = 40;
const DEFAULT_COLUMNS = 80;
/** In a log the headline comes no more often than this. */
const PLAIN_HEADLINE_SECONDS = 1;

/** A stage for this output: redrawn in place on a terminal that can, else plain lines for a log. */
export function openStage(out: NodeJS.WriteStream): Stage {
  return out.isTTY && process.env['TERM'] !== 'dumb' ? terminalStage(out) : plainStage(out);
}

/** Writes a row when it has changed, and the headline when it has and is not too young. */
function plainStage(out: NodeJS.WriteStream): Stage {
  const states = new Map<string, string>();
  let last = { headline: '', seconds: -Infinity };
  let held: Frame | null = null;
  const say = (line: string): void => void out.write(`${line}\n`);
  const sayHeadline = (frame: Frame): void => {
    if (frame.headline !== last.headline) say(`  ${frame.seconds.toFixed(1).padStart(4)} s  ${frame.headline}`);
    last = frame;
    held = null;
  };
  return {
    say,
    show(frame) {
      for (const { name, remark, state } of frame.rows) {
        if (states.get(name) === state) continue;
        states.set(name, state);
        say(`          ${name} (${remark}): ${state}`);
      }
      if (frame.seconds - last.seconds >= PLAIN_HEADLINE_SECONDS) sayHeadline(frame);
      else held = frame;
    },
    settle() {
      if (held !== null) sayHeadline(held);
    },
    [Symbol.dispose]: () => undefined,
  };
}

function terminalStage(out: NodeJS.WriteStream): Stage {
  let linesUp = 0;
  const showCursor = (): void => void out.write(SHOW_CURSOR);
  // However the process ends, the terminal gets its cursor back.
  process.once('exit', showCursor);
  out.write(HIDE_CURSOR);
  const erase = (): string => (linesUp === 0 ? '' : `\x1b[${linesUp}A\r${CLEAR_BELOW}`);
  return {
    say(line) {
      out.write(`${erase()}${line.replace(/^✓/, paint('green', '✓'))}\n`);
      linesUp = 0;
    },
    show(frame) {
      const lines = frameLines(frame, out.columns > 0 ? out.columns : DEFAULT_COLUMNS);
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

/** A line that is wider than the terminal would break the count of lines to go up: it is cut, and then not painted. */
function frameLines({ headline, seconds, done, total, rows }: Frame, columns: number): string[] {
  const widest = Math.max(...rows.map(({ remark }) => remark.length));
  const filled = Math.round((done / Math.max(total, 1)) * BAR_COLUMNS);
  const lines = [
    ...rows.map(({ name, remark, state }) => ({ text: `  ${name}  ${remark.padEnd(widest)}  `, painted: state })),
    { text: '', painted: '' },
    { text: `  ${'█'.repeat(filled)}${'░'.repeat(BAR_COLUMNS - filled)}  ${done} of ${total} succeeded`, painted: '' },
    { text: `  ${seconds.toFixed(1).padStart(4)} s  ${headline}`, painted: '' },
  ];
  const fit = ({ text, painted }: { readonly text: string; readonly painted: string }): string =>
    text.length + painted.length < columns ? text + paintState(painted) : (text + painted).slice(0, columns - 1);
  return ['', ...lines.map(fit)];
}

const ENDED_WELL = new Set(['succeeded']);
const ENDED_OTHERWISE = new Set(['failed', 'rolled-back', 'timed-out', 'canceled']);

function paintState(state: string): string {
  if (ENDED_WELL.has(state)) return paint('green', state);
  return ENDED_OTHERWISE.has(state) ? paint('red', state) : state === '' ? '' : paint('cyan', state);
}

/** Nothing is painted where NO_COLOR says so. */
function paint(color: 'green' | 'red' | 'cyan', text: string): string {
  return styleText(color, text, { stream: process.stdout });
}
