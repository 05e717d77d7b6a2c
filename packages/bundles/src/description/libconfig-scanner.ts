import { refuse } from '../bundle-problem.ts';
import { endOfString } from './string-end.ts';

/** A token of libconfig 1.5, the version that Debian 12 builds SWUpdate with. */
export type Token =
  | { readonly kind: 'name' | 'string'; readonly text: string; readonly line: number }
  | { readonly kind: 'int' | 'int64' | 'float'; readonly number: number; readonly line: number }
  | { readonly kind: 'bool'; readonly flag: boolean; readonly line: number }
  | { readonly kind: 'mark'; readonly text: string; readonly line: number }
  | { readonly kind: 'end'; readonly line: number };

/** A comment needs its newline: libconfig 1.5 takes one that ends with the file as garbage. */
const BLANK = /[ \t\n\r\f]+|(?:#|\/\/)[^\n]*(?=\n)|\/\*[^]*?(?:\*\/|$)/y;
const INCLUDE = /@include[ \t]+"/y;
const NAME = /[A-Za-z*][-A-Za-z0-9_*]*/y;
const MARK = /[=:,{}[\]();]/y;
const NUMBERS = [
  { kind: 'float', pattern: /[-+]?[0-9]*\.[0-9]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]+/y },
  { kind: 'hex64', pattern: /0[Xx][0-9A-Fa-f]+LL?/y },
  { kind: 'hex', pattern: /0[Xx][0-9A-Fa-f]+/y },
  { kind: 'int64', pattern: /[-+]?[0-9]+LL?/y },
  { kind: 'int', pattern: /[-+]?[0-9]+/y },
] as const;

/** The tokens of a text whose characters are bytes (latin1); strings are decoded as UTF-8. The last token is `end`. */
export function* scanLibconfig(text: string): Generator<Token, void, void> {
  let at = 0;
  let line = 1;
  while (at < text.length) {
    if (text[at] === '@' && isIncludeAt(text, at)) throw refuse('description-include', { detail: `line ${line}` });
    const blank = matchAt(BLANK, text, at)?.[0];
    const found = blank === undefined ? tokenAt(text, at, line) : undefined;
    const length = blank?.length ?? found?.length ?? 0;
    if (length === 0)
      throw refuse('description-syntax', { detail: `line ${line}: unexpected ${JSON.stringify(text[at])}` });
    if (found?.token !== undefined) yield found.token;
    line += newlines(text, at, at + length);
    at += length;
  }
  yield { kind: 'end', line };
}

/** `@include "` is a directive only where nothing but blanks stands before it on its line. */
function isIncludeAt(text: string, at: number): boolean {
  return matchAt(INCLUDE, text, at) !== null && /^[ \t]*$/.test(text.slice(text.lastIndexOf('\n', at) + 1, at));
}

type Found = { readonly token?: Token; readonly length: number };

function tokenAt(text: string, at: number, line: number): Found | undefined {
  const name = matchAt(NAME, text, at)?.[0];
  if (name !== undefined) return { token: word(name, line), length: name.length };
  const mark = matchAt(MARK, text, at)?.[0];
  if (mark !== undefined) return { token: { kind: 'mark', text: mark, line }, length: 1 };
  if (text[at] === '"') {
    const end = endOfString(text, at + 1, '"');
    // A string that is never closed is no token at all: the text ends there for libconfig.
    if (end < 0) return { length: text.length - at };
    return { token: { kind: 'string', text: unescape(text.slice(at + 1, end)), line }, length: end + 1 - at };
  }
  return numberAt(text, at, line);
}

function word(name: string, line: number): Token {
  const lower = name.toLowerCase();
  if (lower === 'true' || lower === 'false') return { kind: 'bool', flag: lower === 'true', line };
  return { kind: 'name', text: name, line };
}

/** The longest match wins, as in every lexer made with flex. */
function numberAt(text: string, at: number, line: number): Found | undefined {
  let best: { kind: (typeof NUMBERS)[number]['kind']; text: string } | undefined;
  for (const { kind, pattern } of NUMBERS) {
    const found = matchAt(pattern, text, at)?.[0];
    if (found !== undefined && found.length > (best?.text.length ?? 0)) best = { kind, text: found };
  }
  if (best === undefined) return undefined;
  const number = Number(best.text.replace(/L+$/, '').replace(/^\+/, '')) || 0;
  const isWide = best.kind === 'int' && (number > 2 ** 31 - 1 || number < -(2 ** 31));
  const kind = best.kind === 'hex64' || isWide ? 'int64' : best.kind === 'hex' ? 'int' : best.kind;
  return { token: { kind, number, line }, length: best.text.length };
}

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', f: '\f', '\\': '\\', '"': '"' };

/** Unknown escapes keep their backslash. A NUL ends the piece it stands in, as in C. */
function unescape(text: string): string {
  const bytes = text.replace(
    /\\(?:[Xx]([0-9A-Fa-f]{2})|([nrtf\\"]))/g,
    (_, hex: string | undefined, short: string | undefined) =>
      hex === undefined
        ? (ESCAPES[short ?? ''] ?? '')
        : hex === '00'
          ? ''
          : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes.split('\0')[0] ?? '', 'latin1').toString('utf8');
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Never looks beyond `end`: a text without newlines would else be searched to its end for each of its tokens. */
function newlines(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if (text[at] === '\n') count++;
  return count;
}
