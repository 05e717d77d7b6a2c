import { decode, encode } from 'cborg';

export const CBOR = 'application/cbor' as const;

/** CBOR (RFC 8949) of what JSON can say, in the order in which it is said. */
export function encodeCbor(value: unknown): Uint8Array {
  return encode(value, { mapSorter: () => 0 });
}

/**
 * Reads CBOR as what JSON could say; `unreadable` where it is something else, goes on behind its end or nests too deep.
 * Whole numbers that JavaScript cannot hold are none that any field takes.
 */
export function decodeCbor(bytes: Uint8Array): { readonly value: unknown } | 'unreadable' {
  try {
    return {
      value: decode(bytes, { allowBigInt: false, allowInfinity: false, allowNaN: false, coerceUndefinedToNull: true }),
    };
  } catch (cause) {
    // The decoder has no class of errors of its own.
    if (cause instanceof Error) return 'unreadable';
    throw cause;
  }
}
