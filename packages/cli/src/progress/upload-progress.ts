import { bytesText, durationText } from '../output/figures.ts';
import { columnsOf } from '../output/printer.ts';
import type { Printer } from '../output/printer.ts';
import type { Shell } from '../shell.ts';
import { barLine } from './bar.ts';
import { liveLines } from './live-lines.ts';
import { rateMeter } from './rate-meter.ts';

const RATE_WINDOW_MILLISECONDS = 5_000;
const DRAW_EVERY_MILLISECONDS = 100;
/** Between two plain lines where there is no terminal. */
const PLAIN_EVERY_MILLISECONDS = 10_000;

export interface UploadProgress {
  /** So many bytes of the file are sent. A resumed upload begins above 0. */
  sent(bytes: number, total: number): void;
  /** Something that is not progress: a lost connection, the server's check. */
  say(words: string): void;
  end(): void;
}

/** Progress of one upload on stderr: a bar on a terminal, a line now and then elsewhere, nothing with `--json`. */
export function uploadProgress(title: string, shell: Shell, print: Printer): UploadProgress {
  const live = liveLines(shell.stderr, !print.isJson);
  const meter = rateMeter(RATE_WINDOW_MILLISECONDS);
  let shownAt = live.isLive ? Number.NEGATIVE_INFINITY : shell.now();

  function words(bytes: number, total: number): string {
    const rate = meter.rate();
    const left = meter.secondsLeft(total);
    return [
      `${bytesText(bytes)} of ${bytesText(total)}`,
      ...(rate === null ? [] : [`${bytesText(Math.round(rate))}/s`]),
      ...(left === null || bytes >= total ? [] : [`${durationText(left)} left`]),
    ].join(', ');
  }

  return {
    sent: (bytes, total) => {
      const now = shell.now();
      meter.add(bytes, now);
      if (now - shownAt < (live.isLive ? DRAW_EVERY_MILLISECONDS : PLAIN_EVERY_MILLISECONDS) && bytes < total) return;
      shownAt = now;
      if (live.isLive)
        live.draw([barLine({ title, done: bytes, total, words: words(bytes, total) }, columnsOf(shell.stderr) - 1)]);
      else print.note(`${title}: ${words(bytes, total)}`);
    },
    say: (text) => (live.isLive ? live.draw([`${title}: ${text}`]) : print.note(`${title}: ${text}`)),
    end: () => live.end(false),
  };
}
