import { styleText } from 'node:util';
import type { Paper } from '../shell.ts';

export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';
export type Painter = (style: Style, text: string) => string;

/** Colours only on a terminal, and never where NO_COLOR is set (no-color.org) or the terminal is dumb. */
export function painterFor(paper: Paper, env: Readonly<Record<string, string | undefined>>): Painter {
  const isPlain = paper.isTTY !== true || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return isPlain ? (_, text) => text : (style, text) => styleText(style, text, { validateStream: false });
}
