import { refuse } from '../bundle-problem.ts';
import { createNodeBudget, type NodeBudget } from './node-budget.ts';
import type { Setting } from './setting.ts';
import { endOfString } from './string-end.ts';

/**
 * Parses JSON as json-c 0.16 does by default, which is what SWUpdate hears: comments, single quotes, trailing commas, any case of `true`,
 * and whatever follows the first value are accepted; the last of equal names wins. Throws `description-syntax`, `-too-deep` or
 * `-too-many-settings`.
 */
export function parseJsonDescription(bytes: Uint8Array): Setting {
  return parseValue(createCursor(bytes));
}

/** libconfig never begins with a brace or bracket: what comes after blanks and comments tells which notation was meant. */
export function beginsLikeJson(bytes: Uint8Array): boolean {
  const cursor = createCursor(bytes);
  skipBlank(cursor);
  return cursor.text[cursor.at] === '{' || cursor.text[cursor.at] === '[';
}

type Cursor = { readonly text: string; at: number; readonly budget: NodeBudget };

/** C strings end at a NUL. */
function createCursor(bytes: Uint8Array): Cursor {
  const end = bytes.indexOf(0);
  const text = Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8');
  return { text, at: 0, budget: createNodeBudget() };
}

const BLANK = /(?:[ \t\n\r]|\/\*[^]*?\*\/|\/\/[^\n]*\n)+/y;
const NUMBER = /-?(?:[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]*)?|infinity)|nan|infinity/iy;
const WORD = /true|false|null/iy;

function parseValue(cursor: Cursor): Setting {
  cursor.budget.count();
  skipBlank(cursor);
  const first = cursor.text[cursor.at];
  if (first === '{') return cursor.budget.deeper(() => parseObject(cursor));
  if (first === '[') return cursor.budget.deeper(() => parseArray(cursor));
  if (first === '"' || first === "'") return { kind: 'string', value: parseString(cursor) };
  const word = take(cursor, WORD)?.[0].toLowerCase();
  if (word !== undefined) return word === 'null' ? { kind: 'null' } : { kind: 'bool', value: word === 'true' };
  const number = take(cursor, NUMBER)?.[0];
  if (number === undefined) throw syntaxError(cursor);
  return { kind: /^-?[0-9]+$/.test(number) ? 'int' : 'float', value: Number.parseFloat(number) || 0 };
}

function parseObject(cursor: Cursor): Setting {
  const members = new Map<string, Setting>();
  cursor.at++;
  while (!takeMark(cursor, '}')) {
    skipBlank(cursor);
    const name = parseString(cursor);
    if (!takeMark(cursor, ':')) throw syntaxError(cursor);
    members.set(name, parseValue(cursor));
    if (!takeMark(cursor, ',') && !isNext(cursor, '}')) throw syntaxError(cursor);
  }
  return { kind: 'group', members };
}

function parseArray(cursor: Cursor): Setting {
  const items: Setting[] = [];
  cursor.at++;
  while (!takeMark(cursor, ']')) {
    items.push(parseValue(cursor));
    if (!takeMark(cursor, ',') && !isNext(cursor, ']')) throw syntaxError(cursor);
  }
  return { kind: 'list', items };
}

const ESCAPES: Record<string, string> = { b: '\b', n: '\n', r: '\r', t: '\t', f: '\f', '"': '"', '\\': '\\', '/': '/' };

function parseString(cursor: Cursor): string {
  const quote = cursor.text[cursor.at];
  const end = quote === '"' || quote === "'" ? endOfString(cursor.text, cursor.at + 1, quote) : -1;
  if (end < 0) throw syntaxError(cursor);
  const raw = cursor.text.slice(cursor.at + 1, end);
  cursor.at = end + 1;
  return raw.replace(/\\(?:u([0-9a-fA-F]{4})|([^]))/g, (_, hex: string | undefined, short: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    const plain = ESCAPES[short ?? ''];
    if (plain === undefined) throw syntaxError(cursor);
    return plain;
  });
}

function takeMark(cursor: Cursor, mark: string): boolean {
  if (!isNext(cursor, mark)) return false;
  cursor.at++;
  return true;
}

function isNext(cursor: Cursor, mark: string): boolean {
  skipBlank(cursor);
  return cursor.text[cursor.at] === mark;
}

function skipBlank(cursor: Cursor): void {
  take(cursor, BLANK);
}

function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text) ?? undefined;
  cursor.at += found?.[0].length ?? 0;
  return found;
}

function syntaxError(cursor: Cursor): Error {
  const line = cursor.text.slice(0, cursor.at).split('\n').length;
  return refuse('description-syntax', {
    detail: `line ${line}: unexpected ${JSON.stringify(cursor.text[cursor.at] ?? 'end')}`,
  });
}
