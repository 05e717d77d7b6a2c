import { MAX_WILDCARDS_PER_VALUE } from './filter-limits.ts';
import { alternatives, FilterRefused } from './filter-problem.ts';

/** What every operator means. `=lt=` and `<` are one. */
export const FILTER_OPERATORS = {
  '==': '==',
  '!=': '!=',
  '=lt=': '<',
  '=le=': '<=',
  '=gt=': '>',
  '=ge=': '>=',
  '=in=': 'in',
  '=out=': 'out',
  '=is=': 'is',
  '=eq=': 'is',
  '=not=': 'not',
  '=ne=': 'not',
  '<=': '<=',
  '>=': '>=',
  '<': '<',
  '>': '>',
} as const;
export type FilterOperator = (typeof FILTER_OPERATORS)[keyof typeof FILTER_OPERATORS];

/** A text as it was written: its parts between the stars that stand for anything. One part: no star. */
export type WrittenText = { readonly at: number; readonly parts: readonly string[]; readonly quoted: boolean };

const RESERVED = /["'();,=!~<>\s]/u;

/** Reads a filter's words from left to right (the lexical half of RSQL). */
export class FilterScanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  skipSpace(): void {
    while (/\s/u.test(this.text[this.at] ?? '')) this.at += 1;
  }

  atEnd(): boolean {
    this.skipSpace();
    return this.at >= this.text.length;
  }

  /** Takes one of the reserved characters if it comes next. */
  take(character: string): boolean {
    this.skipSpace();
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  /** Takes the word `and` or `or` if it comes next, in either case. */
  takeWord(word: string): boolean {
    this.skipSpace();
    const next = this.text.slice(this.at, this.at + word.length + 1);
    const ends = next.length === word.length || /[\s(]/u.test(next.at(-1) ?? '');
    if (!ends || next.slice(0, word.length).toLowerCase() !== word) return false;
    this.at += word.length;
    return true;
  }

  operator(): FilterOperator {
    this.skipSpace();
    const rest = this.text.slice(this.at, this.at + 16);
    const written = /^(=[a-z]+=|[=!<>]=|[<>])/.exec(rest)?.[0];
    if (written === undefined || !Object.hasOwn(FILTER_OPERATORS, written))
      throw this.refusal(`expected an operator, ${alternatives(Object.keys(FILTER_OPERATORS))}`);
    this.at += written.length;
    return FILTER_OPERATORS[written as keyof typeof FILTER_OPERATORS];
  }

  /** A name with dots; the part after a dot may be quoted: `attribute."serial number"`. */
  selector(): { readonly at: number; readonly name: string } {
    this.skipSpace();
    const at = this.at;
    const bare = this.#bare().parts.join('*');
    const quoted = bare.endsWith('.') && /["']/.test(this.text[this.at] ?? '');
    const name = quoted ? bare + this.#quoted().parts.join('*') : bare;
    if (name === '') throw this.refusal('expected the name of a field or `(`');
    return { at, name };
  }

  value(): WrittenText {
    this.skipSpace();
    const at = this.at;
    const quoted = /["']/.test(this.text[at] ?? '');
    const { parts } = quoted ? this.#quoted() : this.#bare();
    if (this.at === at) throw this.refusal('expected a value; put it in quotes if it holds blanks or signs');
    if (parts.length - 1 > MAX_WILDCARDS_PER_VALUE)
      throw new FilterRefused(at, `a value may hold at most ${MAX_WILDCARDS_PER_VALUE} stars`);
    return { at, parts, quoted };
  }

  refusal(message: string): FilterRefused {
    const found = this.text.slice(this.at, this.at + 12);
    return new FilterRefused(this.at, `${message}; found ${found === '' ? 'the end' : `"${found}"`}`);
  }

  #bare(): { parts: string[] } {
    return this.#textUntil((character) => RESERVED.test(character));
  }

  #quoted(): { parts: string[] } {
    const from = this.at;
    const quote = this.text[from];
    this.at += 1;
    const text = this.#textUntil((character) => character === quote);
    if (this.text[this.at] !== quote) throw new FilterRefused(from, 'this quote is not closed');
    this.at += 1;
    return text;
  }

  /** A backslash takes the next character as it is; a star that has none before it begins a new part. */
  #textUntil(ends: (character: string) => boolean): { parts: string[] } {
    const parts = [''];
    for (; this.at < this.text.length; this.at += 1) {
      let character = this.text[this.at] ?? '';
      if (ends(character)) break;
      if (character === '*') {
        parts.push('');
        continue;
      }
      if (character === '\\') {
        this.at += 1;
        if (this.at >= this.text.length) throw this.refusal('expected a character after the backslash');
        character = this.text[this.at] ?? '';
      }
      parts[parts.length - 1] += character;
    }
    return { parts };
  }
}
