import fc from 'fast-check';

/** As much of JSON Schema as our documents use. */
export type JsonSchema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly format?: string;
};

/** What a schema cannot say: values that mean something here, by the name of the property; null: none are known. */
export type Meanings = (name: string, schema: JsonSchema) => fc.Arbitrary<unknown> | null;

export type SchemaReader = {
  /** Behind `#/components/schemas/`. */
  readonly named: Readonly<Record<string, JsonSchema>>;
  readonly meanings: Meanings;
};

const MAX_ITEMS = 3;
const MAX_CHARACTERS = 24;

/** Values that a schema accepts, nearly always: what is refined in code and not said in the document, it does not know. */
export function valuesOf(reader: SchemaReader, given: JsonSchema, name = ''): fc.Arbitrary<unknown> {
  const schema = resolved(reader, given);
  const meant = reader.meanings(name, schema);
  if (meant !== null) return meant;
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => valuesOf(reader, choice, name)));
  const types = [schema.type ?? 'any'].flat();
  return fc.oneof(...types.map((type) => valuesOfType(reader, { ...schema, type }, name)));
}

function resolved(reader: SchemaReader, schema: JsonSchema): JsonSchema {
  const named = schema.$ref?.split('/').at(-1);
  return named === undefined ? schema : (reader.named[named] ?? {});
}

function valuesOfType(reader: SchemaReader, schema: JsonSchema, name: string): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'object':
      return objects(reader, schema);
    case 'array':
      return arrays(reader, schema, name);
    case 'string':
      return texts(schema);
    case 'integer':
      return fc.integer(boundsOf(schema));
    case 'number':
      return fc.oneof(fc.integer(boundsOf(schema)), fc.constantFrom(0, 0.5, 1, 12.25, 100));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function objects(reader: SchemaReader, { properties = {}, required = [], additionalProperties }: JsonSchema) {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([key, schema]) => [key, valuesOf(reader, schema, key)]),
  );
  const declared = fc.record(fields, { requiredKeys: [...required] });
  if (typeof additionalProperties !== 'object') return declared;
  const keys = fc.constantFrom('k1', 'k2', 'serial', 'hw', 'polling', 'ü');
  const more = fc.dictionary(keys, valuesOf(reader, additionalProperties), { minKeys: 1, maxKeys: MAX_ITEMS });
  return fc.tuple(declared, more).map(([a, b]) => ({ ...a, ...b }));
}

function arrays(reader: SchemaReader, { items = {}, minItems = 0, maxItems = MAX_ITEMS }: JsonSchema, name: string) {
  const maxLength = Math.max(minItems, Math.min(maxItems, MAX_ITEMS));
  // Nothing at all is rarely meant.
  const minLength = Math.min(Math.max(minItems, 1), maxLength);
  return fc.oneof(
    { weight: 9, arbitrary: fc.array(valuesOf(reader, items, name), { minLength, maxLength }) },
    { weight: 1, arbitrary: fc.constant([]) },
  );
}

const PLAIN = fc.stringMatching(/^[a-z][a-z0-9-]{2,12}$/);
/** Of few: a table of all graphemes takes fast-check seconds to build. */
const CHARACTERS = fc.constantFrom(
  'a',
  'Z',
  '0',
  ' ',
  '"',
  '<',
  '&',
  '\\',
  '/',
  'é',
  'ß',
  'İ',
  '\u200d',
  '🐝',
  '漢',
  '\u0301',
  '\u202e',
);
const ANY_TEXT = fc.string({ minLength: 1, maxLength: MAX_CHARACTERS, unit: CHARACTERS });
const UUIDS = fc.uuid();

function texts({ maxLength = MAX_CHARACTERS, pattern, format }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'uuid') return UUIDS;
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, 'u'), { size: 'small' });
  const cut = (text: string) => text.slice(0, maxLength);
  return fc.oneof({ weight: 3, arbitrary: PLAIN.map(cut) }, { weight: 1, arbitrary: ANY_TEXT.map(cut) });
}

function boundsOf({ minimum, maximum }: JsonSchema): { min: number; max: number } {
  const min = Math.ceil(Math.max(minimum ?? -1, -(2 ** 31)));
  return { min, max: Math.max(min, Math.floor(Math.min(maximum ?? 2 ** 31 - 1, 2 ** 31 - 1))) };
}
