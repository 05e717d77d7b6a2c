import { type Refusal, refusalOf } from './problems.ts';

/** The strong ETag of a row's revision. */
export function etagOf(revision: number): string {
  return `"${revision}"`;
}

export type IfMatch = { readonly revision: number | null } | Refusal;

/**
 * Reads If-Match (RFC 9110 13.1.1): absent and `*` ask for no revision. A weak tag never matches, as the strong
 * comparison demands; neither does a tag that we cannot have made.
 */
export function parseIfMatch(header: string | undefined): IfMatch {
  if (header === undefined || header.trim() === '*') return { revision: null };
  const tag = /^\s*(W\/)?"([^"]*)"\s*$/.exec(header);
  if (tag === null)
    return { problem: 'header-invalid', detail: 'If-Match must be one entity tag as an ETag showed it: "3".' };
  if (tag[1] === undefined && /^[1-9]\d{0,14}$/.test(tag[2] ?? '')) return { revision: Number(tag[2]) };
  return refusalOf('precondition-failed', {});
}
