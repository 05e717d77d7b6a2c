import type { Document } from 'yaml';
import { unknownKeys, type UnknownKey } from '@updraft/protocols';
import { CliError, usageError } from '../cli-error.ts';
import { readTextFile } from '../local-file.ts';

/** A draft is a page, not a book. */
const MAX_FILE_BYTES = 256 * 1024;
const MAX_ALIASES = 100;
const MAX_PROBLEMS_TOLD = 10;

type Schema<T> = Parameters<typeof unknownKeys>[0] & {
  readonly safeParse: (value: unknown) =>
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
        };
      };
};

/**
 * What a YAML (or JSON) file says, as it stands there, once `schema` takes it: what is misspelt, and every wrong value, is
 * refused with its line. Defaults are not filled in: they are the server's.
 */
export async function readYamlFile<T>(file: string, schema: Schema<unknown>): Promise<T> {
  const text = await readTextFile(file, MAX_FILE_BYTES);
  const { isNode, LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const placeOf = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  const [broken] = document.errors;
  if (broken !== undefined) {
    const [message = ''] = broken.message.split('\n', 1);
    throw usageError('file-invalid', `${placeOf(broken.pos[0])}: ${message}`, broken);
  }
  const value = plainValue(document, file);
  const where = (path: readonly PropertyKey[]): string => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return placeOf(node.range[0]);
    }
    return `${file}:1`;
  };
  refuseProblems([
    ...unknownKeys(schema, value).map((unknown) => `${where(unknown.path)}: ${unknownText(unknown)}`),
    ...issuesOf(schema, value).map(({ path, message }) => `${where(path)}: ${nameOf(path)}${message}`),
  ]);
  return value as T;
}

/** Throws where an alias names nothing, or where aliases would unfold without end. */
function plainValue(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    const [message = ''] = error instanceof Error ? error.message.split('\n', 1) : [];
    throw usageError('file-invalid', `${file}: ${message}`, error);
  }
}

function issuesOf(schema: Schema<unknown>, value: unknown) {
  const parsed = schema.safeParse(value);
  return parsed.success ? [] : parsed.error.issues;
}

function refuseProblems(problems: readonly string[]): void {
  const [first, ...more] = problems;
  if (first === undefined) return;
  const shown = [first, ...more.slice(0, MAX_PROBLEMS_TOLD - 1)].join('\n  ');
  const left = problems.length - MAX_PROBLEMS_TOLD;
  throw new CliError('usage', 'file-invalid', left > 0 ? `${shown}\n  and ${left} more` : shown);
}

function unknownText({ path, nearest }: UnknownKey): string {
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  return `"${path.join('.')}" is not known${hint}`;
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? '' : `${path.map(String).join('.')}: `;
}
