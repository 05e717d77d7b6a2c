import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BUNDLE_PROBLEM_CODES, BundleError, inspectReport, readBundle, verifyBundle } from '../src/index.ts';
import { readSignedData } from '../src/cms/signed-data.ts';
import { parseDescription } from '../src/description/parse-description.ts';
import { declaredPlans } from '../src/description/selections.ts';
import { matchesExtendedRegex } from '../src/description/extended-regex.ts';
import { inPieces, sampleBundle, sampleDescription } from './sample-bundle.ts';

const RUNS = 300;
const SECONDS_PER_INPUT = 10;

const NAMES = [
  'software',
  'version',
  'images',
  'files',
  'ref',
  'filename',
  '"#./images"',
  '"#../x"',
  '"a"',
  '1',
  '-2L',
  '0x1F',
  '1.5e3',
];
const MARKS = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  '=',
  ':',
  ';',
  ',',
  ' ',
  '\n',
  '#',
  '//',
  '/*',
  '*/',
  '"',
  '\\',
  'true',
  '@include "x"',
  '\0',
  'é',
];

/** A change to bytes: a place (as a fraction), what happens there, and with what. */
const mutation = fc.record({
  place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  act: fc.constantFrom('flip', 'remove', 'insert', 'repeat', 'cut'),
  byte: fc.integer({ min: 0, max: 255 }),
  length: fc.integer({ min: 1, max: 40 }),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutate(bytes: Buffer, { place, act, byte, length }: Mutation): Buffer {
  const at = Math.floor(place * bytes.length);
  const [before, here, after] = [bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at + length)];
  switch (act) {
    case 'flip':
      return Buffer.concat([before, here.map((one) => one ^ byte), after]);
    case 'remove':
      return Buffer.concat([before, after]);
    case 'insert':
      return Buffer.concat([before, Buffer.alloc(length, byte), here, after]);
    case 'repeat':
      return Buffer.concat([before, here, here, after]);
    default:
      return before;
  }
}

test('a bundle changed anywhere gets a verdict', async () => {
  const { bytes, certificatePem } = await sampleBundle();
  await fc.assert(
    fc.asyncProperty(
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 700 }),
      async (mutations, size) => {
        const changed = mutations.reduce(mutate, bytes);
        const start = performance.now();
        const verdict = await verifyBundle(inPieces(changed, size), { certificates: [certificatePem] });
        assert.ok(verdict.good || BUNDLE_PROBLEM_CODES.includes(verdict.code));
        await inspectReport(await readBundle(inPieces(changed)));
        assert.ok(performance.now() - start < SECONDS_PER_INPUT * 1000);
      },
    ),
    { numRuns: RUNS },
  );
});

test('a signature changed anywhere is refused as malformed, or read', async () => {
  const { head } = await sampleBundle();
  const signature = Buffer.from(head[1]?.content ?? '');
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
      await coded(() => readSignedData(mutations.reduce(mutate, signature)));
    }),
    { numRuns: RUNS },
  );
});

test('a description made of its own words is refused with a code, or understood', async () => {
  const words = fc.constantFrom(...NAMES, ...MARKS);
  await fc.assert(
    fc.asyncProperty(
      fc.array(words, { maxLength: 60 }),
      fc.constantFrom('', '{', sampleDescription()),
      async (list, before) => {
        await coded(() => void declaredPlans(parseDescription(Buffer.from(before + list.join('')))));
      },
    ),
    { numRuns: 1000 },
  );
});

test('a description changed anywhere is refused with a code, or understood', async () => {
  const json = JSON.stringify({
    software: { version: '1', 'hardware-compatibility': ['1'], images: [{ filename: 'x', ref: '#./a' }] },
  });
  const texts = fc.constantFrom(
    Buffer.from(sampleDescription('stable = { a = { ref = "#./b"; }; b = {}; };')),
    Buffer.from(json),
  );
  await fc.assert(
    fc.asyncProperty(texts, fc.array(mutation, { minLength: 1, maxLength: 5 }), async (text, mutations) => {
      await coded(() => void declaredPlans(parseDescription(mutations.reduce(mutate, text))));
    }),
    { numRuns: 1000 },
  );
});

test('any regular expression is matched or refused', async () => {
  const parts = fc.array(
    fc.constantFrom(
      'a',
      'b',
      '.',
      '*',
      '+',
      '?',
      '(',
      ')',
      '|',
      '[',
      ']',
      '^',
      '$',
      '{2}',
      '{1,9}',
      '[:digit:]',
      '\\.',
      '-',
    ),
  );
  await fc.assert(
    fc.asyncProperty(parts, fc.string({ maxLength: 50 }), async (list, text) => {
      await coded(() => void matchesExtendedRegex(list.join(''), text));
    }),
    { numRuns: 1000 },
  );
});

/** Nothing but BundleErrors may be thrown. */
async function coded(run: () => unknown): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
  }
}
