import { refuse } from '../bundle-problem.ts';

/** A description to be written: groups are objects, lists are arrays of groups, arrays hold strings. Undefined members are left out. */
export type DescriptionTree = {
  readonly [name: string]:
    | DescriptionTree
    | readonly DescriptionTree[]
    | readonly string[]
    | string
    | boolean
    | undefined;
};

const NAME = /^[A-Za-z*][-A-Za-z0-9_*]*$/;

/** sw-description as libconfig; as JSON where a name (of a board, say) cannot be written in libconfig. Both are read by SWUpdate. */
export function formatDescription(tree: DescriptionTree): string {
  return hasPlainNames(tree) ? formatMembers(tree, '') : `${JSON.stringify(tree, null, 2)}\n`;
}

function hasPlainNames(tree: DescriptionTree): boolean {
  return Object.entries(tree).every(([name, value]) => NAME.test(name) && childrenOf(value).every(hasPlainNames));
}

function childrenOf(value: DescriptionTree[string]): readonly DescriptionTree[] {
  if (typeof value !== 'object') return [];
  if (!isList(value)) return [value];
  return value.filter((item): item is DescriptionTree => typeof item === 'object');
}

function isList(value: object): value is readonly DescriptionTree[] | readonly string[] {
  return Array.isArray(value);
}

function formatMembers(tree: DescriptionTree, indent: string): string {
  let text = '';
  for (const [name, value] of Object.entries(tree)) {
    if (value !== undefined) text += `${indent}${name} = ${formatValue(value, indent)};\n`;
  }
  return text;
}

function formatValue(value: NonNullable<DescriptionTree[string]>, indent: string): string {
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return formatString(value);
  if (!isList(value)) return formatGroup(value, indent);
  const items = value.map((item) => (typeof item === 'string' ? formatString(item) : formatGroup(item, `${indent}  `)));
  const isArray = value.some((item) => typeof item === 'string');
  return isArray ? `[ ${items.join(', ')} ]` : `(${items.map((item) => `\n${indent}  ${item}`).join(',')}\n${indent})`;
}

function formatGroup(tree: DescriptionTree, indent: string): string {
  return `{\n${formatMembers(tree, `${indent}  `)}${indent}}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
};

/** Other control characters have a form in libconfig that SWUpdate's JSON does not share: they are refused. */
function formatString(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\u0000-\u0008\u000b\u000e-\u001f\u007f]/.test(text))
    throw refuse('option-invalid', { detail: JSON.stringify(text) });
  return `"${text.replace(/[\\"\n\r\t\f]/g, (character) => ESCAPES[character] ?? character)}"`;
}
