/**
 * `Content-Disposition` for saving a file under its name (RFC 6266): in ASCII for old clients, in UTF-8 (RFC 8187) for
 * the others where that differs.
 */
export function attachmentOf(filename: string): string {
  const ascii = filename.replaceAll(/[^\x20-\x7e]/g, '_').replaceAll(/["\\]/g, '\\$&');
  const plain = `attachment; filename="${ascii}"`;
  return /^[\x20-\x7e]*$/.test(filename) ? plain : `${plain}; filename*=UTF-8''${encodeExtended(filename)}`;
}

/** attr-char of RFC 8187 stays; encodeURIComponent leaves four more characters than that. */
function encodeExtended(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
