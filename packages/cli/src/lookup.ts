import { CliError, usageError } from './cli-error.ts';
import { allRows } from './pages.ts';
import type { PageQuery } from './pages.ts';
import type { Page } from './output/printer.ts';
import type { Session } from './session.ts';

type Named = { readonly id: string; readonly name: string };
type FetchPage<T> = (query: PageQuery) => Promise<Page<T>>;

const UID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isUid(text: string): boolean {
  return UID.test(text);
}

/** The id of the thing that a person named by its name or its id; `kind` is its word, for the message. */
export async function idOf(reference: string, kind: string, fetchPage: FetchPage<Named>): Promise<string> {
  if (isUid(reference)) return reference;
  const rows = await allRows(fetchPage, { filter: `name==${quoted(reference)}` });
  return onlyOne(rows, (row) => row.name === reference, `${kind} "${reference}"`).id;
}

export async function rolloutId({ api }: Session, reference: string): Promise<string> {
  return idOf(reference, 'rollout', (query) => api.call('rollouts.list', { query }));
}

export async function filterId({ api }: Session, reference: string): Promise<string> {
  return idOf(reference, 'filter', (query) => api.call('filters.list', { query }));
}

/** The release that NAME@VERSION or an id means. The last "@" divides; a version that holds one needs the id. */
export async function releaseId({ api }: Session, reference: string): Promise<string> {
  if (isUid(reference)) return reference;
  const at = reference.lastIndexOf('@');
  if (at < 1 || at === reference.length - 1)
    throw usageError('release-unclear', `Write the release "${reference}" as NAME@VERSION, or give its id.`);
  const [name, version] = [reference.slice(0, at), reference.slice(at + 1)];
  const filter = `name==${quoted(name)};version==${quoted(version)}`;
  const rows = await allRows((query) => api.call('releases.list', { query }), { filter });
  return onlyOne(rows, (row) => row.name === name && row.version === version, `release "${reference}"`).id;
}

/** A value of a filter, whatever it holds. */
export function quoted(value: string): string {
  return `"${value.replace(/["\\*]/g, '\\$&')}"`;
}

/** Filters ignore case and know "*": what is written exactly so goes first, one match in other letters will do. */
function onlyOne<T>(rows: readonly T[], isExact: (row: T) => boolean, what: string): T {
  const exact = rows.filter(isExact);
  const [first, second] = exact.length > 0 ? exact : rows;
  if (first === undefined) throw new CliError('missing', 'not-found', `There is no ${what}.`);
  if (second !== undefined) throw usageError('name-unclear', `More than one thing is called ${what}; give the id.`);
  return first;
}
