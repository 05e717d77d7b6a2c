/** The most characters that the API's names have. */
const NAME_MAX_CHARACTERS = 128;

/** A name with something behind it, of which the name is cut where both are longer than a name may be. */
export function fittingName(name: string, suffix: string): string {
  const kept = whole(suffix, NAME_MAX_CHARACTERS);
  return `${whole(name, NAME_MAX_CHARACTERS - kept.length)}${kept}`;
}

/** The beginning of a text, that ends with no half of a character. */
function whole(text: string, length: number): string {
  return text.slice(0, length).replace(/\p{Surrogate}$/u, '');
}
