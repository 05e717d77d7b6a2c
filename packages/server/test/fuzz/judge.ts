import type { Surface } from './operations.ts';
import type { FuzzRequest } from './requests.ts';
import type { WireAnswer, WireRequest } from '../wire.ts';

/**
 * What is wrong with an answer; null: nothing. No error of the server's own; and every refusal says its code, except
 * where hawkBit's device API says none (hawkbit-ddi.md §2, §3) and where there is no body by HTTP's rules.
 */
export function wrongWith(
  { surface, isElsewhere }: Pick<FuzzRequest, 'surface' | 'isElsewhere'>,
  request: WireRequest,
  answer: WireAnswer,
): string | null {
  const { status, text } = answer;
  if (status >= 500) return 'an error of the server';
  if (status < 400) return status === 204 && text !== '' ? 'a body where there is none' : null;
  if (request.method === 'HEAD') return null;
  if (text === '') return isEmptyByRule(surface, request, status) ? null : 'a refusal without a code';
  return codeIn(text, isElsewhere ? 'any' : surface) ? null : 'a refusal whose body has no code';
}

/** 400, 409 and 429 have a code; 404 may. */
const EMPTY_TO_DEVICES = [401, 404, 405, 406, 410, 412, 413, 415, 416];
/** Of downloads, by their preconditions and ranges. */
const EMPTY_OF_DOWNLOADS = [412, 416];

function isEmptyByRule(surface: Surface, { path }: WireRequest, status: number): boolean {
  if (surface === 'ddi') return EMPTY_TO_DEVICES.includes(status);
  return EMPTY_OF_DOWNLOADS.includes(status) && /\/(download|content)(\?|$)/.test(path);
}

/** What is at no operation's address is refused in the words of our own API. */
function codeIn(text: string, words: Surface | 'any'): boolean {
  try {
    const { code, errorCode } = JSON.parse(text) as { readonly code?: unknown; readonly errorCode?: unknown };
    const isOurs = typeof code === 'string';
    const isHawkbits = /^hawkbit\.server\.[\w.]+$/.test(String(errorCode));
    return words === 'any' ? isOurs || isHawkbits : words === 'own' ? isOurs : isHawkbits;
  } catch (cause) {
    if (cause instanceof SyntaxError) return false;
    throw cause;
  }
}
