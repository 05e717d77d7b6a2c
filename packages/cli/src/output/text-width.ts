const COMBINING = /^(\p{Mn}|\p{Me}|[\u200b-\u200d]|[\ufe0e\ufe0f])$/u;
const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]$/u;
const PLAIN = /^[\x20-\x7e]*$/;

/** Columns of a terminal that `text` takes; near enough for tables (no grapheme clusters). */
export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** `text` in at most `width` columns, with an ellipsis where it was cut. */
export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += characterWidth(character);
    if (used > width - 1) break;
    kept += character;
  }
  return width < 1 ? '' : `${kept}…`;
}

export function padText(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const gap = ' '.repeat(Math.max(0, width - textWidth(text)));
  return side === 'left' ? text + gap : gap + text;
}

/**
 * Control characters, those that cannot be seen, and those that change the direction of text. A joiner is seen in what it
 * does to its neighbours in scripts that need it, and in emoji; beside Latin letters it does nothing.
 */
const UNSEEN =
  /[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}|(?<![^\0-\u024f])[\u200c\u200d]|[\u200c\u200d](?![^\0-\u024f])/gu;

/**
 * What devices and people wrote, made harmless for a terminal: what would move its cursor, turn text around or let two
 * names look alike is shown as its code point.
 */
export function harmless(text: string): string {
  return text.replace(UNSEEN, (character) => (character === '\n' ? '⏎' : codeText(character.codePointAt(0) ?? 0)));
}

function codeText(code: number): string {
  const digits = code.toString(16);
  return code > 0xff_ff ? `\\u{${digits}}` : `\\u${digits.padStart(4, '0')}`;
}

function characterWidth(character: string): number {
  if (COMBINING.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
