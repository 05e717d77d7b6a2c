/**
 * The form in which text is compared, in SQLite, PostgreSQL and memory alike: NFC, lower case by Unicode's default
 * mapping. Order of folded text is by code point.
 *
 * The two passes catch letters whose lower case is not in NFC (`İ` becomes `i` + U+0307).
 */
export function fold(value: string): string {
  return value.normalize('NFC').toLowerCase().normalize('NFC');
}

/** Compares by code point, as `COLLATE "C"` and SQLite's BINARY do for UTF-8; JavaScript's `<` compares UTF-16 units. */
export function compareCodePoints(a: string, b: string): number {
  const left = Array.from(a);
  const right = Array.from(b);
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
