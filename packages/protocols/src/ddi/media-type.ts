import { CBOR } from './cbor.ts';

/** What answers may be given as, the one that is given unasked first. */
const DDI_ANSWER_TYPES = ['application/hal+json', 'application/json', CBOR] as const;
export type DdiAnswerType = (typeof DDI_ANSWER_TYPES)[number];

/** What nearly every client sends, and its answer: a poll reads no header twice. */
const USUAL: ReadonlyMap<string | undefined, DdiAnswerType> = new Map([
  [undefined, 'application/hal+json'],
  ['*/*', 'application/hal+json'],
  ['application/hal+json', 'application/hal+json'],
  ['application/json', 'application/json'],
  ['application/json;charset=UTF-8', 'application/json'],
  [CBOR, CBOR],
]);

/**
 * The type of an answer under an `Accept` header (RFC 9110 §12.5.1): the most wanted that we have; null where that is
 * none. What is wanted alike goes in the order in which it is named.
 */
export function ddiMediaTypeFor(accept: string | undefined): DdiAnswerType | null {
  return USUAL.get(accept) ?? negotiated(accept ?? '');
}

function negotiated(accept: string): DdiAnswerType | null {
  const ranges = accept.split(',').map(rangeOf);
  const refused = new Set(ranges.filter(({ weight }) => weight === 0).map(({ range }) => range));
  const wanted = ranges.filter(({ weight }) => weight > 0).toSorted((a, b) => b.weight - a.weight);
  for (const { range } of wanted) {
    const type = DDI_ANSWER_TYPES.find((one) => isIn(one, range) && !refused.has(one));
    if (type !== undefined) return type;
  }
  return null;
}

function rangeOf(text: string): { readonly range: string; readonly weight: number } {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  const weight = quality === undefined ? 1 : Number(quality.slice(2));
  return { range, weight: Number.isNaN(weight) ? 0 : weight };
}

function isIn(type: DdiAnswerType, range: string): boolean {
  return range === type || range === 'application/*' || range === '*/*';
}
