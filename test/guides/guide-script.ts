/** One fenced block of a guide that a reader would type. */
export type GuideBlock = {
  /** `main` is the reader's shell; any other word is a terminal of its own whose program keeps running. */
  readonly terminal: string;
  readonly text: string;
};

/**
 * The commands of a guide, in their order: blocks fenced as `sh`, or as `sh NAME` for a program that keeps running in a
 * terminal called NAME. Blocks fenced otherwise are shown, not run.
 */
export function blocksOf(markdown: string): readonly GuideBlock[] {
  const fences = markdown.matchAll(/^```sh(?: (?<terminal>[a-z0-9-]+))?\n(?<text>[\s\S]*?)^```$/gm);
  return [...fences].map((match) => ({
    terminal: match.groups?.['terminal'] ?? 'main',
    text: match.groups?.['text'] ?? '',
  }));
}
