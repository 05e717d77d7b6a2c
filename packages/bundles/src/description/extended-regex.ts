import { refuse } from '../bundle-problem.ts';
import { LIMITS } from '../limits.ts';

/**
 * POSIX extended regular expressions (IEEE 1003.1 9.4, without back references) as a nondeterministic automaton: time is bounded by states
 * times characters, whatever the expression, because it comes from a file that somebody uploaded. Finds a match anywhere, as regexec does.
 * Throws `hardware-regex` for an invalid or too large expression.
 */
export function matchesExtendedRegex(source: string, text: string): boolean {
  if (source.length > LIMITS.regexCharacters)
    throw refuse('hardware-regex', { detail: `longer than ${LIMITS.regexCharacters} characters` });
  const cursor: Cursor = { source, at: 0, states: 0 };
  const tree = parseAlternatives(cursor);
  if (cursor.at < source.length) throw invalid(cursor);
  const start = compile(tree, { kind: 'match' }, cursor);
  let current = new Set<State>();
  for (let at = 0; ; at++) {
    // A match may begin at each character.
    addState(current, start, { at, text });
    if ([...current].some((state) => state.kind === 'match')) return true;
    if (at === text.length) return false;
    const next = new Set<State>();
    for (const state of current) {
      if (state.kind === 'one' && state.accepts(text[at] ?? '')) addState(next, state.next, { at: at + 1, text });
    }
    current = next;
  }
}

type Tree =
  | { readonly kind: 'one'; readonly accepts: (character: string) => boolean }
  | { readonly kind: 'begin' | 'end' | 'empty' }
  | { readonly kind: 'sequence' | 'alternatives'; readonly parts: readonly Tree[] }
  | { readonly kind: 'repeat'; readonly part: Tree; readonly least: number; readonly most: number };

type State =
  | { readonly kind: 'match' }
  | { readonly kind: 'one'; readonly accepts: (character: string) => boolean; readonly next: State }
  | { readonly kind: 'begin' | 'end'; readonly next: State }
  | { readonly kind: 'fork'; readonly nexts: State[] };

type Cursor = { readonly source: string; at: number; states: number };

function addState(states: Set<State>, first: State, place: { readonly at: number; readonly text: string }): void {
  const open = [first];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (states.has(state)) continue;
    states.add(state);
    if (state.kind === 'fork') open.push(...state.nexts);
    if (state.kind === 'begin' && place.at === 0) open.push(state.next);
    if (state.kind === 'end' && place.at === place.text.length) open.push(state.next);
  }
}

function compile(tree: Tree, next: State, cursor: Cursor): State {
  if (++cursor.states > LIMITS.regexStates)
    throw refuse('hardware-regex', { detail: `more than ${LIMITS.regexStates} states` });
  switch (tree.kind) {
    case 'empty':
      return next;
    case 'one':
      return { kind: 'one', accepts: tree.accepts, next };
    case 'begin':
    case 'end':
      return { kind: tree.kind, next };
    case 'sequence':
      return tree.parts.reduceRight((after, part) => compile(part, after, cursor), next);
    case 'alternatives':
      return { kind: 'fork', nexts: tree.parts.map((part) => compile(part, next, cursor)) };
    case 'repeat':
      return compileRepeat(tree, next, cursor);
  }
}

function compileRepeat(tree: Extract<Tree, { kind: 'repeat' }>, next: State, cursor: Cursor): State {
  let state = next;
  if (tree.most === Infinity) {
    const loop: State = { kind: 'fork', nexts: [next] };
    loop.nexts.push(compile(tree.part, loop, cursor));
    state = loop;
  } else {
    for (let count = tree.least; count < tree.most; count++)
      state = { kind: 'fork', nexts: [compile(tree.part, state, cursor), next] };
  }
  for (let count = 0; count < tree.least; count++) state = compile(tree.part, state, cursor);
  return state;
}

function parseAlternatives(cursor: Cursor): Tree {
  const parts = [parseSequence(cursor)];
  while (take(cursor, '|')) parts.push(parseSequence(cursor));
  return parts.length === 1 ? (parts[0] ?? { kind: 'empty' }) : { kind: 'alternatives', parts };
}

function parseSequence(cursor: Cursor): Tree {
  const parts: Tree[] = [];
  while (cursor.at < cursor.source.length && !'|)'.includes(peek(cursor))) parts.push(parseRepeated(cursor));
  return { kind: 'sequence', parts };
}

function parseRepeated(cursor: Cursor): Tree {
  let part = parseAtom(cursor);
  for (;;) {
    if (take(cursor, '*')) part = { kind: 'repeat', part, least: 0, most: Infinity };
    else if (take(cursor, '+')) part = { kind: 'repeat', part, least: 1, most: Infinity };
    else if (take(cursor, '?')) part = { kind: 'repeat', part, least: 0, most: 1 };
    else if (peek(cursor) === '{') part = parseBounds(cursor, part);
    else return part;
  }
}

const BOUNDS = /\{([0-9]{1,3})(,([0-9]{1,3})?)?\}/y;
const BOUND = 255;

function parseBounds(cursor: Cursor, part: Tree): Tree {
  BOUNDS.lastIndex = cursor.at;
  const found = BOUNDS.exec(cursor.source);
  const least = Number(found?.[1]);
  const most = found?.[2] === undefined ? least : found[3] === undefined ? Infinity : Number(found[3]);
  if (found === null || least > BOUND || most < least || (most > BOUND && most !== Infinity)) throw invalid(cursor);
  cursor.at += found[0].length;
  return { kind: 'repeat', part, least, most };
}

function parseAtom(cursor: Cursor): Tree {
  const character = peek(cursor);
  cursor.at++;
  switch (character) {
    case '(': {
      const inner = parseAlternatives(cursor);
      if (!take(cursor, ')')) throw invalid(cursor);
      return inner;
    }
    case '[':
      return { kind: 'one', accepts: parseBracket(cursor) };
    case '.':
      return { kind: 'one', accepts: () => true };
    case '^':
      return { kind: 'begin' };
    case '$':
      return { kind: 'end' };
    case '*':
    case '+':
    case '?':
    case '{':
      throw invalid(cursor);
    case '\\':
      return parseEscape(cursor);
    default:
      return { kind: 'one', accepts: (one) => one === character };
  }
}

/** The C library adds \w \W \s \S; any other escaped character stands for itself. Word edges and back references are refused. */
function parseEscape(cursor: Cursor): Tree {
  const character = peek(cursor);
  cursor.at++;
  if (character === '' || /[0-9bB<>`']/.test(character)) throw invalid(cursor);
  const pattern = { w: /^[A-Za-z0-9_]$/, W: /^[^A-Za-z0-9_]$/, s: /^\s$/, S: /^\S$/ }[character];
  return { kind: 'one', accepts: (one) => (pattern === undefined ? one === character : pattern.test(one)) };
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  alpha: /^[A-Za-z]$/,
  digit: /^[0-9]$/,
  alnum: /^[A-Za-z0-9]$/,
  upper: /^[A-Z]$/,
  lower: /^[a-z]$/,
  space: /^\s$/,
  blank: /^[ \t]$/,
  punct: /^[!-/:-@[-`{-~]$/,
  xdigit: /^[0-9A-Fa-f]$/,
};

function parseBracket(cursor: Cursor): (character: string) => boolean {
  const isNegated = take(cursor, '^');
  const tests: ((character: string) => boolean)[] = [];
  for (let isFirst = true; isFirst || peek(cursor) !== ']'; isFirst = false) {
    if (cursor.at >= cursor.source.length) throw invalid(cursor);
    tests.push(parseBracketItem(cursor));
  }
  cursor.at++;
  return (character) => tests.some((test) => test(character)) !== isNegated;
}

function parseBracketItem(cursor: Cursor): (character: string) => boolean {
  if (cursor.source.startsWith('[:', cursor.at)) {
    const end = cursor.source.indexOf(':]', cursor.at);
    const pattern = CLASSES[cursor.source.slice(cursor.at + 2, end)];
    if (end < 0 || pattern === undefined) throw invalid(cursor);
    cursor.at = end + 2;
    return (character) => pattern.test(character);
  }
  if (/^\[[.=]/.test(cursor.source.slice(cursor.at, cursor.at + 2))) throw invalid(cursor);
  const from = peek(cursor);
  cursor.at++;
  const isRange = peek(cursor) === '-' && ![']', ''].includes(cursor.source[cursor.at + 1] ?? '');
  const to = isRange ? (cursor.source[cursor.at + 1] ?? '') : from;
  if (isRange) cursor.at += 2;
  if (to < from) throw invalid(cursor);
  return (character) => character >= from && character <= to;
}

function peek(cursor: Cursor): string {
  return cursor.source[cursor.at] ?? '';
}

function take(cursor: Cursor, character: string): boolean {
  if (peek(cursor) !== character) return false;
  cursor.at++;
  return true;
}

function invalid(cursor: Cursor): Error {
  return refuse('hardware-regex', { detail: `${JSON.stringify(cursor.source)} at ${cursor.at}` });
}
