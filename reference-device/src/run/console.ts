import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/** A guest that prints without ever ending a line fills no memory: it is cut into lines of this length. */
const LINE_MAX_CHARACTERS = 4096;
/** Of what is kept in memory to wait for; the file holds all. */
const KEPT_LINES = 20_000;
const TAIL_LINES = 40;
const CARRIAGE_RETURNS = /\r+$/;

export type WaitForWords = {
  readonly timeLimitMs: number;
  /** The number of the line at which the search begins; absent: the last power-on. */
  readonly from?: number;
};

/** The console did not say what was waited for; `message` holds its last lines. */
export class ConsoleError extends Error {
  readonly code: 'console-silent' | 'console-closed';
  constructor(code: ConsoleError['code'], message: string) {
    super(message);
    this.name = 'ConsoleError';
    this.code = code;
  }
}

/**
 * What a device prints on its serial line, over all its power cycles: each line with its time (UTC, milliseconds) in a file, and in
 * memory to wait for. A line's number counts from the first power-on.
 */
export class Console implements AsyncDisposable {
  readonly file: string;
  readonly #out: WriteStream;
  readonly #lines: string[] = [];
  readonly #listeners = new Set<() => void>();
  #dropped = 0;
  #unfinished = '';
  #bootAt = 0;
  #closedBy: string | undefined = 'it is switched off';

  constructor(file: string) {
    this.file = file;
    this.#out = createWriteStream(file, { flags: 'a' });
  }

  /** The number of the line that comes next. */
  get position(): number {
    return this.#dropped + this.#lines.length;
  }

  /** From here on a machine that was switched on prints. */
  open(): void {
    this.#closedBy = undefined;
    this.#bootAt = this.position;
  }

  write(text: string): void {
    this.#unfinished += text;
    const parts = this.#unfinished.split('\n');
    this.#unfinished = parts.pop() ?? '';
    for (const part of parts) this.#add(part.replace(CARRIAGE_RETURNS, ''));
    if (this.#unfinished.length > LINE_MAX_CHARACTERS) this.#endLine();
    for (const tell of this.#listeners) tell();
  }

  /** The machine prints no more until the next `open`; `reason` says why, to those who wait. */
  close(reason: string): void {
    this.#endLine();
    this.#closedBy = reason;
    for (const tell of this.#listeners) tell();
  }

  /** What was printed from line `from` on; without it, since the last power-on. */
  text(from: number = this.#bootAt): string {
    return [...this.#lines.slice(Math.max(0, from - this.#dropped)), this.#unfinished].join('\n');
  }

  /**
   * Waits until `words` are there. Rejects with a `console-silent` when time is over, and with a `console-closed` as soon as the
   * machine is off.
   */
  async waitFor(words: RegExp, { timeLimitMs, from = this.#bootAt }: WaitForWords): Promise<RegExpExecArray> {
    const found = Promise.withResolvers<RegExpExecArray>();
    const look = (): void => {
      const match = words.exec(this.text(from));
      if (match !== null) found.resolve(match);
      else if (this.#closedBy !== undefined)
        found.reject(new ConsoleError('console-closed', this.#told(`${this.#closedBy} without ${words}`, from)));
    };
    const late = setTimeout(() => {
      found.reject(new ConsoleError('console-silent', this.#told(`${timeLimitMs} ms passed without ${words}`, from)));
    }, timeLimitMs);
    this.#listeners.add(look);
    look();
    try {
      return await found.promise;
    } finally {
      clearTimeout(late);
      this.#listeners.delete(look);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#endLine();
    this.#out.end();
    await finished(this.#out);
  }

  #told(what: string, from: number): string {
    return `${what}:\n${this.text(from).split('\n').slice(-TAIL_LINES).join('\n')}`;
  }

  #endLine(): void {
    if (this.#unfinished !== '') this.#add(this.#unfinished);
    this.#unfinished = '';
  }

  #add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) {
      this.#lines.splice(0, KEPT_LINES / 2);
      this.#dropped += KEPT_LINES / 2;
    }
    this.#out.write(`${new Date().toISOString()} ${line}\n`);
  }
}
