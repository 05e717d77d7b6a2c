import { closeSync, openSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_AGAIN_MS = 20;
const TAIL_LINES = 40;
const DEFAULT_TIME_LIMIT_MS = 60_000;

export type WaitOptions = {
  readonly timeoutMs?: number;
  /** The search starts at the beginning of the device's life instead of its last start. */
  readonly wholeLife?: boolean;
};

/** What a device's programs print, appended to one file over all its restarts. */
export class DeviceLog {
  readonly file: string;
  #runStartsAt = 0;

  constructor(file: string) {
    this.file = file;
    closeSync(openSync(file, 'a'));
  }

  /** From here on a new process of the device writes. */
  async beginRun(): Promise<void> {
    this.#runStartsAt = (await stat(this.file)).size;
  }

  async whole(): Promise<string> {
    return readFile(this.file, 'latin1');
  }

  /** What was printed since the last start. */
  async ofRun(): Promise<string> {
    return (await this.whole()).slice(this.#runStartsAt);
  }

  /** Waits until `pattern` is in the log. Rejects with the log's tail when time is over or `ended` says why no more will come. */
  async waitFor(pattern: RegExp, ended: () => string | undefined, options: WaitOptions = {}): Promise<RegExpExecArray> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIME_LIMIT_MS;
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      // Asked before the file is read: what the process wrote last is seen all the same.
      const end = performance.now() >= deadline ? `${timeoutMs} ms passed` : ended();
      const text = options.wholeLife ? await this.whole() : await this.ofRun();
      const match = pattern.exec(text);
      if (match !== null) return match;
      if (end !== undefined)
        throw new Error(`${end} without ${pattern}:
${tail(text)}`);
      await sleep(LOOK_AGAIN_MS);
    }
  }
}

function tail(text: string): string {
  return text.split('\n').slice(-TAIL_LINES).join('\n');
}
