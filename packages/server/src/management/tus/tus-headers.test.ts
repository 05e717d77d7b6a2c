import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { INTAKE_LIMITS } from '../../intake/intake-limits.ts';
import { parseChecksum, parseCreation, parseOffset } from './tus-headers.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

test('any name of a file comes through Upload-Metadata, beside keys that we do not use', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
    .filter((text) => /^[^/\\\p{Cc}]+$/u.test(text) && text.isWellFormed() && text !== '.' && text !== '..');
  fc.assert(
    fc.property(name, (filename) => {
      const metadata = `is_confidential,filename ${base64(filename)},type ${base64('x')}`;
      assert.deepEqual(parseCreation({ 'upload-length': '7', 'upload-metadata': metadata }), { size: 7, filename });
    }),
  );
});

test('no header whatsoever makes the parser throw', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (length, metadata) => {
      parseCreation({ 'upload-length': length, 'upload-metadata': metadata });
      parseOffset({ 'upload-offset': length });
      parseChecksum({ 'upload-checksum': metadata });
    }),
  );
});

const wrong: readonly (readonly [metadata: string | undefined])[] = [
  [undefined],
  [''],
  ['filename'],
  [`filename ${base64('a')},filename ${base64('b')}`],
  [`filename  ${base64('a')}`],
  [`filename ${base64('a\u0000b')}`],
];

test('metadata without one good file name is refused', () => {
  for (const [metadata] of wrong) {
    const parsed = parseCreation({
      'upload-length': '1',
      ...(metadata === undefined ? {} : { 'upload-metadata': metadata }),
    });
    assert.equal('problem' in parsed && parsed.problem, 'header-invalid', String(metadata));
  }
});

test('the greatest artifact may be begun, one byte more may not', () => {
  const metadata = `filename ${base64('a')}`;
  const begun = (size: number) => parseCreation({ 'upload-length': String(size), 'upload-metadata': metadata });
  assert.deepEqual(begun(INTAKE_LIMITS.artifactBytes), { size: INTAKE_LIMITS.artifactBytes, filename: 'a' });
  const more = begun(INTAKE_LIMITS.artifactBytes + 1);
  assert.equal('problem' in more && more.problem, 'artifact-too-large');
});

test('an offset is a whole number of bytes', () => {
  assert.equal(parseOffset({ 'upload-offset': '0' }), 0);
  for (const offset of ['-1', '1.5', '0x1', '1e3', '', ' 1', '9'.repeat(20)]) {
    assert.equal(typeof parseOffset({ 'upload-offset': offset }), 'object', offset);
  }
});
