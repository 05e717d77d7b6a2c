import type { Paper } from '../shell.ts';

const UP_ONE_LINE = '\u001b[1A';
const CLEAR_LINE = '\r\u001b[2K';

/** Lines at the bottom of a terminal that are drawn over and over. Elsewhere nothing is drawn: the caller prints plain lines. */
export interface LiveLines {
  readonly isLive: boolean;
  draw(lines: readonly string[]): void;
  /** Leaves the last drawing in place, or removes it. */
  end(keep: boolean): void;
}

export function liveLines(paper: Paper, isWanted: boolean): LiveLines {
  const isLive = isWanted && paper.isTTY === true;
  let height = 0;

  function erase(): string {
    return height === 0 ? '' : CLEAR_LINE + `${UP_ONE_LINE}${CLEAR_LINE}`.repeat(height);
  }

  return {
    isLive,
    draw: (lines) => {
      if (!isLive) return;
      paper.write(`${erase()}${lines.join('\n')}\n`);
      height = lines.length;
    },
    end: (keep) => {
      if (isLive && !keep) paper.write(erase());
      height = 0;
    },
  };
}
