import type { Printer } from '../output/printer.ts';
import { bytesText } from '../output/figures.ts';
import { columnsOf } from '../output/printer.ts';
import { cutText } from '../output/text-width.ts';
import { liveLines } from '../progress/live-lines.ts';
import type { Shell } from '../shell.ts';
import { KINDS, type Kind } from './import-report.ts';

const DRAW_EVERY_MILLISECONDS = 100;
/** Between two plain lines where there is no terminal. */
const PLAIN_EVERY_MILLISECONDS = 10_000;

/** How far an import is, on stderr: one line over and over on a terminal, a line now and then elsewhere, nothing with `--json`. */
export interface ImportProgress {
  /** One more row of this kind was looked at. */
  seen(kind: Kind): void;
  /** So many more bytes of artifacts went through. */
  moved(bytes: number): void;
  end(): void;
}

export function importProgress(shell: Shell, print: Printer): ImportProgress {
  const live = liveLines(shell.stderr, !print.isJson);
  const seen = new Map<Kind, number>();
  let bytes = 0;
  let shownAt = shell.now();

  function show(kind: Kind): void {
    const now = shell.now();
    if (now - shownAt < (live.isLive ? DRAW_EVERY_MILLISECONDS : PLAIN_EVERY_MILLISECONDS)) return;
    shownAt = now;
    const moved = bytes === 0 ? '' : `, ${bytesText(bytes)} of artifacts`;
    const line = `${KINDS[kind]}: ${seen.get(kind) ?? 0}${moved}`;
    if (live.isLive) live.draw([cutText(line, columnsOf(shell.stderr) - 1)]);
    else print.note(line);
  }

  return {
    seen: (kind) => {
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      show(kind);
    },
    moved: (count) => {
      bytes += count;
      show('artifacts');
    },
    end: () => live.end(false),
  };
}
