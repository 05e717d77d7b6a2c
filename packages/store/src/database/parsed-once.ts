/** So many texts are remembered; with more, those that were first are forgotten. */
const MAX_REMEMBERED = 500;

/**
 * A pure reading of texts of which many rows carry the same, as members carry their rollout's policy: each is read once,
 * and whoever asks again shares what was read.
 */
export function parsedOnce<T extends object>(parse: (text: string) => Readonly<T>): (text: string) => Readonly<T> {
  const known = new Map<string, Readonly<T>>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const parsed = parse(text);
    known.set(text, parsed);
    if (known.size > MAX_REMEMBERED) known.delete(known.keys().next().value ?? '');
    return parsed;
  };
}
