/** Both ends inclusive, in bytes, inside the object. */
export type ByteRange = { readonly start: number; readonly end: number };

/** What a range is asked of. `etag` is strong and carries its quotes; `lastModified` is epoch ms. */
export type RangedObject = { readonly length: number; readonly etag: string; readonly lastModified: number };

export type RangeSelection =
  | { readonly kind: 'whole' }
  | { readonly kind: 'ranges'; readonly ranges: readonly [ByteRange, ...ByteRange[]] }
  | { readonly kind: 'unsatisfiable' };

/** SWUpdate's delta handler asks for up to 150 in one request; each costs us a seek and a part header. */
export const MAX_RANGES_PER_REQUEST = 1024;

/**
 * Which bytes a GET with these header fields selects (RFC 9110 §14.2).
 *
 * As in hawkBit, a malformed or reversed range, and ranges that overlap, are unsatisfiable: answering the whole file
 * instead would let a short request draw many times its worth, and no client of a door can use a 200 for a range. A set
 * of ranges keeps its order. An unknown range unit is no range request at all (§14.2).
 */
export function selectRanges(
  fields: { readonly range?: string | undefined; readonly ifRange?: string | undefined },
  object: RangedObject,
): RangeSelection {
  const specifier = /^\s*bytes\s*=(.*)$/i.exec(fields.range ?? '')?.[1];
  if (specifier === undefined || !ifRangeHolds(fields.ifRange, object)) return { kind: 'whole' };
  const specs = specifier.split(',', MAX_RANGES_PER_REQUEST + 1).map((spec) => spec.trim());
  if (specs.length > MAX_RANGES_PER_REQUEST) return { kind: 'unsatisfiable' };
  const parsed = specs.map((spec) => parseRange(spec, object.length));
  if (parsed.includes('malformed')) return { kind: 'unsatisfiable' };
  const [first, ...others] = parsed.filter((range) => typeof range === 'object');
  if (first === undefined || overlap([first, ...others])) return { kind: 'unsatisfiable' };
  return { kind: 'ranges', ranges: [first, ...others] };
}

/** `If-Range` (§13.1.5): a strong ETag must be ours; a date, to the second, not before our last change. */
function ifRangeHolds(ifRange: string | undefined, object: RangedObject): boolean {
  if (ifRange === undefined) return true;
  if (ifRange.startsWith('"') || ifRange.startsWith('W/')) return ifRange === object.etag;
  const date = Date.parse(ifRange);
  return !Number.isNaN(date) && date >= wholeSeconds(object.lastModified);
}

/** HTTP dates count in seconds (§5.6.7). */
export function wholeSeconds(instant: number): number {
  return Math.floor(instant / 1000) * 1000;
}

/** One range-spec (§14.1.1): `first-last`, `first-` or `-suffix`. A suffix longer than the object is all of it (§14.1.2). */
function parseRange(spec: string, length: number): ByteRange | 'malformed' | 'outside' {
  const match = /^(\d*)-(\d*)$/.exec(spec);
  const [first, last] = [match?.[1] ?? '', match?.[2] ?? ''];
  if (first === '' && last === '') return 'malformed';
  if (first === '') {
    const start = Math.max(0, length - Number(last));
    return start < length ? { start, end: length - 1 } : 'outside';
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'malformed';
  if (start >= length) return 'outside';
  return { start, end: last === '' ? length - 1 : Math.min(Number(last), length - 1) };
}

function overlap(ranges: readonly ByteRange[]): boolean {
  const sorted = ranges.toSorted((a, b) => a.start - b.start);
  return sorted.some((range, index) => range.start <= (sorted[index - 1]?.end ?? -1));
}

export function contentRange(range: ByteRange, length: number): string {
  return `bytes ${range.start}-${range.end}/${length}`;
}

/** Bytes before one part of a `multipart/byteranges` body, and after the last one. */
export type MultipartFraming = {
  readonly contentType: string;
  readonly heads: readonly Buffer[];
  readonly tail: Buffer;
  readonly contentLength: number;
};

/**
 * Frames ranges as `multipart/byteranges` (RFC 9110 §14.6) in the one shape that SWUpdate's delta handler reads: a
 * lower-case boundary without quotes, exactly one space before `boundary=`, an empty line after the headers of a part.
 */
export function frameRanges(
  ranges: readonly ByteRange[],
  object: { readonly length: number; readonly contentType: string; readonly boundary: string },
): MultipartFraming {
  const { boundary } = object;
  const heads = ranges.map((range, index) =>
    Buffer.from(
      `${index === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Type: ${object.contentType}\r\n` +
        `Content-Range: ${contentRange(range, object.length)}\r\n\r\n`,
    ),
  );
  const tail = Buffer.from(`\r\n--${boundary}--`);
  const contentLength = ranges.reduce((sum, range) => sum + range.end - range.start + 1, 0) + sizeOf([...heads, tail]);
  return { contentType: `multipart/byteranges; boundary=${boundary}`, heads, tail, contentLength };
}

function sizeOf(buffers: readonly Buffer[]): number {
  return buffers.reduce((sum, buffer) => sum + buffer.length, 0);
}
