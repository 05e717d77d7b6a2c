/** Headers of a part may take so much. */
const PART_HEADER_BYTES = 16 * 1024;
const CRLF = Buffer.from('\r\n');
const HEADERS_END = Buffer.from('\r\n\r\n');

/** A file in a form (RFC 7578): its name as the part gives it, and its bytes while they arrive. */
export interface FormFile {
  /** Null where the part names none. */
  readonly filename: string | null;
  /** To be read once, up to its end. */
  readonly bytes: AsyncGenerator<Buffer>;
  /** Whether its end has come: a form that breaks off before is none. */
  isWhole(): boolean;
}

/** The boundary of `multipart/form-data`; null: the body is no such form. */
export function boundaryOf(contentType: string | undefined): string | null {
  const [, quoted, plain] =
    /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/is.exec(contentType ?? '') ?? [];
  return quoted ?? plain ?? null;
}

/** The first part of that name; null: the form has none, or is none. Parts before it are passed over. */
export async function formFile(
  body: AsyncIterator<Buffer>,
  { boundary, name }: { readonly boundary: string; readonly name: string },
): Promise<FormFile | null> {
  // The first delimiter stands without the line's end that belongs to all others (RFC 2046 §5.1.1).
  const scanner = createScanner(body, CRLF);
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  for await (const _preamble of scanner.until(delimiter));
  for (;;) {
    const headers = scanner.found() ? await partHeaders(scanner) : null;
    if (headers === null) return null;
    const part = partOf(headers);
    const bytes = scanner.until(delimiter);
    if (part.name === name) return { filename: part.filename, bytes, isWhole: () => scanner.found() };
    for await (const _other of bytes);
  }
}

/** Null behind the last part, and where there is none. */
async function partHeaders(scanner: Scanner): Promise<string | null> {
  const pieces: Buffer[] = [];
  let size = 0;
  // The rest of the delimiter's line stands before them; of the last one it is two dashes.
  for await (const piece of scanner.until(HEADERS_END)) {
    pieces.push(piece);
    size += piece.length;
    if (size > PART_HEADER_BYTES || Buffer.concat(pieces).subarray(0, 2).equals(Buffer.from('--'))) return null;
  }
  return scanner.found() ? Buffer.concat(pieces).toString('utf8') : null;
}

/** `form-data; name="file"; filename="a.swu"`; browsers write quotes in names as `%22`. */
function partOf(headers: string): { readonly name: string | null; readonly filename: string | null } {
  const [, disposition = ''] = /^content-disposition\s*:\s*form-data\s*;(.*)$/im.exec(headers) ?? [];
  const parameter = (key: string): string | null => {
    const [, quoted, plain] =
      new RegExp(String.raw`(?:^|;)\s*${key}=(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))`, 'i').exec(disposition) ?? [];
    return quoted?.replaceAll(/\\(["\\])/g, '$1').replaceAll('%22', '"') ?? plain ?? null;
  };
  return { name: parameter('name'), filename: parameter('filename') };
}

interface Scanner {
  /** What stands before `mark`, while it arrives; goes on behind the mark. */
  until(mark: Buffer): AsyncGenerator<Buffer>;
  /** Whether the last mark was there, and not the end of everything before it. */
  found(): boolean;
}

/** Holds no more than one piece of the network and the length of a mark. */
function createScanner(body: AsyncIterator<Buffer>, before: Buffer): Scanner {
  let held = before;
  let isFound = false;

  async function more(): Promise<boolean> {
    const { done, value } = await body.next();
    if (done === true) return false;
    held = held.length === 0 ? value : Buffer.concat([held, value]);
    return true;
  }

  return {
    found: () => isFound,
    async *until(mark) {
      isFound = false;
      for (;;) {
        const at = held.indexOf(mark);
        const end = at >= 0 ? at : Math.max(0, held.length - mark.length + 1);
        const passed = held.subarray(0, end);
        held = held.subarray(at >= 0 ? at + mark.length : end);
        isFound = at >= 0;
        if (passed.length > 0) yield passed;
        if (at >= 0) return;
        if (!(await more())) return;
      }
    },
  };
}
