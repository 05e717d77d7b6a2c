import { cutText, padText } from '../output/text-width.ts';

const WIDEST_BAR = 30;
const NARROWEST_BAR = 8;

/** What a bar shows: `done` of `total`, with words before and after it. */
export type BarView = { readonly title: string; readonly done: number; readonly total: number; readonly words: string };

/** One line: title, bar, per cent, words; as wide as fits, without the bar where the terminal is too narrow. */
export function barLine({ title, done, total, words }: BarView, width: number): string {
  const share = total <= 0 ? 1 : Math.min(1, done / total);
  const percent = padText(`${Math.floor(share * 100)}%`, 4, 'right');
  const name = cutText(title, Math.max(10, Math.floor(width / 3)));
  const room = Math.min(WIDEST_BAR, width - name.length - percent.length - words.length - 6);
  if (room < NARROWEST_BAR) return cutText(`${name} ${percent}  ${words}`, width);
  const filled = Math.round(share * room);
  return `${name} [${'#'.repeat(filled)}${'.'.repeat(room - filled)}] ${percent}  ${words}`;
}
