import { refuse } from '../bundle-problem.ts';
import { createNodeBudget, type NodeBudget } from './node-budget.ts';
import { scanLibconfig, type Token } from './libconfig-scanner.ts';
import type { Setting } from './setting.ts';

/**
 * Parses libconfig as version 1.5 does: `name = value;` or `name : value,` with the terminator optional; groups {}, lists (), arrays [] of
 * scalars of one type; adjacent strings are joined; no comma may end a list. Throws `description-syntax`, `-include`, `-too-deep` or
 * `-too-many-settings`.
 */
export function parseLibconfig(bytes: Uint8Array): Setting {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const parser: Parser = { tokens: createTokens(scanLibconfig(text)), budget: createNodeBudget() };
  const root = parseSettings(parser);
  if (parser.tokens.peek().kind !== 'end') throw unexpected(parser.tokens.peek());
  return root;
}

type Tokens = {
  readonly peek: () => Token;
  readonly next: () => Token;
  readonly takeMark: (marks: string) => string | undefined;
};
type Parser = { readonly tokens: Tokens; readonly budget: NodeBudget };

function createTokens(source: Generator<Token, void, void>): Tokens {
  const read = (): Token => source.next().value ?? { kind: 'end', line: 0 };
  let current = read();
  function next(): Token {
    const token = current;
    if (token.kind !== 'end') current = read();
    return token;
  }
  function takeMark(marks: string): string | undefined {
    if (current.kind !== 'mark' || !marks.includes(current.text)) return undefined;
    const { text } = current;
    next();
    return text;
  }
  return { peek: () => current, next, takeMark };
}

function parseSettings(parser: Parser): Setting {
  const members = new Map<string, Setting>();
  while (parser.tokens.peek().kind === 'name') {
    const name = parser.tokens.next();
    if (name.kind !== 'name') throw unexpected(name);
    if (members.has(name.text))
      throw refuse('description-syntax', { detail: `line ${name.line}: ${name.text} is set twice` });
    if (parser.tokens.takeMark('=:') === undefined) throw unexpected(parser.tokens.peek());
    members.set(name.text, parseValue(parser));
    parser.tokens.takeMark(';,');
  }
  return { kind: 'group', members };
}

function parseValue(parser: Parser): Setting {
  const { tokens, budget } = parser;
  switch (tokens.takeMark('{[(')) {
    case '{':
      return closed(parser, '}', () => parseSettings(parser));
    case '[':
      return closed(parser, ']', () => ({ kind: 'array', items: sameKind(parser, parseItems(parser, parseScalar)) }));
    case '(':
      return closed(parser, ')', () => ({ kind: 'list', items: parseItems(parser, parseValue) }));
    default:
      budget.count();
      return parseScalar(parser);
  }
}

function closed(parser: Parser, end: string, parse: () => Setting): Setting {
  parser.budget.count();
  const setting = parser.budget.deeper(parse);
  if (parser.tokens.takeMark(end) === undefined) throw unexpected(parser.tokens.peek());
  return setting;
}

function parseItems(parser: Parser, parse: (parser: Parser) => Setting): Setting[] {
  const items: Setting[] = [];
  const first = parser.tokens.peek();
  if (first.kind === 'mark' && (first.text === ')' || first.text === ']')) return items;
  do {
    parser.budget.count();
    items.push(parse(parser));
  } while (parser.tokens.takeMark(',') !== undefined);
  return items;
}

function sameKind(parser: Parser, items: Setting[]): Setting[] {
  if (items.every((item) => item.kind === items[0]?.kind)) return items;
  throw refuse('description-syntax', { detail: `line ${parser.tokens.peek().line}: an array of mixed types` });
}

function parseScalar(parser: Parser): Setting {
  const token = parser.tokens.next();
  switch (token.kind) {
    case 'int':
    case 'int64':
    case 'float':
      return { kind: token.kind, value: token.number };
    case 'bool':
      return { kind: 'bool', value: token.flag };
    case 'string':
      return { kind: 'string', value: token.text + restOfString(parser) };
    case 'name':
    case 'mark':
    case 'end':
      throw unexpected(token);
  }
}

function restOfString(parser: Parser): string {
  let text = '';
  for (let token = parser.tokens.peek(); token.kind === 'string'; token = parser.tokens.peek()) {
    text += token.text;
    parser.tokens.next();
  }
  return text;
}

function unexpected(token: Token): Error {
  const what = token.kind === 'end' ? 'the end' : 'text' in token ? JSON.stringify(token.text) : token.kind;
  return refuse('description-syntax', { detail: `line ${token.line}: unexpected ${what}` });
}
