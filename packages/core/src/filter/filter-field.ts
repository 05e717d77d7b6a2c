import { alternatives, FilterRefused } from './filter-problem.ts';
import { nearestWord } from './nearest-word.ts';

/**
 * What a filter may compare. `text` by its fold, with stars; `path` a text of parts between slashes; `exact` as it is
 * written (an id); `word` one of a few, in either case; `flag` true or false, held as 1 or 0; `instant` epoch ms, written
 * as RFC 3339, as a date (its first moment in UTC), as epoch ms, as a duration from now or as a placeholder.
 */
export type FilterField = {
  /** A map: written `name.KEY`, the key verbatim. A comparison is true only of rows that have the key, also `!=`. */
  readonly keyed?: true;
  /** This name stands for another field. */
  readonly is?: string;
  /** A flag that is true while a field stands so to a moment. */
  readonly while?: { readonly field: string; readonly relation: '<' | '>'; readonly moment: 'now' | 'overdue' };
} & (
  | { readonly type: 'text' | 'path' | 'exact' | 'number' | 'instant' | 'flag' }
  | {
      readonly type: 'word';
      readonly words: readonly string[];
      /** What a word of an alias stands for in its field; left out: the same word. */
      readonly means?: Readonly<Record<string, string>>;
    }
);
export type FilterFields = Readonly<Record<string, FilterField>>;

/** A field as a comparison names it, aliases resolved. */
export type SelectedField = { readonly field: string; readonly key: string | null; readonly declared: FilterField };

/** The same fields under more names: `{ controllerid: 'name' }`. An alias of a map takes keys too. */
export function aliased(fields: FilterFields, names: Readonly<Record<string, string>>): FilterFields {
  return { ...fields, ...renamed(fields, names) };
}

/** A name for a field, with words of its own for those of a word field. */
export type Rename = { readonly is: string; readonly means: Readonly<Record<string, string>> };

/**
 * Fields under the names of another API and no other: what is parsed with them names the fields themselves, and is
 * evaluated with `fields`.
 */
export function renamed(fields: FilterFields, names: Readonly<Record<string, string | Rename>>): FilterFields {
  return Object.fromEntries(
    Object.entries(names).map(([name, rename]) => {
      const { is, means } = typeof rename === 'string' ? { is: rename, means: null } : rename;
      const field = fields[is];
      if (field === undefined) throw new Error(`the alias ${name} stands for ${is}, which is no field`);
      const words = means === null ? {} : { type: 'word' as const, words: Object.keys(means), means };
      return [name, { ...field, ...words, is }];
    }),
  );
}

/** The field of that name, in either case. Throws FilterRefused, at `at`, where there is none; tells the nearest. */
export function selectField(fields: FilterFields, name: string, at: number): SelectedField {
  const dot = name.indexOf('.');
  for (const [written, declared] of Object.entries(fields)) {
    const field = declared.is ?? written;
    if (declared.keyed !== true && isSame(written, name)) return { field, key: null, declared };
    if (declared.keyed === true && dot > 0 && dot < name.length - 1 && isSame(written, name.slice(0, dot)))
      return { field, key: name.slice(dot + 1), declared };
  }
  const near = nearestField(fields, name);
  const known = Object.keys(fields).map((each) => (fields[each]?.keyed === true ? `${each}.KEY` : each));
  const hint = near === undefined ? `there are ${alternatives(known)}` : `did you mean \`${near}\`?`;
  throw new FilterRefused(at, `there is no field \`${name}\`; ${hint}`, 'field');
}

/** Of a map only its name is compared: the key behind it is any. */
function nearestField(fields: FilterFields, name: string): string | undefined {
  const [head = ''] = name.split('.', 1);
  const key = name.slice(head.length + 1) || 'KEY';
  const isMap = (each: string) => fields[each]?.keyed === true;
  const words = Object.keys(fields).map((each) => (isMap(each) ? `${each}.${key}` : each));
  const written = name === head || name.endsWith('.') ? `${head}.${key}` : name;
  return (
    nearestWord(name, words) ??
    nearestWord(
      written,
      words.filter((word) => word.endsWith(`.${key}`)),
    )
  );
}

function isSame(written: string, name: string): boolean {
  return written.length === name.length && written.toLowerCase() === name.toLowerCase();
}

/** Whether a field's empty text is no value at all: an empty note is no note, but an attribute may be empty. */
export function isEmptyNothing(field: FilterField): boolean {
  return field.keyed !== true && (field.type === 'text' || field.type === 'path' || field.type === 'exact');
}
