import { CBOR, decodeCbor } from './cbor.ts';

/** SWUpdate's reports reach about 98 KiB; escapes and other alphabets may double that. */
export const MAX_DDI_BODY_BYTES = 262_144;

/** What a body may be sent as; parameters such as `charset` are tolerated. */
export const DDI_MEDIA_TYPES = ['application/json', 'text/json', CBOR];

const SPACE = 0x20;
const UTF8 = new TextDecoder();

/** Reads a device's body as what its Content-Type says, of {@link DDI_MEDIA_TYPES}. */
export function readDdiBodyAs(bytes: Uint8Array, contentType: string | undefined): ReturnType<typeof readDdiBody> {
  return contentType?.toLowerCase().startsWith(CBOR) === true ? decodeCbor(bytes) : readDdiBody(bytes);
}

/**
 * Reads a device's body as JSON. Some clients write JSON by hand and leave raw line ends inside strings: what does not
 * parse is tried once more with every byte below 0x20 replaced by a space. `unreadable` where that does not help.
 */
export function readDdiBody(bytes: Uint8Array): { readonly value: unknown } | 'unreadable' {
  return parsed(bytes) ?? parsed(bytes.map((byte) => Math.max(byte, SPACE))) ?? 'unreadable';
}

function parsed(bytes: Uint8Array): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(UTF8.decode(bytes)) as unknown };
  } catch (cause) {
    if (cause instanceof SyntaxError) return null;
    throw cause;
  }
}

/** No database takes U+0000 in text, and halves of surrogate pairs are no text; a device is never refused for either. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', ' ');
}
