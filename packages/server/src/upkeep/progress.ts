const SHOWN_EVERY_MS = 200;

/** Told as work goes on: what, and how many so far. */
export type Progress = (what: string, done: number) => void;

/** One line that is written over on a terminal, nothing elsewhere: logs and pipes want no progress. */
export function terminalProgress(stream: NodeJS.WriteStream): Progress & { readonly end: () => void } {
  let shownAt = 0;
  const show: Progress = (what, done) => {
    if (!stream.isTTY || Date.now() - shownAt < SHOWN_EVERY_MS) return;
    shownAt = Date.now();
    stream.write(`\r\u001b[K${what}: ${done}`);
  };
  return Object.assign(show, {
    end: () => {
      if (stream.isTTY && shownAt > 0) stream.write('\r\u001b[K');
    },
  });
}
