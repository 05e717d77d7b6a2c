import { nearestWord } from '@updraft/core';
import type { z } from 'zod';

export { nearestWord };

/** A key that a schema does not know: where it stands, as names and positions, and which one was probably meant. */
export type UnknownKey = { readonly path: readonly (string | number)[]; readonly nearest: string | undefined };

/** The parts of a schema that keys hang on; every other schema has none. */
type Part = {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly innerType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly discriminator?: string;
};

/**
 * Every key of `value` that `schema` would drop in silence, at any depth. What people write by hand is held to its
 * schema so: a misspelt setting must not become the default.
 */
export function unknownKeys(
  schema: z.core.$ZodType,
  value: unknown,
  path: readonly (string | number)[] = [],
): readonly UnknownKey[] {
  const part: Part = schema._zod.def;
  if (part.innerType !== undefined) return unknownKeys(part.innerType, value, path);
  if (part.options !== undefined) {
    const chosen = optionOf(part, value);
    return chosen === undefined ? [] : unknownKeys(chosen, value, path);
  }
  if (part.element !== undefined && Array.isArray(value)) {
    const { element } = part;
    return value.flatMap((one, index) => unknownKeys(element, one, [...path, index]));
  }
  if (part.shape === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const { shape } = part;
  return Object.entries(value).flatMap(([key, inner]): readonly UnknownKey[] => {
    const known = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (known === undefined) return [{ path: [...path, key], nearest: nearestWord(key, Object.keys(shape)) }];
    return unknownKeys(known, inner, [...path, key]);
  });
}

/** The option whose discriminator has the value's word; undefined where none has, which the schema tells itself. */
function optionOf({ options = [], discriminator }: Part, value: unknown): z.core.$ZodType | undefined {
  if (discriminator === undefined || typeof value !== 'object' || value === null) return undefined;
  const word: unknown = (value as Readonly<Record<string, unknown>>)[discriminator];
  return options.find((option) => {
    const own = (option._zod.def as Part).shape?.[discriminator];
    return own?._zod.values?.has(word as z.core.util.Primitive) === true;
  });
}
