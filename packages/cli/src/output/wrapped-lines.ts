import { textWidth } from './text-width.ts';

/** No column is so narrow that words are set one below the other. */
const NARROWEST_COLUMN = 20;

/** Text in lines of at most `width` columns, broken at spaces; one line where there is no terminal (null). */
export function wrappedLines(text: string, width: number | null): string[] {
  if (width === null) return [text];
  const room = Math.max(width, NARROWEST_COLUMN);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || textWidth(last) + 1 + textWidth(word) > room) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
