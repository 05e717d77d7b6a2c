import type { IncomingHttpHeaders } from 'node:http';
import { wholeSeconds } from './byte-ranges.ts';

export type PreconditionVerdict = 'go-on' | 'not-modified' | 'failed';

/**
 * `If-Match`, `If-None-Match` and `If-Modified-Since` for GET and HEAD of an unchanging object, in the order of RFC 9110
 * §13.2.2. `etag` carries its quotes; tags in the request may lack theirs, as hawkBit's clients send them.
 */
export function judgePreconditions(
  headers: IncomingHttpHeaders,
  object: { readonly etag: string; readonly lastModified: number },
): PreconditionVerdict {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined && !names(ifMatch, object.etag)) return 'failed';
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) return names(ifNoneMatch, object.etag) ? 'not-modified' : 'go-on';
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && wholeSeconds(object.lastModified) <= since ? 'not-modified' : 'go-on';
}

/** True if the comma list is `*` or has the tag; weak comparison (§8.8.3.2), which for an unchanging object is enough. */
function names(list: string, etag: string): boolean {
  const bare = etag.replaceAll('"', '');
  return list.split(',').some((item) => {
    const tag = item.trim().replace(/^W\//, '').replaceAll('"', '');
    return tag === '*' || tag === bare;
  });
}
