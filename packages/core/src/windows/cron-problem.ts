/** Why a cron expression is refused: where in its text, counted from 0 in UTF-16 units, and what was expected there. */
export type CronProblem = { readonly at: number; readonly found: string; readonly expected: string };

/** Ends the reading of a cron expression from any depth; `parseCron` turns it into a {@link CronProblem}. */
export class CronRefused extends Error {
  readonly problem: CronProblem;
  constructor(word: CronWord, expected: string) {
    super(`at character ${word.at + 1}: expected ${expected}, found "${word.text}"`);
    this.name = 'CronRefused';
    this.problem = { at: word.at, found: word.text, expected };
  }
}

/** A piece of a cron expression, and where in the whole it begins. */
export type CronWord = { readonly text: string; readonly at: number };

/** The pieces between separators, each with its place; empty ones are kept. */
export function splitWord(word: CronWord, separator: string): readonly CronWord[] {
  let at = word.at;
  return word.text.split(separator).map((text) => {
    const piece = { text, at };
    at += text.length + separator.length;
    return piece;
  });
}
