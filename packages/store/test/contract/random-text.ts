import fc from 'fast-check';

/** Letters whose case, form or place in UTF-16 has confused somebody: folds, combining marks, above the BMP. */
const LETTERS = ['a', 'B', 'ß', 'İ', 'Σ', 'ς', 'é', 'e\u0301', '\uffee', '\u{1f600}', '\u{10ffff}', '\ud7ff'];
const SIGNS = ['*', '%', '_', '\\', '"', "'", ' ', '(', '\n'];

export const text = fc.array(fc.constantFrom(...LETTERS, ...SIGNS), { maxLength: 4 }).map((all) => all.join(''));

export const quoted = text.map((value) => `"${escaped(value)}"`);

/** A value with stars. */
export const pattern = fc
  .array(text, { minLength: 2, maxLength: 4 })
  .map((parts) => `"${parts.map(escaped).join('*')}"`);

export const words = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((each) => each.join(''));

/** A filter of comparisons, joined and nested. */
export function filterOf(comparison: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.letrec<{ filter: string }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      comparison,
      fc
        .tuple(tie('filter'), fc.constantFrom(' and ', ' or ', ';', ','), tie('filter'))
        .map((each) => `(${each.join('')})`),
    ),
  })).filter;
}

function escaped(value: string): string {
  return value.replaceAll(/["\\*]/g, '\\$&').replaceAll('${', '$${');
}
