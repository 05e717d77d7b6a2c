/** Where a command says what it has to say: one JSON document on standard output, or lines. */
export type Output = {
  readonly show: (document: unknown, lines: () => readonly string[]) => void;
  /** Beside the result, for people. */
  readonly note: (line: string) => void;
};

export function outputOf(isJson: boolean): Output {
  return {
    show: (document, lines) => {
      const text = isJson ? JSON.stringify(document, null, 2) : lines().join('\n');
      if (text !== '') process.stdout.write(`${text}\n`);
    },
    note: (line) => {
      if (!isJson) process.stderr.write(`${line}\n`);
    },
  };
}
