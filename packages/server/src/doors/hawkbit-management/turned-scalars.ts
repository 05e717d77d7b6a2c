import type { z } from 'zod';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];
type Holder = Record<PropertyKey, unknown>;

/**
 * hawkBit's JSON reader turns a number or a truth value into text where text is meant, as it was written (`"version": 1.10`),
 * and such text into a number or truth value. Changes `value`, which `issues` were found in and `text` was read as; tells
 * whether anything was turned.
 */
export function turnScalars(value: unknown, issues: readonly Issue[], text: string): boolean {
  const wrong = wrongTypes(issues, []);
  // Numbers as they were written are looked up only where one stands for text.
  let written: unknown;
  let turned = false;
  for (const { path, expected } of wrong) {
    const holder = valueAt(value, path.slice(0, -1)) as Holder | undefined;
    const key = path.at(-1);
    if (holder === undefined || key === undefined) continue;
    const found = holder[key];
    if (expected === 'string' && typeof found === 'number') {
      written ??= numbersAsWritten(text);
      holder[key] = valueAt(written, path);
    } else holder[key] = turnedTo(expected, found);
    turned ||= holder[key] !== found;
  }
  return turned;
}

type Wrong = { readonly path: Path; readonly expected: string };

/** Also those of the branches of a union: what one of them turns is as good to the others. */
function wrongTypes(issues: readonly Issue[], before: Path): readonly Wrong[] {
  return issues.flatMap((issue) => {
    const path = [...before, ...issue.path];
    if (issue.code === 'invalid_union') return issue.errors.flatMap((branch) => wrongTypes(branch, path));
    return issue.code === 'invalid_type' ? [{ path, expected: issue.expected }] : [];
  });
}

function turnedTo(expected: string, found: unknown): unknown {
  if (expected === 'string') return typeof found === 'boolean' ? String(found) : found;
  if (typeof found !== 'string') return found;
  if (expected === 'number' && /^-?\d{1,16}(\.\d{1,16})?$/.test(found)) return Number(found);
  if (expected === 'boolean' && (found === 'true' || found === 'false')) return found === 'true';
  return found;
}

/** The same JSON with the text of each number in its place. */
function numbersAsWritten(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, { source }: { readonly source?: string } = {}) =>
    typeof value === 'number' ? source : value,
  );
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Holder)[key] : undefined),
    value,
  );
}
