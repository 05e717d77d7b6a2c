/** Where a page ended: the value of its order's field and the id of its last row. */
export type CursorPlace = { readonly value: string | number; readonly id: number };

const VERSION = 1;

/** Opaque to callers, and bound to the order that it was made under. */
export function writeCursor(sort: string, { value, id }: CursorPlace): string {
  return Buffer.from(JSON.stringify([VERSION, sort, value, id])).toString('base64url');
}

/** Null where it is none of ours, or of another order. */
export function readCursor(sort: string, cursor: string): CursorPlace | null {
  if (!/^[\w-]+$/.test(cursor)) return null;
  const parts = parseJson(Buffer.from(cursor, 'base64url').toString());
  if (!Array.isArray(parts) || parts.length !== 4) return null;
  const [version, boundTo, value, id] = parts as unknown[];
  if (version !== VERSION || boundTo !== sort || !Number.isSafeInteger(id)) return null;
  if (typeof value === 'string') return value.includes('\u0000') ? null : { value, id: id as number };
  return Number.isSafeInteger(value) ? { value: value as number, id: id as number } : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
