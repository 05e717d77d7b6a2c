/** Why a filter is refused: where in its text, counted from 0 in UTF-16 units, and a sentence for people. */
export type FilterProblem = {
  readonly code: 'filter-invalid';
  readonly at: number;
  readonly message: string;
  /** `field`: what it names does not exist (a field, a key, a word of a field); else it cannot be read at all. */
  readonly about: 'field' | 'syntax';
};

/** Ends the reading of a filter from any depth; `parseFilter` turns it into a {@link FilterProblem}. */
export class FilterRefused extends Error {
  readonly problem: FilterProblem;
  constructor(at: number, message: string, about: FilterProblem['about'] = 'syntax') {
    super(message);
    this.name = 'FilterRefused';
    this.problem = { code: 'filter-invalid', at, message: `at character ${at + 1}: ${message}`, about };
  }
}

/** "`a`, `b` or `c`" */
export function alternatives(words: readonly string[]): string {
  const quoted = words.map((word) => `\`${word}\``);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}
