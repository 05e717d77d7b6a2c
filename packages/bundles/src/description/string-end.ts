/** Where the string that begins at `from` is closed, skipping what a backslash escapes; -1 when it never is. Looks no further than that. */
export function endOfString(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === quote) return at;
  }
  return -1;
}
