import fc from 'fast-check';

/** What no field expects. */
const ODD_VALUES = fc.constantFrom<unknown[]>(
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  -(2 ** 53),
  2 ** 31,
  2 ** 63,
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202e',
  '🏴‍☠️',
  'x'.repeat(300),
  'ß'.repeat(5000),
  '<script>',
  '../../etc/passwd',
  "' or 1=1 --",
  '${jndi:x}',
  [],
  {},
  [[]],
  [null],
  { id: {} },
  { __proto__: null, a: 1 },
  '2026-11-21T00:00:00Z',
  'NaN',
) as fc.Arbitrary<unknown>;

const ODD_KEYS = fc.constantFrom(
  'constructor',
  'toString',
  '',
  'x',
  'id',
  '_links',
  'status',
  '\u0000',
  'a.b',
  'x'.repeat(200),
);

type Spoiling = {
  readonly at: readonly number[];
  readonly how: 'replace' | 'drop' | 'add';
  readonly key: string;
  readonly value: unknown;
};

const SPOILINGS: fc.Arbitrary<Spoiling> = fc.record({
  at: fc.array(fc.nat({ max: 63 }), { minLength: 1, maxLength: 4 }),
  how: fc.constantFrom('replace', 'replace', 'drop', 'add'),
  key: ODD_KEYS,
  value: ODD_VALUES,
});

/** Spoils JSON somewhere inside: another value, one less, or one more. */
export const VALUE_SPOILINGS: fc.Arbitrary<(value: unknown) => unknown> = SPOILINGS.map(
  (spoiling) => (value: unknown) => spoiltAt(value, spoiling, 0),
);

function spoiltAt(value: unknown, spoiling: Spoiling, depth: number): unknown {
  const draw = spoiling.at[depth];
  if (draw === undefined || typeof value !== 'object' || value === null) return spoiling.value;
  if (Array.isArray(value)) return spoiltList(value, spoiling, depth);
  const keys = Object.keys(value);
  const key = keys[draw % Math.max(keys.length, 1)];
  if (spoiling.how === 'add' || key === undefined) return { ...value, [spoiling.key]: spoiling.value };
  const isLast = depth === spoiling.at.length - 1;
  const inner = (value as Readonly<Record<string, unknown>>)[key];
  if (isLast && spoiling.how === 'drop')
    return Object.fromEntries(Object.entries(value).filter(([one]) => one !== key));
  return { ...value, [key]: isLast ? spoiling.value : spoiltAt(inner, spoiling, depth + 1) };
}

function spoiltList(list: readonly unknown[], spoiling: Spoiling, depth: number): unknown {
  const at = (spoiling.at[depth] ?? 0) % Math.max(list.length, 1);
  if (spoiling.how === 'add' || list.length === 0) return [...list, spoiling.value];
  return list.map((inner, index) => (index === at ? spoiltAt(inner, spoiling, depth + 1) : inner));
}

const DEEP = 5000;
const MORE_THAN_DEVICES_SEND = 262_145;

/** Spoils the bytes of a body. */
export const BYTE_SPOILINGS: fc.Arbitrary<(bytes: Buffer) => Buffer> = fc.oneof(
  fc.nat({ max: 200 }).map((at) => (bytes: Buffer) => bytes.subarray(0, at % Math.max(bytes.length, 1))),
  fc.nat({ max: 200 }).map((at) => (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[at % copy.length] = at;
    return copy;
  }),
  fc
    .constantFrom(
      '{}',
      '[]',
      'null',
      '',
      ' ',
      '"',
      '{"a":1,"a":2}',
      '\ufeff{}',
      '[1,]',
      'NaN',
      '1e999',
      '{"__proto__":{"a":1}}',
      '"\\ud800"',
    )
    .map((text) => () => Buffer.from(text)),
  fc.constantFrom('[', '{"a":').map((piece) => () => Buffer.from(piece.repeat(DEEP))),
  fc.constant(() => Buffer.from(`${'['.repeat(DEEP)}${']'.repeat(DEEP)}`)),
  fc.constant((bytes: Buffer) => Buffer.from(bytes.toString().replace(/^\{("[^"]*":)/, '{$1null,$1'))),
  fc.uint8Array({ maxLength: 80 }).map((garbage) => () => Buffer.from(garbage)),
  { weight: 1, arbitrary: fc.constant(() => Buffer.alloc(MORE_THAN_DEVICES_SEND, 'a')) },
);
