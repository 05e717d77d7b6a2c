export const HAL_MEDIA_TYPE = 'application/hal+json';
const JSON_MEDIA_TYPE = 'application/json';
const OFFERED = [HAL_MEDIA_TYPE, JSON_MEDIA_TYPE] as const;

/**
 * Which of the two media types an Accept header asks for: the one of the highest weight, HAL where both are as good;
 * null where it takes neither (RFC 9110 §12.5.1).
 */
export function mediaTypeOf(accept: string | undefined): (typeof OFFERED)[number] | null {
  if (accept === undefined || accept.trim() === '') return HAL_MEDIA_TYPE;
  const ranges = accept.split(',').map(readRange);
  const weighed = OFFERED.map((type) => ({ type, weight: weightOf(type, ranges) }));
  const best = weighed.reduce((a, b) => (b.weight > a.weight ? b : a));
  return best.weight > 0 ? best.type : null;
}

type Range = { readonly type: string; readonly weight: number };

function readRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return { type, weight: weight === undefined ? 1 : Number(weight) || 0 };
}

/** The most specific range that covers the type decides. */
function weightOf(type: string, ranges: readonly Range[]): number {
  for (const covering of [type, 'application/*', '*/*']) {
    const found = ranges.find((range) => range.type === covering);
    if (found !== undefined) return found.weight;
  }
  return 0;
}
