/** Where the string that begins at `from` is closed, skipping what a backslash escapes; -1 when it never is. Linear in the text. */
export function endOfString(text: string, from: number, quote: string): number {
  let escape = text.indexOf('\\', from);
  let at = from;
  for (;;) {
    const end = text.indexOf(quote, at);
    if (escape >= 0 && escape < at) escape = text.indexOf('\\', at);
    if (end < 0 || escape < 0 || escape > end) return end;
    at = escape + 2;
  }
}
